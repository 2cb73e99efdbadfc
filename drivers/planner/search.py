"""The search for the cheapest blocks of one address range. Pure.

Its time explodes with the number of groups in mixed classes, so it serves few. A dynamic program over the groups: at
each of them every poll class has at most one block that may still grow. A group is brought by a block of its own class
or of a faster one: by one that holds it already, by one that grows, or by a new one. What a way cost so far and which
blocks it leaves open is all that matters for the groups to come, so of two ways the one that cannot become the cheaper
is dropped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from drivers.codec import BIT_TABLES
from drivers.planner.address_range import AddressRange, PointGroup
from drivers.planner.blocks import Block

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


def by_search(span: AddressRange) -> list[Block]:
    """The blocks that bring every group for the least time of the link, the fastest class first."""
    end = max(group.end for group in span.groups)
    ways = [_Way(0.0, (None,) * len(span.rates))]
    for place, group in enumerate(span.groups):
        steps = _Steps(span, group, place)
        reopening = _Reopening(span, group.start, end - span.most)
        ways = _worth_keeping([steps.arrived(way) for way in ways], reopening)
        ways = [after for way in ways for after in steps.after(way)]
    return _blocks(min(ways, key=lambda way: way.cost), span)


@dataclass(frozen=True, slots=True)
class _Reopening:
    """What a way may still have to pay for blocks that another one has open."""

    span: AddressRange
    coming: int
    """Where the next point begins."""
    roomy: int
    """A block that begins here or later can grow as far as any block can."""

    def seconds(self, one: _Way, other: _Way) -> float:
        """At most so much, until each open block of ``one`` is as good as that of ``other``."""
        return sum(
            rate * self._block(mine, its)
            for rate, mine, its in zip(self.span.rates, one.open, other.open, strict=True)
            if its is not None and mine != its
        )

    def _block(self, mine: _Open | None, its: _Open) -> float:
        # Bits share bytes: where blocks begin differently, the next byte may be due one point earlier.
        cost, table = self.span.cost, self.span.table
        rounding = cost.byte if table in BIT_TABLES else 0.0
        if mine is not None and mine.start >= min(its.start, self.roomy) and mine.end >= its.end:
            return rounding
        return rounding + cost.of(table, max(0, its.end - self.coming))


def _worth_keeping(ways: list[_Way], reopening: _Reopening) -> list[_Way]:
    """The ways that may become the cheapest: a dearer one goes when a kept one stays ahead whatever comes."""
    kept: list[_Way] = []
    for way in sorted(ways, key=lambda way: way.cost):
        if not any(other.cost + reopening.seconds(other, way) <= way.cost + _ROUNDING for other in kept):
            kept.append(way)
    return kept


class _Steps:
    """From the ways to the point before, to those to this one."""

    def __init__(self, span: AddressRange, group: PointGroup, place: int) -> None:
        self._span, self._group, self._place = span, group, place
        self._able = group.needed + 1
        """How many classes may bring it."""

    def arrived(self, way: _Way) -> _Way:
        """``way`` without the blocks that cannot bring this point nor any that comes later."""
        return way._replace(open=tuple(block if block and self._reaches(block) else None for block in way.open))

    def after(self, way: _Way) -> Iterator[_Way]:
        """Every way on; where a block holds the group already there is no better one."""
        for number, block in enumerate(way.open[: self._able]):
            if block is not None and self._group.end <= block.end:
                yield _Way(way.cost, way.open, way, (number, block.first))
                return
        for number in range(self._able):
            fresh = _Open(self._group.start, self._group.end, self._place)
            yield self._taking(way, number, fresh, self._seconds(number, fresh))
            block = way.open[number]
            if block is not None and self._group.end - block.start <= self._span.most:
                grown = block._replace(end=self._group.end)
                yield self._taking(way, number, grown, self._seconds(number, grown) - self._seconds(number, block))

    def _taking(self, way: _Way, number: int, block: _Open, cost: float) -> _Way:
        left = (*way.open[:number], block, *way.open[number + 1 :])
        return _Way(way.cost + cost, left, way, (number, block.first))

    def _reaches(self, block: _Open) -> bool:
        return self._group.start - block.start < self._span.most

    def _seconds(self, number: int, block: _Open) -> float:
        return self._span.seconds(number, block.end - block.start)


def _blocks(way: _Way, span: AddressRange) -> list[Block]:
    """The blocks of a whole way."""
    taken: list[tuple[int, int]] = []
    last: _Way | None = way
    while last is not None and last.before is not None:
        taken.append(last.taken)
        last = last.before
    brought: dict[tuple[int, int], list[PointGroup]] = {}
    for block, group in zip(reversed(taken), span.groups, strict=True):
        brought.setdefault(block, []).append(group)
    return [span.block(number, own) for (number, _), own in sorted(brought.items())]
