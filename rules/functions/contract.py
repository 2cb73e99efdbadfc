"""What every stateful function gives the engine. A new function is one class and one line in the call table."""

from typing import Any, Protocol

from drivers.points import Value
from rules.view import View

Memory = Any
"""The dataclass a function remembers with; each knows its own."""


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

    def update(self, memory: Memory, view: View) -> tuple[Memory, Value | None, float | None]:
        """The new memory, the value (None unknown), and seconds it stays valid (None: until an input changes)."""

    def resume(self, memory: Memory) -> Memory:
        """The memory after a restart: what went unobserved meanwhile must not count as observed."""
