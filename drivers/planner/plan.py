"""Points of one device -> the block reads that cost its link the least time. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from drivers.planner.address_range import address_ranges
from drivers.planner.blocks import ROUND_TRIP, Block, Cost, RequestLimits, block_of, end_of
from drivers.planner.layers import by_layers
from drivers.planner.search import by_search
from drivers.templates import PERIODS, Area, TemplatePoint

SEARCHED = 12
"""Up to so many points of one table every way to bring them is tried; it takes milliseconds."""


def plan(
    points: Iterable[TemplatePoint],
    limits: RequestLimits,
    cost: Cost = ROUND_TRIP,
    periods: Mapping[str, float] = PERIODS,
) -> tuple[Block, ...]:
    """The blocks that bring every point exactly once; a value is never split. Raises PlanError.

    ``periods`` gives the seconds of each poll class. A point may come more often than it asks for, where that is
    cheaper than a request of its own. No other blocks take less of the link's time where the points of a table are few
    or all of one class; else the plan is found in time that grows with the number of points, and is nearly the best
    (docs/performance.md).
    """
    ordered = sorted(points, key=_order)
    blocks: list[Block] = []
    for table, group in groupby(ordered, key=lambda point: point.modbus.table):
        inside, outside = _by_area(group, limits)
        blocks += [_whole(area, own, periods) for area, own in inside.items()]
        borders = {(table, border) for area in limits.areas for border in (area.address, area.end)}
        apart = replace(limits, barriers=limits.barriers | borders)
        if outside:
            way = by_search if len(outside) <= SEARCHED else by_layers
            blocks += [block for part in address_ranges(outside, apart, cost, periods) for block in way(part)]
    return tuple(blocks)


def alone(point: TemplatePoint, limits: RequestLimits) -> Block:
    """The smallest block that brings ``point``."""
    area = _area_of(point, limits)
    return _whole(area, [point], {point.poll: 0.0}) if area else block_of((point,))


def _area_of(point: TemplatePoint, limits: RequestLimits) -> Area | None:
    source = point.modbus
    return next((area for area in limits.areas if area.holds(source.table, source.address)), None)


def _by_area(
    points: Iterable[TemplatePoint], limits: RequestLimits
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


def _order(point: TemplatePoint) -> tuple[str, int, int, int]:
    source = point.modbus
    return (source.table, source.address, end_of(source), source.bit or 0)
