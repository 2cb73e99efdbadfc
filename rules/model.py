"""What rules are written about: classes, equipment, rules. Plain values, built by ``config`` or by a rule test."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.points import COMMANDING, NO_UNIT, Effect, Kind, Place, Unit

Title = dict[str, str]
"""One text by language, such as ``{"zh": ..., "en": ...}``: as many languages as its author wrote, or none at all."""
FALLBACK = "en"
"""The language of a text that is not there in the language asked for."""


def pick(title: Title, lang: str) -> str:
    """The text of ``title`` in ``lang``, else in English, else in the language that comes first; "" without any."""
    return title.get(lang) or title.get(FALLBACK) or next(iter(title.values()), "")


class Severity(StrEnum):
    """How bad, from worst to least."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class OnUnknown(StrEnum):
    """What a rule makes of a condition that is unknown because data is lost."""

    HOLD = "hold"
    """Neither raise nor clear."""
    RAISE = "raise"
    """As if the condition held."""
    CLEAR = "clear"
    """As if it did not."""


class OrderClass(StrEnum):
    """Class of a work order (急修 小修 中修 大修 计划保养 事件)."""

    EMERGENCY = "emergency"
    MINOR = "minor"
    MEDIUM = "medium"
    MAJOR = "major"
    PLANNED = "planned"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Role:
    """One thing a class of equipment offers, such as the level of a tank."""

    name: str
    kind: Kind
    unit: Unit = NO_UNIT
    required: bool = False
    states: tuple[str, ...] = ()
    title: Title = field(default_factory=dict)
    span: tuple[float, float] | None = None
    """What its sensor measures, lowest and highest, in ``unit``; a value far outside is none."""
    moves: bool = False
    """Whether a living sensor never stands still for a day, nor crosses half its span in a minute."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number a site may set for each equipment of a class, in ``unit``."""

    name: str
    unit: Unit
    default: float | None = None
    title: Title = field(default_factory=dict)
    safe: tuple[float, float] | None = None
    """Lowest and highest value with which what commands the equipment still protects it; None: it decides nothing."""


@dataclass(frozen=True, slots=True)
class Source:
    """A condition as written, and where."""

    text: str
    place: Place | None = None
    """Place of the first character of ``text``."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Another equipment that equipment of a class knows by a name of its own, such as the mains it stands by for."""

    name: str
    cls: str
    """Class the other one must be of."""
    required: bool = False
    title: Title = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Further classes the other one may be of."""
    declared: bool = False
    """Whether equipment that takes commands names it, or says that there is none and why."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class the other one may be of."""
        return (self.cls, *self.also)


@dataclass(frozen=True, slots=True)
class ClassCommand:
    """A verb of a class."""

    name: str
    effect: Effect = Effect.SWITCH
    title: Title = field(default_factory=dict)
    proof: Source | None = None
    """What shows that the command has done its work."""
    within: float = 60.0
    """Seconds in which that shows; a safe command is repeated until it does."""
    unless_handover: bool = False
    """Of a safe command: not given while the equipment is needed, or nobody knows."""

    @property
    def safe(self) -> bool:
        """Whether it gives the equipment back to its duty: repeated until verified. No other is ever repeated."""
        return self.effect is Effect.SAFE


@dataclass(frozen=True, slots=True)
class ByPerson:
    """What reveals that a person has taken a machine in hand since our last command."""

    modes: tuple[str, ...] = ()
    """Roles that tell its mode: all of them neither as before our command nor as it makes them is a person's doing."""
    when: Source | None = None
    """Holds while a person or a protection has it: local, emergency stop, shutdown."""


@dataclass(frozen=True, slots=True)
class Interlock:
    """While ``when`` holds or is unknown, no command of an effect it forbids goes to equipment of the class."""

    id: str
    when: Source
    title: Title = field(default_factory=dict)
    aborts: bool = True
    """Whether it also ends a procedure that runs already."""
    forbids: tuple[Effect, ...] = COMMANDING


@dataclass(frozen=True, slots=True)
class EquipmentClass:
    """What a kind of equipment offers."""

    id: str
    title: Title
    roles: dict[str, Role]
    parameters: dict[str, Parameter] = field(default_factory=dict)
    terms: dict[str, Source] = field(default_factory=dict)
    """Names that stand for a condition over the roles and parameters, such as ``running``."""
    relations: dict[str, Relation] = field(default_factory=dict)
    commands: dict[str, ClassCommand] = field(default_factory=dict)
    interlocks: tuple[Interlock, ...] = ()
    read_only: bool = False
    """Observed, never commanded: fire panels, lifts."""
    tags: tuple[str, ...] = ()
    """Project Haystack tags."""
    handover: Source | None = None
    """While it holds or is unknown, the equipment is needed for its real duty: it is given back, never stopped."""
    rest: Source | None = None
    """Holds while it stands still: needed by a start by hand, waited for by a lock-out."""
    by_person: ByPerson | None = None
    """None: nothing tells, so what is owed is given back whatever a person did."""

    @property
    def protection(self) -> tuple[Source, ...]:
        """Every condition that protects equipment which takes commands.

        Its interlocks, the proofs of its commands, its handover, its rest, and what tells that a person moved it.
        """
        proofs = (command.proof for command in self.commands.values())
        person = (*(Source(mode) for mode in self.by_person.modes), self.by_person.when) if self.by_person else ()
        written = (*(interlock.when for interlock in self.interlocks), *proofs, self.handover, self.rest, *person)
        return tuple(source for source in written if source is not None)


