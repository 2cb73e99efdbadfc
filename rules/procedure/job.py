"""A procedure compiled for one equipment."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.points import Effect
from rules.condition import Condition
from rules.model import Equipment, Interlock
from rules.procedure.model import Procedure, Verb
from rules.view import View


@dataclass(frozen=True, slots=True)
class Action:
    """A compiled step. Branches are flat: a branch that is not true goes to ``jump``."""

    verb: Verb
    text: str
    """As written, for records."""
    condition: Condition | None = None
    """None: none is needed, or a branch that always jumps."""
    limit: float = 0.0
    unless_handover: bool = False
    command: str = ""
    target: str = ""
    """``device.command``"""
    effect: Effect | None = None
    """Of a command."""
    proof: int = -1
    """Of a safe command: index of the ``expect`` that verifies it."""
    proves: str = ""
    """Of an ``expect``: the safe command before it that it verifies."""
    jump: int = -1
    notes: "tuple[Note, ...]" = ()

    @property
    def safe(self) -> bool:
        """Whether it gives the equipment back to its duty."""
        return self.effect is Effect.SAFE


class Take(StrEnum):
    """Which value of an expression a record keeps."""

    MIN = "min"
    MAX = "max"
    LAST = "last"
    TIME_TO = "time_to"
    """Seconds from the last command before the first ``expect`` about it to the end of that step."""


@dataclass(frozen=True, slots=True)
class Note:
    """One value of a record."""

    text: str
    take: Take
    expression: Condition
    step: int = -1
    """Of ``time_to``: index of the ``expect`` whose end counts."""


@dataclass(frozen=True, slots=True)
class Lock:
    """An interlock of the class, on this equipment."""

    interlock: Interlock
    when: Condition | None
    """None: what it asks for is not bound here, so nobody knows."""

    def holds(self, view: View) -> bool:
        """Whether it forbids: unknown means yes."""
        return self.when is None or self.when.run(view) is not False


@dataclass(frozen=True, slots=True)
class Job:
    """One procedure on one equipment: everything a run of it needs."""

    procedure: Procedure
    equipment: Equipment
    main: tuple[Action, ...]
    always: tuple[Action, ...]
    requires: tuple[Condition, ...] = ()
    guard: tuple[Condition, ...] = ()
    locks: tuple[Lock, ...] = ()
    handover: Condition | None = None
    observes: Condition | None = None
    notes: tuple[Note, ...] = ()
    rest: Condition | None = None
    """True while the equipment stands still; None: it has no sign of it."""
    neighbours: frozenset[str] = frozenset()
    """Equipment whose lock-out blocks its commands; see ``rules.procedure.reach``."""

    @property
    def key(self) -> str:
        """Identity: ``equipment/procedure``."""
        return f"{self.equipment.id}/{self.procedure.id}"

    @property
    def commands(self) -> bool:
        """Whether it commands anything; else it only watches."""
        return any(action.verb is Verb.COMMAND for action in (*self.main, *self.always))

    @property
    def effects(self) -> frozenset[Effect]:
        """Of every command it may give."""
        return frozenset(one.effect for one in (*self.main, *self.always) if one.effect is not None)

    def action(self, command: str) -> Action | None:
        """The step that gives ``command``."""
        return next((one for one in (*self.main, *self.always) if one.command == command), None)
