"""Windows against a plain computation over every second."""

from statistics import median as plain_median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.condition.scope import Slots
from rules.functions.window import BUCKETS, Aggregate, Window, WindowMemory, average, change, highest, lowest, median
from rules.model import Binding
from rules.view import View
from tests.unit.rules.bench import instant


def feed(aggregate: Aggregate, samples: list[Any], seconds: float = 240.0, end: float | None = None) -> Any:
    """The value at ``end`` after ``samples`` of (second, value)."""
    slot = Slots().signal(Binding("p"))
    window, memory, view = Window("w", slot, seconds, aggregate), WindowMemory(), View(1, [], instant(0))
    value = None
    for second, sample in [*samples, (end, samples[-1][1])] if end is not None else samples:
        view.now, view.values[slot] = instant(second), sample
        memory, value, _ = window.update(memory, view)
        assert len(memory.buckets) <= BUCKETS + 1
    return value


STEP = [(0, 10.0), (60, 20.0), (180, 40.0)]


@pytest.mark.parametrize(
    ("aggregate", "result"),
    [(average, (60 * 10 + 120 * 20 + 60 * 40) / 240), (lowest, 10.0), (highest, 40.0), (median, 20.0), (change, 30.0)],
)
def test_aggregate(aggregate: Aggregate, result: object) -> None:
    assert feed(aggregate, STEP, end=240) == pytest.approx(result)


def test_unknown_until_nine_tenths_are_known() -> None:
    assert [feed(average, [(0, 5.0)], end=end) for end in (215, 216)] == [None, 5.0]


def test_unknown_time_counts_for_nothing() -> None:
    assert feed(average, [(0, 10.0), (100, None), (120, 20.0)], end=240) == pytest.approx((1000 + 2400) / 220)


def test_half_unknown_window_is_unknown() -> None:
    assert feed(average, [(0, 10.0), (100, None), (200, 20.0)], end=240) is None


def test_old_values_leave() -> None:
    assert feed(highest, [(0, 99.0), (10, 1.0)], end=260) == 1.0


def test_constant_window_needs_no_timer() -> None:
    window, view, memory = Window("w", 0, 240.0, average), View(1, [], instant(0)), WindowMemory()
    view.values[0] = 5.0
    waits = []
    for second in (0, 120, 240, 250):
        view.now = instant(second)
        memory, _, wait = window.update(memory, view)
        waits.append(wait)
    assert waits == [1.0, 1.0, None, None]


values = st.lists(st.tuples(st.integers(1, 120), st.floats(-1e3, 1e3)), min_size=4, max_size=30)


@settings(max_examples=60, deadline=None)
@given(values)
def test_agrees_with_every_second_counted(steps: Any) -> None:
    samples, seconds, now = [], [], 0
    for length, value in steps:
        samples.append((now, value))
        seconds += [value] * length
        now += length
    if now < 240:
        return
    # The oldest bucket may still be inside by one bucket width: 1 s here.
    got, low, high = feed(average, samples, end=now), min(seconds[-241:]), max(seconds[-241:])
    assert low - 1e-9 <= got <= high + 1e-9
    assert got == pytest.approx(sum(seconds[-240:]) / 240, abs=(high - low) / 120 + 1e-6)
    assert feed(median, samples, end=now) == pytest.approx(plain_median(seconds[-240:]), abs=high - low + 1e-6)
