"""A procedure compiled for one equipment."""

from dataclasses import dataclass
from enum import StrEnum

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
    safe: bool = False
    proof: int = -1
    """Of a safe command: index of the ``expect`` that verifies it."""
    proves: str = ""
    """Of an ``expect``: the safe command before it that it verifies."""
    jump: int = -1
    notes: "tuple[Note, ...]" = ()


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
    neighbours: frozenset[str] = frozenset()
    """The equipment itself and all it is related to, either way: locking out one of them blocks its commands."""

    @property
    def key(self) -> str:
        """Identity: ``equipment/procedure``."""
        return f"{self.equipment.id}/{self.procedure.id}"

    @property
    def commands(self) -> bool:
        """Whether it commands anything; else it only watches."""
        return any(action.verb is Verb.COMMAND for action in (*self.main, *self.always))
