"""What every stateful function gives the engine. A new function is one class and one line in the call table."""

from typing import Any, NamedTuple, Protocol

from drivers.points import Instant, Reason, Value
from rules.view import View

Memory = Any
"""The dataclass a function remembers with; each knows its own."""


class Answer(NamedTuple):
    """What a function says now."""

    memory: Memory
    """What it remembers from now on."""
    value: Value | None
    """None is unknown."""
    valid: float | None = None
    """Seconds after which the value may be another one by itself; None: never, only an input can change it."""
    uncertain: bool = False
    """Whether it rests on uncertain readings that are no longer the present ones."""
    reason: Reason = Reason.NONE
    """Why it is unknown when its inputs are not to blame."""


class Function(Protocol):
    """One instance, such as ``avg(level, 10 min)`` of one tank. Instances of equal key are one."""

    @property
    def key(self) -> str:
        """Identity across restarts: the call with points and numbers put in."""

    @property
    def table(self) -> str:
        """``held`` (stored as soon as the memory changes) or ``window`` (stored each minute)."""

    @property
    def memory(self) -> type[Any]:
        """Dataclass of the memory; built without arguments when there is nothing to remember."""

    def update(self, memory: Memory, view: View) -> Answer:
        """Look at the inputs and the time."""

    def resume(self, memory: Memory, observed: Instant | None) -> Memory:
        """The memory after a restart: what it saw until ``observed`` counts, what went unobserved since does not."""
