"""The bodies of events: immutable facts as headquarters gets them. Field names are the wire format.

``agent`` adds key (gateway, epoch, seq), hash and envelope; nothing in a body ever changes afterwards.
"""

import json
from dataclasses import dataclass, field

from drivers.points import Instant, Value
from rules.model import Title


@dataclass(frozen=True, slots=True)
class When:
    """A moment on both clocks as it travels: UTC seconds, whether they are trusted, boot and monotonic seconds."""

    wall: float
    trusted: bool
    boot: str
    mono: float


def moment(at: Instant) -> When:
    """An instant as it travels."""
    return When(at.wall, at.trusted, at.boot, at.mono)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a run did not simply pass; ``code`` names a text in ``config/messages``."""

    code: str
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """As a point can hold it; ``read`` turns it back."""
        return json.dumps([self.code, self.arguments], ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> "Objection":
        """The cause of which ``text`` is the text."""
        return cls(*json.loads(text))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One input of a condition at the moment of a transition."""

    name: str
    """As written in the rule, such as ``level``."""
    value: Value | None
    unit: str
    quality: str
    reason: str
    age: float
    """Seconds between sampling and decision."""
    cause: Objection | None = None
    """Why a test failed, where the input is that; its code is the value."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A parameter of the equipment that a condition compares with."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Why:
    """What made a transition happen, enough to explain it without the box."""

    condition: str
    inputs: list[Evidence]
    file: str = ""
    line: int = 0
    clears: str = ""
    """The condition that ends the alarm."""
    limits: list[Limit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AlarmFact:
    """The full state of an alarm after a transition; a consumer applies only a higher seq per alarm."""

    alarm: str
    """``equipment/rule``"""
    rule: str
    equipment: str
    title: Title
    severity: str
    previous: str
    state: str
    """normal, pending, active, returned, latched"""
    acknowledged: bool
    episode: int
    """Counts the times this alarm became active."""
    by: str
    """Who caused the transition: ``engine`` or a person."""
    at: When
    why: Why
    equipment_title: Title = field(default_factory=dict)
    location: Title = field(default_factory=dict)
    asset: str = ""
    consequence: Title = field(default_factory=dict)
    action: Title = field(default_factory=dict)
    order: str = ""
    """Work order of this cause, if any."""
    simulated: bool = False
    transition: str = ""
    """What happened, such as ``raised``, ``acknowledged``, ``shelved``: a ``Change`` of ``rules.alarms.alarm``."""
    reason: str = ""
    """Why the person did it, or why it is shelved or out of service."""
    suppression: str = ""
    """shelved, suppressed, out-of-service; empty: it calls people."""
    shelved_for: float = 0.0
    """Seconds it stays on the shelf from this moment; 0 unless shelved."""
    cause: str = ""
    """The alarm it was raised under."""
    first_out: bool = False
    """It was the first to become active on its equipment."""
    repeats: int = 0
    """How often it was raised on the shelf while it chattered: those were counted, not told."""
    kind: str = "alarm"


@dataclass(frozen=True, slots=True)
class OrderFact:
    """The full state of a work order after a change."""

    order: str
    """Unique for ever: ``gateway/epoch/equipment/rule/number``."""
    status: str
    equipment: str
    rule: str
    """With gateway and equipment: the cause; one open order per cause."""
    alarm: str
    title: Title
    order_class: str
    skill: str
    materials: list[str]
    severity: str
    raised: When
    at: When
    by: str
    times_recurred: int
    """How often the cause came back while this order was not closed."""
    why: Why
    equipment_title: Title = field(default_factory=dict)
    location: Title = field(default_factory=dict)
    asset: str = ""
    action: Title = field(default_factory=dict)
    note: str = ""
    deadlines: dict[str, float] = field(default_factory=dict)
    """What must have happened, such as ``arrival`` -> within how many seconds after ``raised``."""
    simulated: bool = False
    kind: str = "order"


@dataclass(frozen=True, slots=True)
class SystemFact:
    """Something about the agent itself: started, stopped, configuration changed."""

    code: str
    """Message code; its text is in ``config/messages``."""
    arguments: dict[str, str]
    at: When
    simulated: bool = False
    kind: str = "system"


@dataclass(frozen=True, slots=True)
class StepFact:
    """One step of a test as it went."""

    part: str
    """main or always"""
    step: str
    """As written in the procedure."""
    started: float
    """Seconds since the test began."""
    seconds: float
    outcome: str
    """done, failed, skipped or left"""


@dataclass(frozen=True, slots=True)
class ValueFact:
    """One value a test recorded."""

    name: str
    value: Value | None
    unit: str


@dataclass(frozen=True, slots=True)
class RecordFact:
    """The record of one test."""

    run: str
    """Unique for ever: ``gateway/epoch/equipment/procedure/number``."""
    procedure: str
    equipment: str
    title: Title
    verdict: str
    """passed, failed, aborted, handed_over, postponed or missed"""
    by: str
    """Who started it: a person, ``schedule`` or ``device`` (it tested itself)."""
    started: When
    at: When
    """When it ended."""
    reasons: list[Objection]
    steps: list[StepFact]
    values: list[ValueFact]
    nominal: str = ""
    """Local time the schedule had meant, if one started it."""
    equipment_title: Title = field(default_factory=dict)
    location: Title = field(default_factory=dict)
    asset: str = ""
    without: dict[str, str] = field(default_factory=dict)
    """Protection this equipment has not got, such as ``fire`` -> why, as the site says."""
    simulated: bool = False
    kind: str = "record"


@dataclass(frozen=True, slots=True)
class AuditFact:
    """Something that was done to equipment or forbidden on it, before it acts; and later what became of it."""

    id: str
    """Identity of the command; both facts about it share it."""
    action: str
    """The verb of the command; or ``lockout``, ``release``, ``ask-release``, ``hold``, ``unhold``, ``disarm``, ``arm``,
    ``settle``, ``set-clock``; ``set-limit`` (``detail`` is as ``high: 90 % -> 85 %``); and of the whole box
    ``backup``, ``restore``, ``replace`` (in what a restore put away), ``move``, ``move-back``, ``factory-reset``."""
    equipment: str
    by: str
    why: str
    """The run it belongs to, or the reason a person gave."""
    outcome: str
    """``issued`` before it acts; then ``done``, ``refused``, ``unknown`` or ``expired``, and what its proof showed.

    ``verified``: the change was seen; ``unchanged``: it was so before, fresh samples show it still; ``unproven``: not
    in its time; ``by-hand``: a person has moved the machine since, nothing is repeated.
    """
    target: str = ""
    """``device.command``"""
    detail: str = ""
    at: When = field(default_factory=lambda: When(0.0, False, "", 0.0))
    simulated: bool = False
    machine: str = ""
    """What it was given to, or what was locked: ``wire/unit/group #serial``, names resolved."""
    account: str = ""
    """The login that asked for it, or for the run it belongs to; people may share one. Empty: nobody asked."""
    kind: str = "audit"


@dataclass(frozen=True, slots=True)
class ReadingFact:
    """A value a person has read or measured."""

    equipment: str
    role: str
    value: Value
    unit: str
    by: str
    at: When
    simulated: bool = False
    kind: str = "reading"


Fact = AlarmFact | OrderFact | SystemFact | RecordFact | AuditFact | ReadingFact
