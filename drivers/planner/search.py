"""The search for the cheapest blocks of one table. Pure.

A dynamic program over the points in the order of their addresses. At each point every poll class has at most one block
that may still grow. A point is brought by a block of its own class or of a faster one: by one that holds it already,
by one that grows, or by a new one. What a way cost so far and which blocks it leaves open is all that matters for the
points to come, so of two ways the one that cannot become the cheaper is dropped.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import NamedTuple

from drivers.codec import BIT_TABLES
from drivers.planner.blocks import Block, Cost, Limits, PlanError, block_of, end_of
from drivers.templates import Table, TemplatePoint

_ROUNDING = 1e-12
"""Seconds: sums of costs in another order differ by less."""


class _Open(NamedTuple):
    """A block that may still grow."""

    start: int
    end: int
    first: int
    """Where it was opened, counted in different places: its name."""


class _Way(NamedTuple):
    """One way to bring the points so far."""

    cost: float
    """Seconds of the link in a second."""
    open: tuple[_Open | None, ...]
    """By class, the fastest first."""
    before: "_Way | None" = None
    """The way to the point before."""
    taken: tuple[int, int] = (0, 0)
    """Class and first point of the block that brings the last point."""


@dataclass(frozen=True, slots=True)
class Search:
    """What holds for all points of a device."""

    limits: Limits
    cost: Cost
    periods: Mapping[str, float]
    """Seconds of each poll class."""

    def cheapest(self, points: Sequence[TemplatePoint]) -> list[Block]:
        """The blocks for ``points``, all of one table, in the order of their addresses; raises PlanError."""
        if not points:
            return []
        table = points[0].modbus.table
        classes = sorted({point.poll for point in points}, key=lambda poll: (self.periods[poll], poll))
        rates = [1 / self.periods[poll] for poll in classes]
        bridges = _Bridges(table, points, self.limits)
        stops = [list(together) for _, together in groupby(points, key=_span)]
        ends = bridges.ends([_span(together[0]) for together in stops])
        ways = [_Way(0.0, (None,) * len(classes))]
        for place, together in enumerate(stops):
            self._check_width(together[0])
            needed = min(classes.index(point.poll) for point in together)
            steps = _Steps(self, together[0], place, rates[: needed + 1], bridges)
            roomy = ends[place] - self.limits.most(table)
            reopening = _Reopening(table, self.cost, rates, together[0].modbus.address, roomy)
            ways = _worth_keeping([steps.arrived(way) for way in ways], reopening)
            ways = [after for way in ways for after in steps.after(way)]
        return _blocks(min(ways, key=lambda way: way.cost), stops, classes)

    def _check_width(self, point: TemplatePoint) -> None:
        if point.modbus.words > self.limits.most(point.modbus.table):
            raise PlanError("plan.value-too-wide", point=point.name, words=point.modbus.words)


@dataclass(frozen=True, slots=True)
class _Reopening:
    """What a way may still have to pay for blocks that another one has open."""

    table: Table
    cost: Cost
    rates: Sequence[float]
    coming: int
    """Where the next point begins."""
    roomy: int
    """A block that begins here or later can grow as far as any block can."""

    def seconds(self, one: _Way, other: _Way) -> float:
        """At most so much, until each open block of ``one`` is as good as that of ``other``."""
        return sum(
            rate * self._block(mine, its)
            for rate, mine, its in zip(self.rates, one.open, other.open, strict=True)
            if its is not None and mine != its
        )

    def _block(self, mine: _Open | None, its: _Open) -> float:
        # Bits share bytes: where blocks begin differently, the next byte may be due one point earlier.
        rounding = self.cost.byte if self.table in BIT_TABLES else 0.0
        if mine is not None and mine.start >= min(its.start, self.roomy) and mine.end >= its.end:
            return rounding
        return rounding + self.cost.of(self.table, max(0, its.end - self.coming))


def _worth_keeping(ways: list[_Way], reopening: _Reopening) -> list[_Way]:
    """The ways that may become the cheapest: a dearer one goes when a kept one stays ahead whatever comes."""
    kept: list[_Way] = []
    for way in sorted(ways, key=lambda way: way.cost):
        if not any(other.cost + reopening.seconds(other, way) <= way.cost + _ROUNDING for other in kept):
            kept.append(way)
    return kept


class _Bridges:
    """Where a request may read on across addresses that it is not made for."""

    def __init__(self, table: Table, points: Iterable[TemplatePoint], limits: Limits) -> None:
        sources = [point.modbus for point in points]
        self._used = {place for source in sources for place in range(source.address, end_of(source))}
        """Addresses where any point lies: these exist, so reading across them is safe."""
        self._table, self._limits = table, limits
        self._known: dict[tuple[int, int], bool] = {}

    def over(self, end: int, start: int) -> bool:
        """Whether a request may read from ``end`` on to ``start``."""
        if (end, start) not in self._known:
            self._known[end, start] = self._over(end, start)
        return self._known[end, start]

    def ends(self, spans: Sequence[tuple[int, int]]) -> list[int]:
        """For each span the end of the last one that a request may read on to from there."""
        reached = list(accumulate((end for _, end in spans), max))
        for place in range(len(spans) - 2, -1, -1):
            start = spans[place + 1][0]
            if start < reached[place] or self.over(reached[place], start):
                reached[place] = reached[place + 1]
        return reached

    def _over(self, end: int, start: int) -> bool:
        if any((self._table, place) in self._limits.barriers for place in range(end, start + 1)):
            return False
        run = 0
        for place in range(end, start):
            run = 0 if place in self._used else run + 1
            if run > self._limits.gap or (run and (self._table, place) in self._limits.holes):
                return False
        return True


class _Steps:
    """From the ways to the point before, to those to this one."""

    def __init__(
        self, search: Search, point: TemplatePoint, place: int, rates: Sequence[float], bridges: _Bridges
    ) -> None:
        """``rates``: how often a second each class is read that may bring the point."""
        source = point.modbus
        self._cost, self._most = search.cost, search.limits.most(source.table)
        self._table, self._start, self._end, self._place = source.table, source.address, end_of(source), place
        self._rates, self._bridges = rates, bridges

    def arrived(self, way: _Way) -> _Way:
        """``way`` without the blocks that cannot bring this point nor any that comes later."""
        return way._replace(open=tuple(block if block and self._reaches(block) else None for block in way.open))

    def after(self, way: _Way) -> Iterator[_Way]:
        """Every way on; where a block holds the point already there is no better one."""
        for number, block in enumerate(way.open[: len(self._rates)]):
            if block is not None and self._end <= block.end:
                yield _Way(way.cost, way.open, way, (number, block.first))
                return
        for number, rate in enumerate(self._rates):
            fresh = _Open(self._start, self._end, self._place)
            yield self._taking(way, number, fresh, rate * self._seconds(fresh))
            block = way.open[number]
            if block is not None and self._end - block.start <= self._most:
                grown = block._replace(end=self._end)
                yield self._taking(way, number, grown, rate * (self._seconds(grown) - self._seconds(block)))

    def _taking(self, way: _Way, number: int, block: _Open, cost: float) -> _Way:
        left = (*way.open[:number], block, *way.open[number + 1 :])
        return _Way(way.cost + cost, left, way, (number, block.first))

    def _reaches(self, block: _Open) -> bool:
        within = self._start - block.start < self._most
        return within and (self._start < block.end or self._bridges.over(block.end, self._start))

    def _seconds(self, block: _Open) -> float:
        return self._cost.of(self._table, block.end - block.start)


def _span(point: TemplatePoint) -> tuple[int, int]:
    return point.modbus.address, end_of(point.modbus)


def _blocks(way: _Way, stops: Sequence[list[TemplatePoint]], classes: Sequence[str]) -> list[Block]:
    """The blocks of a whole way."""
    taken: list[tuple[int, int]] = []
    last: _Way | None = way
    while last is not None and last.before is not None:
        taken.append(last.taken)
        last = last.before
    brought: dict[tuple[int, int], list[TemplatePoint]] = {}
    for block, together in zip(reversed(taken), stops, strict=True):
        brought.setdefault(block, []).extend(together)
    return [block_of(tuple(own), classes[number]) for (number, _), own in sorted(brought.items())]
