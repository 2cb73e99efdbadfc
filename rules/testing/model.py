"""A rule test as written: the equipment, what happens to it, and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from drivers.points import Place
from rules.model import Plan, Severity
from rules.procedure.model import Procedure

TESTED = "test"
"""Id of the equipment under test."""
DEFAULT_START = "2026-01-01 00:00"
"""Local time at second 0 of a test that names none."""

Match = Mapping[str, Any]
"""Fields of an event or an order and what they must be; ``text`` must stand in one of its texts, in any language."""


class Action(StrEnum):
    """What a person may do in a test."""

    ACK = "ack"
    RESET = "reset"
    """See that what latched an alarm is over."""
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"
    CLOSE = "close"
    """Accept the work of the order of an alarm."""
    START = "start"
    """Start a procedure."""
    ABORT = "abort"
    COMMAND = "command"
    """Give a command by hand."""
    SERVICED = "serviced"
    """Have serviced equipment; named by its counter of running hours."""


PROCEDURAL = (Action.START, Action.ABORT, Action.COMMAND, Action.SERVICED)
"""What is done about a procedure or a machine; everything else is about an alarm."""
SHELVED = 1800.0
"""Seconds on the shelf when a test does not say."""


@dataclass(frozen=True, slots=True)
class Act:
    """A person does something at ``at`` seconds."""

    at: float
    action: Action
    target: str
    """A rule, procedure, command or role, of the equipment under test unless it names another: ``generator-2/G05``."""
    refused: bool = False
    """Whether the engine must refuse it."""
    reasons: tuple[str, ...] = ()
    """What its reasons must name: a code, an interlock or a condition as written."""
    seconds: float = SHELVED
    """How long it is shelved."""
    place: Place | None = None

    @property
    def owner(self) -> str:
        """The equipment it is about."""
        return self.target.rpartition("/")[0] or TESTED

    @property
    def name(self) -> str:
        """The rule, procedure, command or role."""
        return self.target.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Left:
    """What a procedure (or the work of a plan) leaves behind."""

    at: float
    """Less than 0: so long before the test."""
    verdict: str
    """passed or failed of ``procedure``; unverified, verified or by_hand (people must finish it) of a safe command."""
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold after every sample and timer up to ``at`` seconds."""

    at: float
    states: Mapping[str, str]
    """Rule -> state of its alarm."""
    orders: int | tuple[Match, ...] | None = None
    """How many orders are not closed, or what each of them says."""
    commands: tuple[str, ...] | None = None
    """Exactly the verbs given since the expectation before, in their order."""
    events: tuple[Match, ...] | None = None
    """Exactly the events told since the expectation before, in their order."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where each part of it is written: a rule, ``severity``, ``orders``, ``commands``, ``events``."""
    severity: Severity | None = None
    """Of every alarm of ``states``."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A piece of equipment that exists in the test only."""

    id: str
    cls: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Values in the unit of the class; the others have their defaults."""
    relations: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test as written."""

    name: str
    subject: Subject
    """The equipment under test; its id is ``test``."""
    every: float
    """Seconds between samples; the first is at 0."""
    series: Mapping[str, str]
    """Role, or ``equipment.role`` -> samples. Optional roles without a series are not bound."""
    expectations: tuple[Expectation, ...]
    others: tuple[Subject, ...] = ()
    """What else there is."""
    place: Place | None = None
    acts: tuple[Act, ...] = ()
    runs: tuple[Left, ...] = ()
    plans: tuple[Plan, ...] = ()
    """The plans conditions may ask for."""
    procedures: tuple[Procedure, ...] = ()
    """The procedures that may be started."""
    start: float = 0.0
    """Unix seconds at second 0."""
    zone: str = "UTC"
    series_places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Everything there is, the equipment under test first."""
        return (self.subject, *self.others)

    @property
    def procedural(self) -> bool:
        """Whether procedures take part: one is started, or commands are expected that nobody gives by hand."""
        actions = {act.action for act in self.acts}
        if not actions.isdisjoint((Action.START, Action.ABORT)):
            return True
        return Action.COMMAND not in actions and any(one.commands is not None for one in self.expectations)


def split(name: str) -> tuple[str, str]:
    """``level`` or ``mains-1.frequency`` to the equipment and the role."""
    owner, _, role = name.rpartition(".")
    return owner or TESTED, role


def of_rule(name: str) -> tuple[str, str]:
    """``W01`` or ``mains-1/E01`` to the equipment and the rule."""
    owner, _, rule = name.rpartition("/")
    return owner or TESTED, rule
