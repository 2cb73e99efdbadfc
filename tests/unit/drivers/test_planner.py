"""Laws every plan keeps, and the plans people expect."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.planner import ROUND_TRIP, Block, Cost, PlanError, RequestLimits, alone, block_of, halve, plan
from drivers.planner.address_range import address_ranges
from drivers.planner.layers import by_layers
from drivers.planner.search import by_search
from drivers.points import Kind
from drivers.templates import PERIODS, Area, ModbusSource, Table, TemplatePoint
from tests.soak import soak


@st.composite
def maps(draw: st.DrawFn) -> list[TemplatePoint]:
    """Points anywhere, overlapping too, in every table and poll class."""
    spots = draw(
        st.lists(
            st.tuples(st.sampled_from(Table), st.integers(0, 400), st.booleans(), st.sampled_from(["fast", "slow"])),
            max_size=60,
        )
    )
    return [
        TemplatePoint(f"p{index}", {}, Kind.ANALOG, _source(table, address, wide), poll=poll)
        for index, (table, address, wide, poll) in enumerate(spots)
    ]


def _source(table: Table, address: int, wide: bool) -> ModbusSource:
    if table in (Table.COIL, Table.DISCRETE):
        return ModbusSource(table, address, "bit")
    return ModbusSource(table, address, "u32" if wide else "u16")


SLOW_BUS = Cost(request=0.030, byte=0.001)
costs = st.sampled_from([ROUND_TRIP, SLOW_BUS, Cost(request=0.001, byte=0.01)])
limits = st.builds(RequestLimits, registers=st.integers(2, 125), bits=st.integers(1, 2000), gap=st.integers(0, 20))


@given(points=maps(), limits=limits)
def test_every_point_is_covered_exactly_once(points: list[TemplatePoint], limits: RequestLimits) -> None:
    planned = [point.name for block in plan(points, limits) for point in block.points]
    assert sorted(planned) == sorted(point.name for point in points)


@given(points=maps(), limits=limits)
def test_no_value_is_split_and_no_limit_exceeded(points: list[TemplatePoint], limits: RequestLimits) -> None:
    for block in plan(points, limits):
        assert block.count <= limits.most(block.table)
        assert all(block.holds(point) for point in block.points)
        assert block.poll == min(point.poll for point in block.points)


@given(points=maps(), limits=limits)
def test_no_wider_gap_is_read(points: list[TemplatePoint], limits: RequestLimits) -> None:
    used = {(point.source.table, place) for point in points for place in _places(point)}
    for block in plan(points, limits):
        inside = "".join("x" if (block.table, place) in used else "." for place in range(block.address, block.end))
        assert "." * (limits.gap + 1) not in inside


@given(points=maps(), limits=limits, cost=costs)
def test_never_more_bus_time_than_one_request_a_point(
    points: list[TemplatePoint], limits: RequestLimits, cost: Cost
) -> None:
    alone = [block_of((point,)) for point in points]
    assert _load(plan(points, limits, cost), cost) <= _load(alone, cost) + 1e-9


CODINGS = {1: "u16", 2: "u32", 4: "u64"}
"""Registers -> a type as wide."""
small_limits = st.builds(
    RequestLimits,
    registers=st.integers(4, 12),
    bits=st.integers(1, 20),
    gap=st.integers(0, 8),
    barriers=st.frozensets(st.tuples(st.sampled_from(Table), st.integers(0, 25)), max_size=4),
    holes=st.frozensets(st.tuples(st.sampled_from(Table), st.integers(0, 25)), max_size=4),
)


@st.composite
def small_maps(draw: st.DrawFn) -> list[TemplatePoint]:
    """A few points of one table, of any class and width, overlapping too."""
    table = draw(st.sampled_from((Table.HOLDING, Table.COIL)))
    spots = draw(
        st.lists(
            st.tuples(st.integers(0, 25), st.sampled_from((1, 2, 4)), st.sampled_from(sorted(PERIODS))), max_size=7
        )
    )
    return [
        TemplatePoint(
            f"p{index}",
            {},
            Kind.ANALOG,
            ModbusSource(table, address, "bit" if table is Table.COIL else CODINGS[words]),
            poll=poll,
        )
        for index, (address, words, poll) in enumerate(spots)
    ]


@settings(max_examples=soak(60, 5000), deadline=None)
@pytest.mark.soak
@given(points=small_maps(), limits=small_limits, cost=costs)
def test_a_plan_costs_what_the_best_of_all_plans_costs(
    points: list[TemplatePoint], limits: RequestLimits, cost: Cost
) -> None:
    used = {place for point in points for place in _places(point)}
    plans = (
        [block_of(tuple(part), min((p.poll for p in part), key=PERIODS.__getitem__)) for part in parts]
        for parts in _partitions(points)
    )
    best = min(_load(blocks, cost) for blocks in plans if all(_allowed(block, used, limits) for block in blocks))
    assert _load(plan(points, limits, cost), cost) == pytest.approx(best)


def _layered(points: list[TemplatePoint], limits: RequestLimits, cost: Cost) -> float:
    """Bus time of the plan that many points get."""
    return _load([block for part in address_ranges(points, limits, cost, PERIODS) for block in by_layers(part)], cost)


@settings(deadline=None)
@given(points=small_maps(), limits=small_limits, cost=costs)
def test_points_of_one_class_get_the_best_plan_however_many_they_are(
    points: list[TemplatePoint], limits: RequestLimits, cost: Cost
) -> None:
    alike = sorted(
        (replace(point, poll="normal") for point in points),
        key=lambda point: (_places(point).start, point.modbus.words),
    )
    if alike:
        assert _layered(alike, limits, cost) == pytest.approx(_load(plan(alike, limits, cost), cost))


def _scattered(seed: int, count: int) -> tuple[list[TemplatePoint], RequestLimits]:
    """A table of ``count`` values of mixed classes, and what its device allows."""
    random, address, points = Random(seed), 0, []  # noqa: S311 - the same shapes each time
    for index in range(count):
        words = random.choice((1, 1, 2))
        source = ModbusSource(Table.HOLDING, address, CODINGS[words])
        points.append(TemplatePoint(f"p{index}", {}, Kind.ANALOG, source, poll=random.choice(sorted(PERIODS))))
        address += words + random.choice((0, 0, 1, 2, 5, 12))
    return points, RequestLimits(registers=random.choice((10, 16, 30, 125)), gap=20)


@pytest.mark.soak
@pytest.mark.parametrize("cost", [ROUND_TRIP, SLOW_BUS], ids=["network", "line"])
def test_many_points_cost_hardly_more_than_in_the_best_plan(cost: Cost) -> None:
    excess = []
    for seed in range(soak(20, 2000)):
        points, limits = _scattered(seed, 16)
        best = [block for part in address_ranges(points, limits, cost, PERIODS) for block in by_search(part)]
        excess.append(_layered(points, limits, cost) / _load(best, cost) - 1)
    assert min(excess) > -1e-9
    assert max(excess) <= 0.10
    assert sum(excess) / len(excess) <= 0.003


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("cost", [ROUND_TRIP, SLOW_BUS], ids=["network", "line"])
def test_few_points_get_the_best_plan(cost: Cost, count: int) -> None:
    for seed in range(20):
        points, limits = _scattered(seed, count)
        best = [block for part in address_ranges(points, limits, cost, PERIODS) for block in by_search(part)]
        assert _load(plan(points, limits, cost), cost) == pytest.approx(_load(best, cost))


@pytest.mark.parametrize(
    ("table", "count", "step", "polls"),
    [
        (Table.HOLDING, 300, 1, ["fast", "normal"]),
        (Table.HOLDING, 1000, 1, ["fast", "normal", "slow"]),
        (Table.HOLDING, 1000, 3, ["slow", "fast"]),
        (Table.HOLDING, 1000, 60, ["fast", "normal", "slow"]),
        (Table.COIL, 2001, 1, ["fast"]),
        (Table.COIL, 2001, 1, ["fast", "slow"]),
    ],
)
def test_a_large_table_of_any_shape_is_planned(table: Table, count: int, step: int, polls: list[str]) -> None:
    """Each of these took from seconds to minutes when every way was tried; the times stand in `make bench`."""
    coding = "bit" if table is Table.COIL else "u16"
    points = [
        TemplatePoint(
            f"p{index}", {}, Kind.ANALOG, ModbusSource(table, index * step, coding), poll=polls[index % len(polls)]
        )
        for index in range(count)
    ]
    limits = RequestLimits(gap=5)
    blocks = plan(points, limits)
    assert sorted(point.name for block in blocks for point in block.points) == sorted(point.name for point in points)
    assert all(block.count <= limits.most(table) for block in blocks)
    fastest = [point for point in points if point.poll == "fast"]
    assert _load(blocks, ROUND_TRIP) <= _load([block_of((point,)) for point in fastest], ROUND_TRIP) * len(polls)


def _places(point: TemplatePoint) -> range:
    return range(point.modbus.address, point.modbus.address + point.modbus.words)


def _load(blocks: list[Block] | tuple[Block, ...], cost: Cost) -> float:
    return sum(cost.of(block.table, block.count) / PERIODS[block.poll] for block in blocks)


def _allowed(block: Block, used: set[int], limits: RequestLimits) -> bool:
    inside = range(block.address, block.end)
    runs = "".join("x" if place in used else "." for place in inside)
    holes = {place for table, place in limits.holes if table is block.table} - used
    within_values = {place for point in block.points for place in _places(point)[1:]}
    barriers = {place for table, place in limits.barriers if table is block.table} - within_values
    return (
        block.count <= limits.most(block.table)
        and "." * (limits.gap + 1) not in runs
        and holes.isdisjoint(inside)
        and barriers.isdisjoint(inside[1:])
    )


def _partitions(points: list[TemplatePoint]) -> Iterator[list[list[TemplatePoint]]]:
    """Every way to deal ``points`` into groups."""
    if not points:
        yield []
        return
    for rest in _partitions(points[1:]):
        yield [[points[0]], *rest]
        for index, part in enumerate(rest):
            yield [*rest[:index], [points[0], *part], *rest[index + 1 :]]


@given(points=maps(), limits=limits)
def test_halving_ends_with_all_points_kept(points: list[TemplatePoint], limits: RequestLimits) -> None:
    for block in plan(points, limits):
        halves = halve(block)
        assert not halves or sorted(p.name for h in halves for p in h.points) == sorted(p.name for p in block.points)
        assert all(len(half.points) < len(block.points) for half in halves)


@pytest.mark.parametrize(
    ("addresses", "limits", "expected"),
    [
        ((0, 1, 2), RequestLimits(), [(0, 3)]),
        ((0, 2), RequestLimits(), [(0, 1), (2, 1)]),
        ((0, 2), RequestLimits(gap=1), [(0, 3)]),
        ((0, 1, 2, 3), RequestLimits(registers=2), [(0, 2), (2, 2)]),
        ((), RequestLimits(), []),
    ],
)
def test_plans(
    make_point: Callable[..., TemplatePoint],
    addresses: tuple[int, ...],
    limits: RequestLimits,
    expected: list[tuple[int, int]],
) -> None:
    blocks = plan([make_point(address) for address in addresses], limits)
    assert [(block.address, block.count) for block in blocks] == expected


def test_reading_across_pays_only_while_it_is_cheaper_than_asking_again(
    make_point: Callable[..., TemplatePoint],
) -> None:
    points, limits = [make_point(0), make_point(10), make_point(40)], RequestLimits(gap=50)
    assert [block.count for block in plan(points, limits)] == [41]
    assert [block.count for block in plan(points, limits, SLOW_BUS)] == [11, 1]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (RequestLimits(gap=5), [(0, 6)]),
        (RequestLimits(gap=5, barriers=frozenset({(Table.HOLDING, 5)})), [(0, 3), (5, 1)]),
        (RequestLimits(gap=5, barriers=frozenset({(Table.HOLDING, 4)})), [(0, 3), (5, 1)]),
        (RequestLimits(gap=5, barriers=frozenset({(Table.INPUT, 4), (Table.HOLDING, 0)})), [(0, 6)]),
        (RequestLimits(gap=5, holes=frozenset({(Table.HOLDING, 4)})), [(0, 3), (5, 1)]),
        (RequestLimits(gap=5, holes=frozenset({(Table.INPUT, 4)})), [(0, 6)]),
    ],
)
def test_barriers_and_holes(
    make_point: Callable[..., TemplatePoint], limits: RequestLimits, expected: list[tuple[int, int]]
) -> None:
    blocks = plan([make_point(address) for address in (0, 1, 2, 5)], limits)
    assert [(block.address, block.count) for block in blocks] == expected


AREAS = RequestLimits(gap=20, areas=frozenset({Area(Table.HOLDING, 10, 16)}))


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ((12,), [(10, 16)]),
        ((9, 10, 25, 26), [(10, 16), (9, 1), (26, 1)]),
        ((8, 9, 27, 28), [(8, 2), (27, 2)]),
        ((5, 6), [(5, 2)]),
    ],
)
def test_an_area_is_read_as_a_whole_and_by_itself(
    make_point: Callable[..., TemplatePoint], addresses: tuple[int, ...], expected: list[tuple[int, int]]
) -> None:
    blocks = plan([make_point(address) for address in addresses], AREAS)
    assert [(block.address, block.count) for block in blocks] == expected


def test_an_area_is_read_as_often_as_its_fastest_point_and_never_split(
    make_point: Callable[..., TemplatePoint],
) -> None:
    (block,) = plan([make_point(10, poll="slow"), make_point(11, poll="fast")], AREAS)
    assert (block.poll, len(block.points)) == ("fast", 2)
    assert halve(block) == ()


@pytest.mark.parametrize(("address", "expected"), [(9, (9, 1)), (11, (10, 16))])
def test_alone_a_point_is_read_as_small_as_its_device_allows(
    make_point: Callable[..., TemplatePoint], address: int, expected: tuple[int, int]
) -> None:
    block = alone(make_point(address), AREAS)
    assert (block.address, block.count) == expected


def test_a_slower_point_inside_a_faster_read_needs_none_of_its_own(make_point: Callable[..., TemplatePoint]) -> None:
    polls = ("fast", "slow", "fast", "slow")
    points = [make_point(address, poll=poll) for address, poll in enumerate(polls)]
    blocks = plan(points, RequestLimits(), SLOW_BUS)
    assert [(block.poll, block.address, block.count, len(block.points)) for block in blocks] == [
        ("fast", 0, 3, 3),
        ("slow", 3, 1, 1),
    ]


@pytest.mark.parametrize(
    ("polls", "expected"),
    [
        # A slower neighbour rides along where a request of its own costs more than reading it more often.
        ("fn", [("fast", 0, 2)]),
        ("nf", [("fast", 0, 2)]),
        ("f" + 30 * "s", [("fast", 0, 1), ("slow", 1, 30)]),
        ("s" * 20 + "f" + "s" * 20, [("fast", 20, 1), ("slow", 0, 41)]),
        ("fnf", [("fast", 0, 3)]),
    ],
)
def test_classes_are_planned_together(
    make_point: Callable[..., TemplatePoint], polls: str, expected: list[tuple[str, int, int]]
) -> None:
    names = {"f": "fast", "n": "normal", "s": "slow"}
    points = [make_point(address, poll=names[letter]) for address, letter in enumerate(polls)]
    blocks = plan(points, RequestLimits())
    assert [(block.poll, block.address, block.count) for block in blocks] == expected


def test_a_device_may_call_another_class_its_fastest(make_point: Callable[..., TemplatePoint]) -> None:
    points = [make_point(0, "a", poll="fast"), make_point(0, "b", poll="slow")]
    assert [block.poll for block in plan(points, RequestLimits(), periods={"fast": 60.0, "slow": 5.0})] == ["slow"]


def test_a_wide_value_moves_to_the_next_request_whole(make_point: Callable[..., TemplatePoint]) -> None:
    blocks = plan([make_point(0), make_point(1, type="u32")], RequestLimits(registers=2))
    assert [(block.address, block.count) for block in blocks] == [(0, 1), (1, 2)]


def test_a_value_wider_than_any_request_is_refused(make_point: Callable[..., TemplatePoint]) -> None:
    with pytest.raises(PlanError):
        plan([make_point(0, type="u32")], RequestLimits(registers=1))


def test_bits_of_one_register_share_their_fate(make_point: Callable[..., TemplatePoint]) -> None:
    bits = tuple(make_point(3, name=f"b{bit}", kind=Kind.BINARY, type="bit", bit=bit) for bit in range(4))
    assert halve(block_of(bits)) == ()
