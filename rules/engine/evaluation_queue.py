"""Which watches are still to be looked at: causes before what follows from them, each once."""

from collections.abc import Iterable
from heapq import heappop, heappush


class EvaluationQueue:
    """Numbers of watches; the lowest comes first, since causes are numbered before what follows from them."""

    __slots__ = ("_heap", "_waiting")

    def __init__(self) -> None:
        self._heap: list[int] = []
        self._waiting: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._heap)

    def add(self, numbers: Iterable[int]) -> None:
        """Look at these too; one that waits already is not doubled."""
        for number in numbers:
            if number not in self._waiting:
                self._waiting.add(number)
                heappush(self._heap, number)

    def pop(self) -> int:
        """The next one; raises IndexError when there is none."""
        number = heappop(self._heap)
        self._waiting.discard(number)
        return number
