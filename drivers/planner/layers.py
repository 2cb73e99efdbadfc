"""Blocks for any number of points in time that grows with their number: one poll class after the other. Pure.

The fastest class comes first. Its blocks bring its own stops and, where that is cheaper, stops of slower classes
beside or between them. What "cheaper" means is the price of a stop: what it takes when a slower class has to bring it.
That is known only once the slower classes are planned; so prices are guessed, everything is planned, the prices are
corrected by what came out, and the cheapest of all plans is kept. With one class there is nothing to guess: the plan is
the best one.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from drivers.codec import BIT_TABLES
from drivers.planner.blocks import Block
from drivers.planner.stretch import Stop, Stretch

ROUNDS = 3
"""Corrections of each guess at most; more of them, or more guesses, were tried and found next to nothing."""


@dataclass(slots=True)
class _Plan:
    """Blocks as (class, places of the stops it brings)."""

    seconds: float = 0.0
    blocks: list[tuple[int, list[int]]] = field(default_factory=list)
    shares: dict[int, float] = field(default_factory=dict)
    """Place of a stop -> its part of what its block takes."""

    def add(self, number: int, places: list[int], seconds: float) -> None:
        self.seconds += seconds
        self.blocks.append((number, places))
        self.shares |= dict.fromkeys(places, seconds / len(places))


def by_layers(stretch: Stretch) -> list[Block]:
    """Blocks that bring every stop of ``stretch``, the fastest class first, each in the order of addresses."""
    best = min(_plans(stretch), key=lambda plan: plan.seconds)
    return [stretch.block(number, [stretch.stops[place] for place in places]) for number, places in best.blocks]


def _plans(stretch: Stretch) -> Iterator[_Plan]:
    if len({stop.needed for stop in stretch.stops}) == 1:
        yield _apart(stretch)
        return
    for prices in _guesses(stretch):
        plan = _Plan()
        for _ in range(ROUNDS):
            before, plan = plan, _planned(stretch, prices)
            yield plan
            if plan.blocks == before.blocks:
                break
            prices = [(plan.shares[place] + price) / 2 for place, price in enumerate(prices)]


def _apart(stretch: Stretch) -> _Plan:
    """Every class as if it were alone: with one class the best plan."""
    plan = _Plan()
    for number in range(len(stretch.rates)):
        _plan_class(stretch, number, [at for at, stop in enumerate(stretch.stops) if stop.needed == number], {}, plan)
    return plan


def _guesses(stretch: Stretch) -> Iterator[list[float]]:
    """Each stop as if its class were alone, as if it had a request of its own, and as if it came for nothing."""
    shares = _apart(stretch).shares
    yield [shares[place] for place in range(len(stretch.stops))]
    yield [stretch.seconds(stop.needed, stop.end - stop.start) for stop in stretch.stops]
    yield [0.0 for _ in stretch.stops]


def _planned(stretch: Stretch, prices: Sequence[float]) -> _Plan:
    """Class after class, with what the faster ones left."""
    plan, left = _Plan(), list(range(len(stretch.stops)))
    for number in range(len(stretch.rates)):
        optional = {place: prices[place] for place in left if stretch.stops[place].needed > number}
        _plan_class(stretch, number, left, optional, plan)
        left = [place for place in left if place not in plan.shares]
    return plan


def _plan_class(stretch: Stretch, number: int, places: list[int], optional: dict[int, float], plan: _Plan) -> None:
    """Add the blocks of one class to ``plan``; stops that are ``optional`` come along where their price is higher."""
    stops = [stretch.stops[place] for place in places]
    prices = [optional.get(place, inf) for place in places]
    for run in _cheapest(stretch, number, stops, prices):
        count = max(stop.end for stop in stops[run.start : run.stop]) - stops[run.start].start
        plan.add(number, places[run.start : run.stop], stretch.seconds(number, count))


def _cheapest(stretch: Stretch, number: int, stops: Sequence[Stop], prices: Sequence[float]) -> list[range]:
    """Which runs of ``stops`` blocks of one class bring; every other stop costs its price.

    A dynamic program over the stops. What a block takes is a part of its end less a part of its start, so the best
    start for each end is the least of a window that moves along (one for each bit of a byte where bits are exact).
    """
    unit, byte = _unit(stretch, number)
    request = stretch.rates[number] * stretch.cost.request
    windows: list[deque[tuple[float, int]]] = [deque() for _ in range(unit)]
    least, begun = [0.0], list[int]()
    reached = 0
    for place, stop in enumerate(stops):
        reached = max(reached, stop.end)
        _push(windows[stop.start % unit], least[place] - byte * (stop.start // unit), place)
        best, first = least[place] + prices[place], -1
        for rest, window in enumerate(windows):
            while window and reached - stops[window[0][1]].start > stretch.most:
                window.popleft()
            cost = window[0][0] + request + byte * ((reached - rest + unit - 1) // unit) if window else inf
            if cost < best:
                best, first = cost, window[0][1]
        least.append(best)
        begun.append(first)
    return _runs(begun)


def _unit(stretch: Stretch, number: int) -> tuple[int, float]:
    """How many addresses share what is paid for, and its price in seconds a second in class ``number``.

    A byte of bits is shared by eight. With several classes the plan is not the best one anyway, so that an eighth of a
    byte a bit does, eight times faster.
    """
    byte = stretch.rates[number] * stretch.cost.byte
    if stretch.table not in BIT_TABLES:
        return 1, 2 * byte
    return (8, byte) if len(stretch.rates) == 1 else (1, byte / 8)


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
