"""Step functions for the tests of functions: played into one, and looked at by plain arithmetic over all of them."""

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from drivers.points import Value
from rules.condition.evaluate import slot
from rules.functions.contract import Answer, Function
from rules.plain import from_plain, to_plain
from rules.view import View
from tests.unit.rules.bench import instant

Step = tuple[float, Any]
"""Seconds it lasts, and the value meanwhile; None unknown."""
SOURCE = slot(0)


def steps(values: st.SearchStrategy[Any], lengths: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Step]]:
    return st.lists(st.tuples(lengths, values), min_size=1, max_size=40)


def play(function: Function, plan: Sequence[Step], restarts: Collection[int] = ()) -> Iterator[Answer]:
    """The answers at the beginning of each step and at the end of the last; with restarts at some of them."""
    view, memory, now = View(1, [], instant(0)), function.memory(), 0.0
    for index, (_, value) in enumerate([*plan, (0, plan[-1][1])]):
        view.now, view.values[0] = instant(now), value
        answer = function.update(memory, view)
        memory = answer.memory
        yield answer
        if index in restarts:
            memory = function.resume(from_plain(function.memory, json.loads(json.dumps(to_plain(memory)))), view.now)
            memory = function.update(memory, view).memory
        now += plan[index][0] if index < len(plan) else 0


class Past:
    """Everything a signal was, and what a window over it should say, the slow and obvious way."""

    def __init__(self, plan: Sequence[Step], length: float) -> None:
        self.length = length
        self.pieces: list[tuple[float, float, float | None]] = []
        start = 0.0
        for seconds, value in plan:
            self.pieces.append((start, start + seconds, None if value is None else float(value)))
            start += seconds
        self.moments = [piece[0] for piece in self.pieces] + [start]

    def at(self, index: int) -> "Past":
        """The past as it was at the beginning of one step, or at the end."""
        now = self.moments[index]
        past = Past([], self.length)
        value = self.pieces[min(index, len(self.pieces) - 1)][2]
        past.pieces = [*self.pieces[:index], (now, now, value)]
        past.moments = [now]
        return past

    @property
    def now(self) -> float:
        return self.moments[-1]

    @property
    def inside(self) -> list[tuple[float, float]]:
        """Value and known seconds of each piece within the window."""
        tail = self.now - self.length
        known = [(end - max(start, tail), value) for start, end, value in self.pieces if value is not None]
        return [(value, seconds) for seconds, value in known if seconds > 0]

    @property
    def full(self) -> bool:
        return self.now - self.began >= self.length and sum(s for _, s in self.inside) >= 0.9 * self.length - 1e-6

    @property
    def began(self) -> float:
        """Since when something known has always been less than a window ago."""
        began, last = 0.0, None
        for start, end, value in self.pieces:
            if value is None:
                continue
            if last is None or start - last >= self.length:
                began = start
            last = end
        return began

    @property
    def present(self) -> float:
        return [value for _, _, value in self.pieces if value is not None][-1]

    def average(self) -> float:
        return sum(v * s for v, s in self.inside) / sum(s for _, s in self.inside)

    def lowest(self) -> float:
        return min(self.present, *(value for value, _ in self.inside))

    def highest(self) -> float:
        return max(self.present, *(value for value, _ in self.inside))

    def spread(self) -> float:
        return self.highest() - self.lowest()

    def change(self) -> float:
        return self.present - self.inside[0][0]

    def runtime(self) -> float:
        return sum(v * s for v, s in self.inside)

    def rises(self) -> float:
        known = [(start, value) for start, _, value in self.pieces if value is not None]
        pairs = ((now, start) for (_, before), (start, now) in pairwise(known) if before == 0 and now == 1)
        return sum(start >= self.now - self.length for _, start in pairs)

    def percentile(self, share: float) -> float:
        left = share * sum(s for _, s in self.inside)
        for value, seconds in sorted(self.inside):
            left -= seconds
            if left <= 0:
                return value
        return max(self.inside)[0]


def values(answers: Iterator[Answer]) -> list[Value | None]:
    return [answer.value for answer in answers]
