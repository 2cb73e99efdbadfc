"""What planning costs for tables of any shape, and how near the best plan comes that is made in so little time.

``python -m tests.bench.planning`` prints only this; ``make bench`` prints it among the others.
"""

import time
from collections.abc import Callable
from random import Random
from statistics import median

from drivers.modbus.rtu import Timing
from drivers.planner import ROUND_TRIP, Cost, RequestLimits, plan
from drivers.planner.address_range import address_ranges
from drivers.planner.layers import by_layers
from drivers.planner.search import by_search
from drivers.points import Kind
from drivers.templates import PERIODS, ModbusSource, Table, TemplatePoint
from tests.bench.rows import Row, print_rows

LINE = Timing(9600).cost
CLASSES = tuple(PERIODS)
SHAPES: dict[str, tuple[Table, int, int, int]] = {
    "1,000 registers in a row, one class": (Table.HOLDING, 1000, 1, 1),
    "300 registers in a row, two classes in turn": (Table.HOLDING, 300, 1, 2),
    "1,000 registers in a row, three classes in turn": (Table.HOLDING, 1000, 1, 3),
    "1,000 registers with gaps of two, three classes in turn": (Table.HOLDING, 1000, 3, 3),
    "1,000 registers far apart, three classes in turn": (Table.HOLDING, 1000, 60, 3),
    "2,001 coils in a row, one class": (Table.COIL, 2001, 1, 1),
    "2,001 coils in a row, three classes in turn": (Table.COIL, 2001, 1, 3),
}
"""Table, values, addresses from one to the next, and how many poll classes take turns."""
SAMPLES, STOPS = 300, 16


def rows() -> list[Row]:
    """CPU of each shape on a network and on a line of 9600 baud, then what the plans cost the link beside the best."""
    found: list[Row] = [("planning one table (CPU: network / line of 9600 baud)", "measured", "aim")]
    for name, shape in SHAPES.items():
        spent = " / ".join(f"{_cpu(points(*shape), cost) * 1000:.0f}" for cost in (ROUND_TRIP, LINE))
        found.append((name, f"{spent} ms", "<= 50 ms" if shape[1] <= 1000 else ""))
    for name, cost in (("network", ROUND_TRIP), ("line", LINE)):
        excess = [_excess(seed, cost) for seed in range(SAMPLES)]
        what = f"more bus time than the best plan, {SAMPLES} tables of {STOPS} mixed values, {name}"
        found.append((what, f"{sum(excess) / SAMPLES:.2%}", ""))
        found.append(("  the worst of them", f"{max(excess):.1%}", ""))
    return found


def points(table: Table, count: int, step: int, classes: int) -> list[TemplatePoint]:
    """``count`` values, ``step`` addresses apart, of ``classes`` poll classes in turn."""
    coding = "bit" if table is Table.COIL else "u16"
    return [_point(n, ModbusSource(table, n * step, coding), CLASSES[n % classes]) for n in range(count)]


def _point(number: int, source: ModbusSource, poll: str) -> TemplatePoint:
    return TemplatePoint(f"p{number}", {}, Kind.ANALOG, source, poll=poll)


def _cpu(table: list[TemplatePoint], cost: Cost) -> float:
    return median(_spent(lambda: plan(table, RequestLimits(gap=20), cost)) for _ in range(5))


def _spent(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _excess(seed: int, cost: Cost) -> float:
    """Of a table as devices have them: values of one or two registers, small gaps, any classes."""
    random, address, points = Random(seed), 0, list[TemplatePoint]()  # noqa: S311 - the same tables each time
    for number in range(STOPS):
        words = random.choice((1, 1, 2))
        points.append(
            _point(number, ModbusSource(Table.HOLDING, address, ["u16", "u32"][words - 1]), random.choice(CLASSES))
        )
        address += words + random.choice((0, 0, 1, 2, 5, 12))
    parts = address_ranges(points, RequestLimits(registers=random.choice((10, 16, 30, 125)), gap=20), cost, PERIODS)
    best, ours = (
        sum(cost.of(block.table, block.count) / PERIODS[block.poll] for part in parts for block in way(part))
        for way in (by_search, by_layers)
    )
    return ours / best - 1


if __name__ == "__main__":
    print_rows(rows())
