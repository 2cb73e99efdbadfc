"""The plan of every template we ship takes as little of the link's time as any plan can, on a network and on a line."""

from collections.abc import Iterator, Sequence

import pytest

from drivers.modbus.request import limits_of
from drivers.modbus.rtu import Timing
from drivers.planner import ROUND_TRIP, Block, Cost, RequestLimits, plan
from drivers.templates import PERIODS, Table, Template
from tests.shipped import library
from tests.soak import soak

MODBUS = {name: template for name, template in library().templates.items() if template.protocol == "modbus"}
PLAIN = [
    name
    for name, limits in ((name, limits_of(template)) for name, template in MODBUS.items())
    if limits == RequestLimits(limits.registers)
]
"""Those without gaps, barriers, holes and areas, which the search of this test does not know; the laws of these are in
``tests/unit/drivers/test_planner.py``."""
COSTS = {"network": ROUND_TRIP, "9600 baud": Timing(9600).cost}
CLASSES = sorted(PERIODS, key=PERIODS.__getitem__)
MOST_STOPS = soak(12, 1000)
"""Longer runs of registers than this are only checked in the long form: every way through them is tried."""

Stop = tuple[Table, int, int, int]
"""Table, start, end, and the number of the fastest class of the points there."""
Open = tuple[tuple[int, int] | None, ...]


def _load(blocks: Sequence[Block], cost: Cost) -> float:
    return sum(cost.of(block.table, block.count) / PERIODS[block.poll] for block in blocks)


def _runs(template: Template) -> list[list[Stop]]:
    """Runs of registers without a gap."""
    places: dict[tuple[Table, int, int], int] = {}
    for point in template.points:
        source = point.modbus
        span = (source.table, source.address, source.address + source.words)
        places[span] = min(places.get(span, len(CLASSES)), CLASSES.index(point.poll))
    runs: list[list[Stop]] = []
    for (table, start, end), number in sorted(places.items()):
        if not runs or runs[-1][0][0] is not table or start > max(stop[2] for stop in runs[-1]):
            runs.append([])
        runs[-1].append((table, start, end, number))
    return runs


def _least(run: list[Stop], most: int, cost: Cost) -> float:
    """The least seconds in a second that any blocks for ``run`` take: every way is tried, none is judged early."""
    ways: dict[Open, float] = {(None,) * len(CLASSES): 0.0}
    for stop in run:
        further: dict[Open, float] = {}
        for open_, spent in ways.items():
            for left, more in _on(open_, stop, most, cost):
                further[left] = min(further.get(left, float("inf")), spent + more)
        ways = further
    return min(ways.values())


def _on(open_: Open, stop: Stop, most: int, cost: Cost) -> Iterator[tuple[Open, float]]:
    """Every way to bring ``stop``, by a new block or one that is open, and what it costs."""
    table, start, end, needed = stop
    for number in range(needed + 1):
        block = open_[number]
        rate = 1 / PERIODS[CLASSES[number]]
        yield (*open_[:number], (start, end), *open_[number + 1 :]), rate * cost.of(table, end - start)
        if block is not None and (last := max(end, block[1])) - block[0] <= most:
            more = cost.of(table, last - block[0]) - cost.of(table, block[1] - block[0])
            yield (*open_[:number], (block[0], last), *open_[number + 1 :]), rate * more


@pytest.mark.soak
@pytest.mark.parametrize("wire", COSTS)
@pytest.mark.parametrize("name", PLAIN)
def test_no_plan_takes_less_time(name: str, wire: str) -> None:
    template, cost = MODBUS[name], COSTS[wire]
    limits = limits_of(template)
    blocks = plan(template.points, limits, cost)
    for run in _runs(template):
        table, first, last = run[0][0], run[0][1], max(stop[2] for stop in run)
        own = [block for block in blocks if block.table is table and first <= block.address < last]
        if len(run) <= MOST_STOPS:
            assert _load(own, cost) == pytest.approx(_least(run, limits.most(table), cost))


@pytest.mark.parametrize("name", MODBUS)
def test_every_point_is_read_once_and_at_least_as_often_as_it_asks(name: str) -> None:
    blocks = plan(MODBUS[name].points, limits_of(MODBUS[name]))
    brought = sorted(point.name for block in blocks for point in block.points)
    assert brought == sorted(point.name for point in MODBUS[name].points)
    for block in blocks:
        assert all(PERIODS[block.poll] <= PERIODS[point.poll] for point in block.points)
