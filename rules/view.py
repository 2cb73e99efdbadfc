"""What a condition sees when it is evaluated: the value in every slot, and the time."""

from collections.abc import Callable
from typing import Any

from drivers.points import Instant, Reading, Value

Result = Any
"""What an expression gives: truth, number or state; None is *unknown*."""

Run = Callable[["View"], Result]
"""An expression ready to evaluate."""


class View:
    """Values by slot. Slots hold the signals (points as roles see them) and the results of stateful functions."""

    __slots__ = ("memories", "now", "readings", "values")

    def __init__(self, size: int, memories: list[Any], now: Instant) -> None:
        """Everything unknown: ``size`` slots never read."""
        self.values: list[Value | None] = [None] * size
        self.readings: list[Reading | None] = [None] * size
        self.memories = memories
        self.now = now
