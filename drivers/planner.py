"""Points of one device -> the block reads that cost its link the least time. Pure.

Within a poll class the plan is optimal: a dynamic program over the points in the order of their addresses.
The classes are planned fastest first, and a slower point that a faster block brings anyway needs no read of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from drivers.codec import BIT_TABLES
from drivers.points import PlantgateError
from drivers.templates import PERIODS, Area, ModbusSource, Place, Table, TemplatePoint


class PlanError(PlantgateError):
    """A value is wider than the largest request its device allows."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one read costs its link, in seconds."""

    request: float = 0.002
    """Whatever its length: the default is a round trip in a local network with a device that thinks for a while."""
    byte: float = 1e-6
    """A byte of data: the default is far below the round trip, yet reading less is better than reading more."""

    def of(self, table: Table, count: int) -> float:
        """Seconds of one read of ``count`` addresses."""
        return self.request + self.byte * payload_size(table, count)


ROUND_TRIP = Cost()
"""The cost on a network link."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask of a device."""

    registers: int = 125
    """Most registers (Modbus Application Protocol V1.1b3, §6.3)."""
    bits: int = 2000
    """Most coils or discrete inputs (§6.1)."""
    gap: int = 0
    """Most addresses without any point it may read across in one stretch."""
    barriers: frozenset[Place] = frozenset()
    """Addresses it may begin at, but not enter from below."""
    holes: frozenset[Place] = frozenset()
    """Addresses without a point it may not read across."""
    areas: frozenset[Area] = frozenset()
    """What is read as a whole and by itself, or not at all."""

    def most(self, table: Table) -> int:
        """Most addresses of ``table`` in one request."""
        return self.bits if table in BIT_TABLES else self.registers


@dataclass(frozen=True, slots=True)
class Block:
    """One read: ``count`` addresses from ``address``, and the points it brings."""

    table: Table
    poll: str
    """The poll class it is read in: that of its fastest point."""
    address: int
    count: int
    points: tuple[TemplatePoint, ...]
    whole: bool = False
    """It is an area of its device, and must not be made smaller."""

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.count

    def holds(self, point: TemplatePoint) -> bool:
        """Whether ``point`` lies in it as a whole."""
        source = point.modbus
        return source.table is self.table and self.address <= source.address and _end(source) <= self.end


def plan(
    points: Iterable[TemplatePoint], limits: Limits, cost: Cost = ROUND_TRIP, periods: Mapping[str, float] = PERIODS
) -> tuple[Block, ...]:
    """The blocks that bring every point exactly once; a value is never split. Raises PlanError.

    ``periods`` gives the seconds of each poll class.
    """
    ordered = sorted(points, key=_order)
    blocks: list[Block] = []
    for table, group in groupby(ordered, key=lambda point: point.modbus.table):
        inside, outside = _by_area(group, limits)
        blocks += [_whole(area, own, periods) for area, own in inside.items()]
        borders = {(table, border) for area in limits.areas for border in (area.address, area.end)}
        apart = replace(limits, barriers=limits.barriers | borders)
        blocks += _TablePlan(tuple(outside), apart, cost).blocks(periods)
    return tuple(blocks)


def alone(point: TemplatePoint, limits: Limits) -> Block:
    """The smallest block that brings ``point``."""
    area = _area_of(point, limits)
    return _whole(area, [point], {point.poll: 0.0}) if area else block_of((point,))


def _area_of(point: TemplatePoint, limits: Limits) -> Area | None:
    source = point.modbus
    return next((area for area in limits.areas if area.holds(source.table, source.address)), None)


def _by_area(
    points: Iterable[TemplatePoint], limits: Limits
) -> tuple[dict[Area, list[TemplatePoint]], list[TemplatePoint]]:
    """The points in each area that has any, and the others."""
    inside: dict[Area, list[TemplatePoint]] = {}
    outside: list[TemplatePoint] = []
    for point in points:
        area = _area_of(point, limits)
        (outside if area is None else inside.setdefault(area, [])).append(point)
    return inside, outside


def _whole(area: Area, points: list[TemplatePoint], periods: Mapping[str, float]) -> Block:
    poll = min((point.poll for point in points), key=lambda poll: (periods[poll], poll))
    return Block(area.table, poll, area.address, area.count, tuple(points), whole=True)


def payload_size(table: Table, count: int) -> int:
    """How many data bytes an honest answer carries."""
    return (count + 7) // 8 if table in BIT_TABLES else 2 * count


