"""Stretches: the values of one table that a request may read across, from the first to the last. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from drivers.planner.blocks import Block, Cost, PlanError, RequestLimits, block_of, end_of
from drivers.templates import Table, TemplatePoint


class Stop(NamedTuple):
    """Points that share the same addresses, and so the same fate."""

    start: int
    end: int
    """The first address behind it."""
    needed: int
    """Number of the poll class of its fastest point, the fastest class first."""
    points: tuple[TemplatePoint, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Stops in the order of their addresses; any two of them may be brought by one request that is not too long."""

    table: Table
    stops: tuple[Stop, ...]
    classes: tuple[str, ...]
    """Every poll class of the table, the fastest first."""
    rates: tuple[float, ...]
    """How often a second each class is read."""
    most: int
    """Most addresses in one request."""
    cost: Cost

    def seconds(self, number: int, count: int) -> float:
        """What a block of ``count`` addresses in class ``number`` takes of the link, in seconds a second."""
        return self.rates[number] * self.cost.of(self.table, count)

    def block(self, number: int, brought: Sequence[Stop]) -> Block:
        """The block of class ``number`` that brings these stops."""
        return block_of(tuple(point for stop in brought for point in stop.points), self.classes[number])


def stretches(
    points: Sequence[TemplatePoint], limits: RequestLimits, cost: Cost, periods: Mapping[str, float]
) -> list[Stretch]:
    """The stretches of ``points``, all of one table, in the order of their addresses. Raises PlanError."""
    table = points[0].modbus.table
    classes = tuple(sorted({point.poll for point in points}, key=lambda poll: (periods[poll], poll)))
    rates = tuple(1 / periods[poll] for poll in classes)
    stops = _stops(points, classes, limits.most(table))
    runs: list[list[Stop]] = []
    reached = 0
    for stop in stops:
        if not runs or not _bridged(table, reached, stop.start, limits):
            runs.append([])
        runs[-1].append(stop)
        reached = max(reached, stop.end)
    return [Stretch(table, tuple(run), classes, rates, limits.most(table), cost) for run in runs]


def _stops(points: Sequence[TemplatePoint], classes: Sequence[str], most: int) -> list[Stop]:
    stops = []
    for (start, end), same in groupby(points, key=_span):
        together = tuple(same)
        if end - start > most:
            raise PlanError("plan.value-too-wide", point=together[0].name, words=end - start)
        stops.append(Stop(start, end, min(classes.index(point.poll) for point in together), together))
    return stops


def _bridged(table: Table, reached: int, start: int, limits: RequestLimits) -> bool:
    """Whether a request that has read up to ``reached`` may read on to ``start``; no point lies between them."""
    if start < reached:
        return True
    if start - reached > limits.gap:
        return False
    between = range(reached, start)
    return not any((table, place) in limits.holes for place in between) and not any(
        (table, place) in limits.barriers for place in (*between, start)
    )


def _span(point: TemplatePoint) -> tuple[int, int]:
    return point.modbus.address, end_of(point.modbus)
