"""A site as the rest of the program sees it: checked, complete, immutable. ``config.site.load_site`` builds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from drivers.points import Finding, Place, Value
from drivers.templates import Device
from rules.engine.rulebook import Rulebook, Tasks, compile_rulebook
from rules.model import Equipment, EquipmentClass, Rule, Title
from rules.people import People
from rules.procedure.book import HoldInput
from rules.procedure.model import Procedure
from rules.procedure.target import Target

Recorded = Mapping[str, Mapping[str, Value]]
"""By device and by name of its template's ``identity``: what it told."""
TIMEZONE = "Asia/Shanghai"
"""Time zone of a site that names none."""
DAY = 86_400.0
IMPLICIT = ("device", "link", "gateway", "sensor")
"""Classes whose equipment we make ourselves."""


@dataclass(frozen=True, slots=True)
class Site:
    """The building."""

    id: str
    title: Title
    org: str = "local"
    language: str = "zh"
    timezone: str = TIMEZONE


@dataclass(frozen=True, slots=True)
class TelemetryRates:
    """How often and how finely telemetry is told."""

    snapshot: float = 60.0
    """Seconds between two tellings of everything; 0: no telemetry."""
    changes: float = 5.0
    """Seconds between two looks for changes."""
    deadband: float = 1.0
    """Per cent of its value that a number must move to be worth telling before the next snapshot."""


@dataclass(frozen=True, slots=True)
class Uplink:
    """Where events go."""

    broker: str
    """``mqtt://host:port`` or ``mqtts://host:port``."""
    consumers: tuple[str, ...] = ()
    """Who must acknowledge before an event counts as settled; none: delivery stays unproven."""
    username: str = ""
    password: str = ""
    """A reference (``env:NAME``, ``file:PATH`` or ``credential:NAME``), never the secret itself."""
    ca: str = ""
    """Reference to the file with the only authorities that may have signed the broker's certificate; mqtts only."""
    certificate: str = ""
    """Reference to the file with our own certificate; mqtts only."""
    key: str = ""
    """Reference to the file with the key of ``certificate``."""
    backlog_rate: float = 5000.0
    """Events a second that are sent of what waited during an outage."""
    telemetry: TelemetryRates = TelemetryRates()


@dataclass(frozen=True, slots=True)
class Storage:
    """What the journal keeps of what headquarters has; what it has not is always kept."""

    keep: float = 90 * DAY
    """Seconds for alarms, starts, stops and readings by hand."""
    keep_proof: float = 5 * 366 * DAY
    """Seconds for work orders, test records and audit, of which important ones are kept for ever."""
    size: int = 1024**3
    """Bytes of the journal's file, beyond which the least important and oldest go before their time."""


@dataclass(frozen=True, slots=True)
class Link:
    """A bus or endpoint, owned by one task."""

    id: str
    url: str
    """``modbus-tcp://host:port``"""


class Provenance(StrEnum):
    """Who says that a point is what its role says."""

    TEMPLATE = "template"
    """A shipped template."""
    PROVED = "proved"
    """A person at the machine."""
    NONE = "nobody"


@dataclass(frozen=True, slots=True)
class Reliance:
    """A role that an interlock, a proof or a handover of equipment that takes commands reads."""

    equipment: str
    """Whose commands rely on it."""
    owner: str
    """Whose role it is: its own, or that of its mains or of a fire panel."""
    role: str
    point: str
    provenance: Provenance
    proved: str = ""
    """Who proved it and when."""


@dataclass(frozen=True, slots=True)
class Safety:
    """What the safety checks of a site found, and what they rely on."""

    unarmed: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    """Equipment whose commands are refused -> why."""
    unscheduled: Mapping[str, Finding] = field(default_factory=dict)
    """Procedure that starts only by hand -> why its schedule is refused."""
    relies: tuple[Reliance, ...] = ()
    guarded: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Equipment and parameter that the protection of a machine reads -> the machine; no command changes it."""
    without: tuple[tuple[str, str, str], ...] = ()
    """Equipment, relation and reason: what the site says it has not got."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every safety finding, each once."""
        against = (finding for findings in self.unarmed.values() for finding in findings)
        found: list[Finding] = []
        for finding in (*against, *self.unscheduled.values()):
            if finding not in found:
                found.append(finding)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Plant:
    """Everything a site directory says."""

    directory: Path
    site: Site
    gateway: str
    uplink: Uplink
    links: tuple[Link, ...]
    devices: tuple[Device, ...]
    classes: dict[str, EquipmentClass]
    equipment: tuple[Equipment, ...]
    """Includes one of class ``device`` for each device and one of class ``link`` for each link, made by us."""
    rules: tuple[Rule, ...]
    tasks: Tasks
    """Procedures and plans."""
    packs: dict[str, Place] = field(default_factory=dict)
    """The shipped packs it asks for, and where."""
    fingerprint: str = ""
    """SHA-256 over every file read, for the birth message."""
    recorded: Recorded = field(default_factory=dict)
    """Who each device was when it was commissioned."""
    simulation: dict[str, object] = field(default_factory=dict)
    """What only the emulated plant room reads (initial values of its physics)."""
    storage: Storage = Storage()
    ignored: tuple[Finding, ...] = ()
    """Mistakes an earlier version let pass, each of which keeps one condition out of a plant that starts."""
    people: People | None = None
    """Who may do what; None: the site lists nobody, and only the owner of the gateway may ask it."""
    doubts: tuple[Finding, ...] = ()
    """What ``check`` refuses though the plant is watched all the same: a link out of the site, a password in clear."""
    hold: HoldInput | None = None
    """The input that holds all commands, where there is one."""
    safety: Safety = Safety()

    @property
    def address(self) -> str:
        """``org/site/gateway``: the gateway among all that headquarters knows."""
        return f"{self.site.org}/{self.site.id}/{self.gateway}"

    @property
    def unarmed(self) -> Mapping[str, tuple[Finding, ...]]:
        """Equipment whose commands are refused -> the safety findings against it; it is watched all the same."""
        return self.safety.unarmed

    def compile(self, targets: Mapping[str, Target] | None = None) -> tuple[Rulebook, list[Finding]]:
        """Its rulebook, and the mistakes in its rules and procedures. ``targets``: which machine each device is."""
        site = self.site.timezone
        return compile_rulebook(
            self.classes, self.equipment, self.rules, self.tasks, site, targets, self.hold, self.unarmed
        )

    @property
    def procedures(self) -> tuple[Procedure, ...]:
        """The tests of its equipment."""
        return tuple(self.tasks.procedures or ())
