"""A procedure as written: what must hold, what is done step by step, and how every way out ends."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.points import Place
from rules.facts import Objection
from rules.model import Source, Title


class StepKind(StrEnum):
    """What one step does."""

    COMMAND = "command"
    EXPECT = "expect"
    """Waits until a condition is true, at most so long."""
    HOLD = "hold"
    """A condition must stay true so long."""
    WAIT = "wait"
    RECORD = "record"
    """Notes values as they are now."""
    BRANCH = "branch"


class Missed(StrEnum):
    """What happens with a test whose window passed while nobody could start it."""

    SKIP = "skip"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; which fields mean something follows from its verb."""

    verb: StepKind
    place: Place | None = None
    command: str = ""
    condition: Source | None = None
    """What ``expect`` waits for, ``hold`` needs and ``branch`` asks."""
    limit: float = 0.0
    """Seconds: within for ``expect``, length of ``hold`` and ``wait``."""
    unless_handover: bool = False
    """Left out once the equipment was handed to its real duty."""
    records: tuple[Source, ...] = ()
    then: "tuple[Step, ...]" = ()
    otherwise: "tuple[Step, ...]" = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a procedure starts by itself."""

    cron: str
    """Five fields, in the time zone ``zone``."""
    zone: str = "UTC"
    window: float = 1800.0
    """Seconds after its time in which it may still start."""
    missed: Missed = Missed.SKIP
    closed: tuple[tuple[str, str], ...] = ()
    """First and last of days on which nothing starts: ``10-01`` of every year, or ``2027-02-06``."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A test for every equipment of a class."""

    id: str
    for_each: str
    title: Title
    steps: tuple[Step, ...]
    always: tuple[Step, ...] = ()
    """Every way out ends through these."""
    requires: tuple[Source, ...] = ()
    """Must be true at the start."""
    guard: tuple[Source, ...] = ()
    """Must be true at the start and all the way; unknown means no."""
    handover: Source | None = None
    """True: the equipment is needed, the test gives it back at once and never stops it."""
    observes: Source | None = None
    """The device tests itself: a run begins when this becomes true, and only watches."""
    record: tuple[Source, ...] = ()
    """``min(x)``, ``max(x)``, ``time_to(role)`` or an expression at the end."""
    schedule: Schedule | None = None
    withheld: Objection | None = None
    """Why it does not start by its schedule whatever the time is; a person may start it."""
    needs: tuple[str, ...] = ()
    """Roles, relations and commands without which it does not apply to an equipment."""
    place: Place | None = None
