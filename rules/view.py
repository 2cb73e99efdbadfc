"""What a condition sees when it is evaluated: the value in every slot, and the time."""

from collections.abc import Callable, Iterable
from typing import Any

from drivers.points import Instant, Reading, Reason, Value

Result = Any
"""What an expression gives: truth, number or state; None is *unknown*."""

Evaluator = Callable[["View"], Result]
"""An expression ready to evaluate."""


class View:
    """Values by slot. Slots hold the signals (points as roles see them) and the results of stateful functions."""

    __slots__ = ("doubtful", "failures", "memories", "now", "readings", "reasons", "values")

    def __init__(self, size: int, memories: list[Any], now: Instant) -> None:
        """Everything unknown: ``size`` slots never read."""
        self.values: list[Value | None] = [None] * size
        self.readings: list[Reading | None] = [None] * size
        self.memories = memories
        self.now = now
        self.doubtful: set[int] = set()
        """Slots whose value is uncertain, or made of uncertain ones."""
        self.failures: dict[str, str] = {}
        """What failed while it was evaluated -> how. It is switched off: unknown until the rules are loaded again."""
        self.reasons: dict[int, Reason] = {}
        """Slot of a function -> why it is unknown, when its inputs are not to blame."""

    def doubts(self, slots: Iterable[int]) -> bool:
        """Whether any of ``slots`` is uncertain."""
        return bool(self.doubtful) and not self.doubtful.isdisjoint(slots)

    def set_doubt(self, slot: int, doubtful: bool, reason: Reason = Reason.NONE) -> None:
        """Note what is to be told about the value of ``slot`` besides itself."""
        if doubtful:
            self.doubtful.add(slot)
        else:
            self.doubtful.discard(slot)
        if reason:
            self.reasons[slot] = reason
        else:
            self.reasons.pop(slot, None)
