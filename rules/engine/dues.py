"""When many things are due: the earliest is found without looking at the others."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

SLACK = 64
"""Overtaken moments that may lie about before they are swept out, beside as many as there are valid ones."""


class Dues:
    """At most one moment for each number, in monotonic seconds."""

    __slots__ = ("_heap", "_when")

    def __init__(self) -> None:
        self._when: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []
        """Every moment of ``_when``, among others that were overtaken."""

    def arm(self, number: int, due: float | None) -> None:
        """It is due at ``due``, whatever was said before; None: not at all."""
        if due is None:
            self._when.pop(number, None)
        elif self._when.get(number) != due:
            self._when[number] = due
            heappush(self._heap, (due, number))
            self._sweep()

    def earliest(self) -> float | None:
        """The moment at which the first of them is due."""
        while self._heap and not self._valid(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, limit: float) -> Iterator[int]:
        """Those due until ``limit``, the earliest first; they are armed no more."""
        while (due := self.earliest()) is not None and due <= limit:
            number = heappop(self._heap)[1]
            del self._when[number]
            yield number

    def _valid(self, entry: tuple[float, int]) -> bool:
        return self._when.get(entry[1]) == entry[0]

    def _sweep(self) -> None:
        if len(self._heap) > 2 * len(self._when) + SLACK:
            self._heap = [(due, number) for number, due in self._when.items()]
            heapify(self._heap)
