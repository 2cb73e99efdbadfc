"""Blocks for any number of points in time that grows with their number: one poll class after the other. Pure.

The fastest class comes first. Its blocks bring its own groups and, where that is cheaper, groups of slower classes
beside or between them. What "cheaper" means is the price of a group: what it takes when a slower class has to bring it.
That is known only once the slower classes are planned; so prices are guessed, everything is planned, the prices are
corrected by what came out, and the cheapest of all plans is kept. With one class there is nothing to guess: the plan is
the best one.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from drivers.codec import BIT_TABLES
from drivers.planner.address_range import AddressRange, PointGroup
from drivers.planner.blocks import Block

ROUNDS = 3
"""Corrections of each guess at most; more of them, or more guesses, were tried and found next to nothing."""


@dataclass(slots=True)
class _Plan:
    """Blocks as (class, places of the groups it brings)."""

    seconds: float = 0.0
    blocks: list[tuple[int, list[int]]] = field(default_factory=list)
    shares: dict[int, float] = field(default_factory=dict)
    """Place of a group -> its part of what its block takes."""

    def add(self, number: int, places: list[int], seconds: float) -> None:
        self.seconds += seconds
        self.blocks.append((number, places))
        self.shares |= dict.fromkeys(places, seconds / len(places))


def by_layers(span: AddressRange) -> list[Block]:
    """Blocks that bring every group of ``span``, the fastest class first, each in the order of addresses."""
    best = min(_plans(span), key=lambda plan: plan.seconds)
    return [span.block(number, [span.groups[place] for place in places]) for number, places in best.blocks]


def _plans(span: AddressRange) -> Iterator[_Plan]:
    if len({group.needed for group in span.groups}) == 1:
        yield _apart(span)
        return
    for prices in _guesses(span):
        plan = _Plan()
        for _ in range(ROUNDS):
            before, plan = plan, _planned(span, prices)
            yield plan
            if plan.blocks == before.blocks:
                break
            prices = [(plan.shares[place] + price) / 2 for place, price in enumerate(prices)]


def _apart(span: AddressRange) -> _Plan:
    """Every class as if it were alone: with one class the best plan."""
    plan = _Plan()
    for number in range(len(span.rates)):
        _plan_class(span, number, [at for at, group in enumerate(span.groups) if group.needed == number], {}, plan)
    return plan


def _guesses(span: AddressRange) -> Iterator[list[float]]:
    """Each group as if its class were alone, as if it had a request of its own, and as if it came for nothing."""
    shares = _apart(span).shares
    yield [shares[place] for place in range(len(span.groups))]
    yield [span.seconds(group.needed, group.end - group.start) for group in span.groups]
    yield [0.0 for _ in span.groups]


def _planned(span: AddressRange, prices: Sequence[float]) -> _Plan:
    """Class after class, with what the faster ones left."""
    plan, left = _Plan(), list(range(len(span.groups)))
    for number in range(len(span.rates)):
        optional = {place: prices[place] for place in left if span.groups[place].needed > number}
        _plan_class(span, number, left, optional, plan)
        left = [place for place in left if place not in plan.shares]
    return plan


def _plan_class(span: AddressRange, number: int, places: list[int], optional: dict[int, float], plan: _Plan) -> None:
    """Add the blocks of one class to ``plan``; groups that are ``optional`` come along where their price is higher."""
    groups = [span.groups[place] for place in places]
    prices = [optional.get(place, inf) for place in places]
    for run in _cheapest(span, number, groups, prices):
        count = max(group.end for group in groups[run.start : run.stop]) - groups[run.start].start
        plan.add(number, places[run.start : run.stop], span.seconds(number, count))


def _cheapest(span: AddressRange, number: int, groups: Sequence[PointGroup], prices: Sequence[float]) -> list[range]:
    """Which runs of ``groups`` blocks of one class bring; every other group costs its price.

    A dynamic program over the groups. What a block takes is a part of its end less a part of its start, so the best
    start for each end is the least of a window that moves along (one for each bit of a byte where bits are exact).
    """
    unit, byte = _unit(span, number)
    request = span.rates[number] * span.cost.request
    windows: list[deque[tuple[float, int]]] = [deque() for _ in range(unit)]
    least, begun = [0.0], list[int]()
    reached = 0
    for place, group in enumerate(groups):
        reached = max(reached, group.end)
        _push(windows[group.start % unit], least[place] - byte * (group.start // unit), place)
        best, first = least[place] + prices[place], -1
        for rest, window in enumerate(windows):
            while window and reached - groups[window[0][1]].start > span.most:
                window.popleft()
            cost = window[0][0] + request + byte * ((reached - rest + unit - 1) // unit) if window else inf
            if cost < best:
                best, first = cost, window[0][1]
        least.append(best)
        begun.append(first)
    return _runs(begun)


def _unit(span: AddressRange, number: int) -> tuple[int, float]:
    """How many addresses share what is paid for, and its price in seconds a second in class ``number``.

    A byte of bits is shared by eight. With several classes the plan is not the best one anyway, so that an eighth of a
    byte a bit does, eight times faster.
    """
    byte = span.rates[number] * span.cost.byte
    if span.table not in BIT_TABLES:
        return 1, 2 * byte
    return (8, byte) if len(span.rates) == 1 else (1, byte / 8)


def _push(window: deque[tuple[float, int]], cost: float, place: int) -> None:
    while window and window[-1][0] >= cost:
        window.pop()
    window.append((cost, place))


def _runs(begun: Sequence[int]) -> list[range]:
    runs, place = list[range](), len(begun)
    while place:
        first = begun[place - 1]
        if first >= 0:
            runs.append(range(first, place))
        place = first if first >= 0 else place - 1
    return runs[::-1]
