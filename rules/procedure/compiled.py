"""A procedure compiled for one equipment."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.points import Effect, Value
from rules.condition import Condition
from rules.model import Equipment, Interlock
from rules.procedure.model import Procedure, StepKind
from rules.procedure.proof import Proof
from rules.procedure.target import commanded_devices
from rules.view import View


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """A compiled step. Branches are flat: a branch that is not true goes to ``jump``."""

    verb: StepKind
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
    evidence: Proof | None = None
    """Of a command: what its class says shows that it worked; of an ``expect``: the condition with what it reads."""
    proof: int = -1
    """Of a command: index of the ``expect`` that verifies it."""
    proves: str = ""
    """Of an ``expect``: the command before it that it verifies."""
    jump: int = -1
    notes: "tuple[RecordedValue, ...]" = ()

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
class RecordedValue:
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
class PersonSigns:
    """How a person shows at this equipment."""

    modes: tuple[int, ...] = ()
    """Slots of the points that tell its mode."""
    has_it: Proof | None = None
    """Holds while a person or a protection has it."""

    @property
    def reads(self) -> tuple[int, ...]:
        """Every slot that is looked at."""
        return (*self.modes, *(self.has_it.reads if self.has_it else ()))

    def stand(self, view: View) -> list[Value | None]:
        """The mode as it is told now, point by point."""
        return [view.values[slot] for slot in self.modes]


@dataclass(frozen=True, slots=True)
class CompiledProcedure:
    """One procedure on one equipment: everything a run of it needs."""

    procedure: Procedure
    equipment: Equipment
    main: tuple[CompiledStep, ...]
    always: tuple[CompiledStep, ...]
    requires: tuple[Condition, ...] = ()
    guard: tuple[Condition, ...] = ()
    locks: tuple[Lock, ...] = ()
    handover: Condition | None = None
    """What its class says, or the procedure adds."""
    observes: Condition | None = None
    notes: tuple[RecordedValue, ...] = ()
    rest: Proof | None = None
    """Holds while the equipment stands still; None: it has no sign of it."""
    neighbours: frozenset[str] = frozenset()
    """Equipment it shares its supply with; see ``rules.procedure.reach``."""
    person: PersonSigns | None = None
    """None: nothing tells whether a person has moved it."""

    @property
    def blocked_by(self) -> frozenset[str]:
        """Names whose lock-out blocks its commands: whoever locks a device out works on all that it moves."""
        return self.neighbours | commanded_devices(self.equipment)

    @property
    def key(self) -> str:
        """Identity: ``equipment/procedure``."""
        return f"{self.equipment.id}/{self.procedure.id}"

    @property
    def commands(self) -> bool:
        """Whether it commands anything; else it only watches."""
        return any(action.verb is StepKind.COMMAND for action in (*self.main, *self.always))

    @property
    def payment(self) -> CompiledStep | None:
        """The safe command that gives the equipment back: the first in the order of its class that it has."""
        return next((action for action in self.main if action.safe), None)

    @property
    def effects(self) -> frozenset[Effect]:
        """Of every command it may give."""
        return frozenset(one.effect for one in (*self.main, *self.always) if one.effect is not None)

    def action(self, command: str) -> CompiledStep | None:
        """The step that gives ``command``."""
        return next((one for one in (*self.main, *self.always) if one.command == command), None)
