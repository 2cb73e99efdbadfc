"""Address ranges: the values of one table that a request may read across, from the first to the last. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from drivers.planner.blocks import Block, Cost, PlanError, RequestLimits, block_of, end_of
from drivers.templates import Table, TemplatePoint


class PointGroup(NamedTuple):
    """Points that share the same addresses, and so the same fate."""

    start: int
    end: int
    """The first address behind it."""
    needed: int
    """Number of the poll class of its fastest point, the fastest class first."""
    points: tuple[TemplatePoint, ...]


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Stops in the order of their addresses; any two of them may be brought by one request that is not too long."""

    table: Table
    groups: tuple[PointGroup, ...]
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

    def block(self, number: int, brought: Sequence[PointGroup]) -> Block:
        """The block of class ``number`` that brings these groups."""
        return block_of(tuple(point for group in brought for point in group.points), self.classes[number])


def address_ranges(
    points: Sequence[TemplatePoint], limits: RequestLimits, cost: Cost, periods: Mapping[str, float]
) -> list[AddressRange]:
    """The address ranges of ``points``, all of one table, in the order of their addresses. Raises PlanError."""
    table = points[0].modbus.table
    classes = tuple(sorted({point.poll for point in points}, key=lambda poll: (periods[poll], poll)))
    rates = tuple(1 / periods[poll] for poll in classes)
    groups = _groups(points, classes, limits.most(table))
    runs: list[list[PointGroup]] = []
    reached = 0
    for group in groups:
        if not runs or not _bridged(table, reached, group.start, limits):
            runs.append([])
        runs[-1].append(group)
        reached = max(reached, group.end)
    return [AddressRange(table, tuple(run), classes, rates, limits.most(table), cost) for run in runs]


def _groups(points: Sequence[TemplatePoint], classes: Sequence[str], most: int) -> list[PointGroup]:
    groups = []
    for (start, end), same in groupby(points, key=_span):
        together = tuple(same)
        if end - start > most:
            raise PlanError("plan.value-too-wide", point=together[0].name, words=end - start)
        groups.append(PointGroup(start, end, min(classes.index(point.poll) for point in together), together))
    return groups


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
