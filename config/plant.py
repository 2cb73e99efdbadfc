"""A site as the rest of the program sees it: checked, complete, immutable. ``config.site.load_site`` builds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drivers.points import Finding, Place, Value
from drivers.templates import Device
from rules.model import Equipment, EquipmentClass, Rule, Title
from rules.procedure.model import Procedure
from rules.rulebook import Tasks

Recorded = Mapping[str, Mapping[str, Value]]
"""By device and by name of its template's ``identity``: what it told."""
TIMEZONE = "Asia/Shanghai"
"""Time zone of a site that names none."""
DAY = 86_400.0


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
    unarmed: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    """Equipment whose commands are refused -> the safety findings against it; it is watched all the same."""

    @property
    def procedures(self) -> tuple[Procedure, ...]:
        """The tests of its equipment."""
        return tuple(self.tasks.procedures or ())