@dataclass(frozen=True, slots=True)
class Binding:
    """The point that plays a role, and how its unit converts to the role's: role = point * factor + offset."""

    point: str
    factor: float = 1.0
    offset: float = 0.0

    @property
    def text(self) -> str:
        """What it is in short; equal bindings have equal texts."""
        plain = (self.factor, self.offset) == (1.0, 0.0)
        return self.point if plain else f"{self.point}*{self.factor}+{self.offset}"


@dataclass(frozen=True, slots=True)
class Equipment:
    """An asset people know."""

    id: str
    cls: str
    title: Title
    roles: dict[str, Binding]
    """Role name -> the point bound to it; unbound optional roles are absent."""
    parameters: dict[str, float] = field(default_factory=dict)
    """Parameter name -> value in the parameter's unit, defaults filled in."""
    location: Title = field(default_factory=dict)
    asset: str = ""
    """Asset code of the owner's ledger."""
    relations: dict[str, str] = field(default_factory=dict)
    """Relation name -> equipment id."""
    commands: dict[str, str] = field(default_factory=dict)
    """Command of the class -> ``device.command`` that carries it out; a command nothing carries out is absent."""
    supply: str = ""
    """What feeds it: an equipment, or a name for what has no equipment; empty: nobody has said, so it may be any.

    Procedures run one at a time on a supply.
    """
    without: dict[str, str] = field(default_factory=dict)
    """Relation there is none of here -> why, as the site says; an interlock about it drops out."""
    interlocks: tuple[Interlock, ...] = ()
    """What the site forbids commands by, beside the interlocks of its class."""

    def lacks(self, needs: Iterable[str]) -> list[str]:
        """Which roles, relations and commands of ``needs`` it has not got."""
        return [
            name for name in needs if not any(name in owned for owned in (self.roles, self.relations, self.commands))
        ]


@dataclass(frozen=True, slots=True)
class OrderTemplate:
    """The work order a rule raises."""

    order_class: OrderClass
    skill: str = ""
    materials: tuple[str, ...] = ()
    deadlines: dict[str, float] = field(default_factory=dict)
    """What must have happened, such as ``arrival`` -> within how many seconds after the order was raised."""


@dataclass(frozen=True, slots=True)
class SeverityCase:
    """How bad it is while a condition holds."""

    severity: Severity
    when: Source


@dataclass(frozen=True, slots=True)
class Rule:
    """Condition -> alarm, for every equipment of a class."""

    id: str
    for_each: str
    """Class it applies to."""
    title: Title
    when: Source
    severity: Severity
    """How bad it is; with ``severities``: where none of them holds."""
    on_delay: float = 0.0
    """``for:`` in seconds."""
    clear: Source | None = None
    """Separate clear condition; None: clears when ``when`` is false."""
    off_delay: float = 0.0
    """``clear_for:`` in seconds."""
    consequence: Title = field(default_factory=dict)
    action: Title = field(default_factory=dict)
    work_order: OrderTemplate | None = None
    on_unknown: OnUnknown = OnUnknown.HOLD
    suppressed_when: Source | None = None
    """While it holds, an alarm calls nobody (suppressed by design)."""
    caused_by: tuple[str, ...] = ()
    """Rules whose alarm explains this one: raised under one of them it calls nobody, unless it is critical."""
    needs: tuple[str, ...] = ()
    """Optional roles, relations and commands without which the rule does not apply to an equipment."""
    latched: bool = False
    """Whether the alarm stays until a person resets it."""
    realarm: float | None = None
    """Seconds after the acknowledgement when an alarm that is still active calls again."""
    data_loss: bool = False
    """Its alarm says that a device or link is not heard: it is a cause of every alarm that reads from there."""

    severities: tuple[SeverityCase, ...] = ()
    """What makes it more or less bad, the first that holds counts."""

    @property
    def conditions(self) -> tuple[Source, ...]:
        """Every condition written in it."""
        written = (self.when, self.clear, self.suppressed_when, *(case.when for case in self.severities))
        return tuple(source for source in written if source is not None)

    @property
    def possible_severities(self) -> tuple[Severity, ...]:
        """Every severity its alarm can have."""
        return tuple(dict.fromkeys((*(case.severity for case in self.severities), self.severity)))


@dataclass(frozen=True, slots=True)
class Plan:
    """Maintenance of equipment of a class that is due once a year."""

    id: str
    for_each: str
    title: Title
    month: int
    day: int
    """It must be done before this day."""
    early: float
    """Seconds before that day from when on it may be done; earlier work counts for the year before."""
    zone: str = "UTC"
    """IANA name of the time zone whose calendar counts."""
    role: str = ""
    """A reading of this role by hand is the work; empty: only a closed order is."""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is deciding: prefixes every identity the engine makes, so that headquarters never confuses two boxes."""

    gateway: str
    epoch: str
    simulated: bool = False
    """Marks every event when time or plant is not real."""