def block_of(points: tuple[TemplatePoint, ...], poll: str | None = None) -> Block:
    """The smallest block that holds ``points``, all of one table; ``poll`` is that of the first unless given."""
    first = min(point.modbus.address for point in points)
    end = max(_end(point.modbus) for point in points)
    return Block(points[0].modbus.table, poll or points[0].poll, first, end - first, points)


def halve(block: Block) -> tuple[Block, ...]:
    """Two smaller blocks, or none when all its points share the same registers and so the same fate."""
    if block.whole:
        return ()
    places = sorted({(point.modbus.address, point.modbus.words) for point in block.points})
    if len(places) < 2:
        return ()
    middle = places[len(places) // 2]
    low = tuple(point for point in block.points if (point.modbus.address, point.modbus.words) < middle)
    high = tuple(point for point in block.points if (point.modbus.address, point.modbus.words) >= middle)
    return (block_of(low, block.poll), block_of(high, block.poll))


@dataclass(slots=True)
class _TablePlan:
    """The search within one table of one device."""

    points: tuple[TemplatePoint, ...]
    """In the order of their addresses."""
    limits: Limits
    cost: Cost
    used: set[int] = field(init=False)
    """Addresses where any point lies: these exist, so reading across them is safe."""

    def __post_init__(self) -> None:
        sources = [point.modbus for point in self.points]
        self.used = {place for source in sources for place in range(source.address, _end(source))}

    def blocks(self, periods: Mapping[str, float]) -> list[Block]:
        """The blocks of every class, fastest first."""
        blocks: list[Block] = []
        waiting = list(self.points)
        for poll in sorted({point.poll for point in waiting}, key=lambda poll: (periods[poll], poll)):
            own = [point for point in waiting if point.poll == poll]
            waiting = [point for point in waiting if point.poll != poll]
            for block in self._cheapest(own):
                riding = tuple(point for point in waiting if block.holds(point))
                waiting = [point for point in waiting if not block.holds(point)]
                blocks.append(block_of(block.points + riding, poll))
        return blocks

    def _cheapest(self, points: Sequence[TemplatePoint]) -> list[Block]:
        """The cheapest cut of ``points``, of one class and in order, into blocks.

        Values do not overlap, bits of one register apart: so their ends are in order too, and a best cut never
        interleaves blocks.
        """
        joined = [self._bridged(_end(one.modbus), after.modbus.address) for one, after in pairwise(points)]
        best: list[tuple[float, int]] = [(0.0, 0)]
        for last in range(len(points)):
            self._check_width(points[last])
            options = ((best[first][0] + cost, first) for first, cost in self._endings(points, joined, last))
            best.append(min(options))
        return _cut(points, best)

    def _endings(
        self, points: Sequence[TemplatePoint], joined: Sequence[bool], last: int
    ) -> Iterable[tuple[int, float]]:
        """Every allowed block that ends with point ``last``: its first point and its cost.

        ``joined`` says of each point whether a request may read on to the next one.
        """
        table, end = points[last].modbus.table, _end(points[last].modbus)
        for first in range(last, -1, -1):
            address, end = points[first].modbus.address, max(end, _end(points[first].modbus))
            if end - address > self.limits.most(table):
                return
            if first < last and not joined[first]:
                return
            yield first, self.cost.of(table, end - address)

    def _bridged(self, end: int, start: int) -> bool:
        """Whether a request may read from ``end`` on to ``start``."""
        table = self.points[0].modbus.table
        if any((table, place) in self.limits.barriers for place in range(end, start + 1)):
            return False
        run = 0
        for place in range(end, start):
            run = 0 if place in self.used else run + 1
            if run > self.limits.gap or (run and (table, place) in self.limits.holes):
                return False
        return True

    def _check_width(self, point: TemplatePoint) -> None:
        if point.modbus.words > self.limits.most(point.modbus.table):
            raise PlanError("plan.value-too-wide", point=point.name, words=point.modbus.words)


def _cut(points: Sequence[TemplatePoint], best: Sequence[tuple[float, int]]) -> list[Block]:
    """The blocks that led to the last entry of ``best``: entry ``n`` tells where the block of point ``n - 1`` began."""
    blocks: list[Block] = []
    end = len(points)
    while end:
        first = best[end][1]
        blocks.append(block_of(tuple(points[first:end])))
        end = first
    return blocks[::-1]


def _order(point: TemplatePoint) -> tuple[str, int, int, int]:
    source = point.modbus
    return (source.table, source.address, source.words, source.bit or 0)


def _end(source: ModbusSource) -> int:
    return source.address + source.words
