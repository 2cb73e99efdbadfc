"""Windows against plain arithmetic over everything the signal was."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.points import Reason
from rules.condition.memory_calls import AGGREGATES
from rules.functions.aggregates import Aggregate, average, highest, lowest, median, percentile, rises
from rules.functions.buckets import BUCKETS, width
from rules.functions.window import Window
from rules.view import View
from tests.soak import examples
from tests.unit.rules.bench import instant
from tests.unit.rules.functions.signals import SOURCE, Past, play, steps, values

LENGTH = float(BUCKETS - 2)
"""Seconds of a window whose buckets are one second wide."""
REFERENCES: dict[str, Callable[[Past], float]] = {
    "avg": Past.average,
    "min": Past.lowest,
    "max": Past.highest,
    "spread": Past.spread,
    "change": Past.change,
    "median": lambda past: past.percentile(0.5),
}
whole = st.integers(1, 90)
numbers = st.one_of(st.none(), st.integers(-50, 50), st.floats(-1e3, 1e3))
truths = st.one_of(st.none(), st.booleans())


def window(aggregate: Aggregate, seconds: float = LENGTH) -> Window:
    return Window("w", SOURCE, (0,), seconds, aggregate)


def agrees(aggregate: Aggregate, reference: Callable[[Past], float], plan: Any) -> None:
    past = Past(plan, LENGTH)
    for index, answer in enumerate(play(window(aggregate), plan)):
        then = past.at(index)
        wanted = reference(then) if then.full else None
        assert answer.value == (wanted if wanted is None else pytest.approx(wanted, abs=1e-6)), f"at {then.now}"
        assert len(answer.memory.buckets.slices) <= BUCKETS


@pytest.mark.parametrize("name", REFERENCES)
@settings(max_examples=60, deadline=None)
@given(plan=steps(numbers, whole))
def test_agrees_with_plain_arithmetic(name: str, plan: Any) -> None:
    agrees(AGGREGATES[name], REFERENCES[name], plan)


@settings(max_examples=60, deadline=None)
@given(steps(numbers, whole), st.integers(0, 100))
def test_percentile_agrees_with_plain_arithmetic(plan: Any, share: int) -> None:
    agrees(percentile(share / 100), lambda past: past.percentile(share / 100), plan)


@pytest.mark.parametrize(("name", "reference"), [("runtime", Past.runtime), ("rises", Past.rises)])
@settings(max_examples=examples(100), deadline=None)
@given(plan=steps(truths, whole))
def test_truths_agree_with_plain_arithmetic(name: str, reference: Callable[[Past], float], plan: Any) -> None:
    agrees(AGGREGATES[name], reference, plan)


@settings(max_examples=examples(100), deadline=None)
@given(steps(st.floats(-1e3, 1e3), st.floats(0.01, 20)))
def test_faster_than_its_buckets_is_exact_to_one_of_them(plan: Any) -> None:
    past = Past(plan, LENGTH)
    for index, answer in enumerate(play(window(average), plan)):
        then = past.at(index)
        if answer.value is None:
            continue
        low, high = (pick(value for _, _, value in past.pieces if value is not None) for pick in (min, max))
        assert answer.value == pytest.approx(then.average(), abs=(high - low) * width(LENGTH) / LENGTH + 1e-6)


@settings(max_examples=60, deadline=None)
@given(steps(truths, st.floats(0.01, 3)))
def test_no_rise_is_lost_inside_the_window(plan: Any) -> None:
    answers = list(play(window(rises, 60.0), plan))
    assert all(answer.memory.buckets.rises >= Past(plan, 60.0).at(i).rises() for i, answer in enumerate(answers))


@pytest.mark.parametrize("aggregate", [average, lowest, median, rises])
@settings(max_examples=60, deadline=None)
@given(plan=steps(truths, whole), restarts=st.sets(st.integers(0, 40)))
def test_restart_at_any_step_changes_no_answer(aggregate: Aggregate, plan: Any, restarts: set[int]) -> None:
    assert values(play(window(aggregate), plan, restarts)) == values(play(window(aggregate), plan))


def test_totals_do_not_drift() -> None:
    plan = [(1, 0.1 + index % 7 * 1e6) for index in range(5 * BUCKETS)]
    past = Past(plan, LENGTH).at(len(plan))
    assert list(play(window(average), plan))[-1].value == pytest.approx(past.average(), rel=1e-12)


# --- when it says something, and how long that holds


@pytest.mark.parametrize(
    ("plan", "value"),
    [
        ([(239, 5.0)], None),
        ([(240, 5.0)], 5.0),
        ([(10, None), (240, 5.0)], 5.0),
        ([(10, None), (230, 5.0)], None),
        ([(100, 5.0), (24, None), (116, 5.0)], 5.0),
        ([(100, 5.0), (25, None), (115, 5.0)], None),
        ([(100, 5.0), (25, None), (116, 5.0), (100, 5.0)], 5.0),
        ([(300, 5.0), (20, None)], 5.0),
        ([(300, 5.0), (300, None), (100, 5.0)], None),
        ([(300, 5.0), (300, None), (240, 6.0)], 6.0),
    ],
)
def test_says_something_once_observed_long_enough(plan: Any, value: float | None) -> None:
    assert list(play(window(average, 240.0), plan))[-1].value == value


def test_not_yet_full_says_so_and_for_how_long() -> None:
    answer = list(play(window(average, 240.0), [(100, 5.0)]))[-1]
    assert (answer.value, answer.reason, answer.valid) == (None, Reason.NOT_OBSERVED, 140.0)


def test_without_a_value_nothing_changes_by_itself() -> None:
    assert list(play(window(average, 240.0), [(100, None)]))[-1].valid is None


@pytest.mark.parametrize(
    ("plan", "valid"), [([(240, 5.0)], None), ([(100, 4.0), (140, 5.0)], 1.0084), ([(100, 4.0), (240, 5.0)], None)]
)
def test_valid_for_good_once_nothing_in_it_differs(plan: Any, valid: float | None) -> None:
    answer = list(play(window(highest, 240.0), plan))[-1]
    assert answer.valid == (None if valid is None else pytest.approx(valid, abs=1e-3))


def test_short_windows_do_not_look_more_than_once_a_second() -> None:
    assert list(play(window(average, 10.0), [(9, 4.0), (3, 5.0)]))[-1].valid == 1.0


def test_first_value_is_no_rise_and_the_gap_does_not_hide_one() -> None:
    plan = [(10, True), (100, False), (10, None), (130, True)]
    assert list(play(window(rises, 240.0), plan))[-1].value == 1


def test_restart_after_a_long_time_is_not_observed() -> None:
    one, view = window(average, 240.0), View(1, [], instant(0))
    view.values[0] = 5.0
    memory = one.update(one.memory(), view).memory
    view.now = instant(300)
    memory = one.resume(one.update(memory, view).memory, None)
    view.now = instant(400)
    assert one.update(memory, view).value is None


def test_quiet_window_counts_until_it_was_last_observed() -> None:
    one, view = window(average, 240.0), View(1, [], instant(0))
    view.values[0] = 5.0
    memory = one.resume(one.update(one.memory(), view).memory, instant(300))
    view.now = instant(310)
    assert one.update(memory, view).value == 5.0
    view.now = instant(330)
    assert one.update(one.resume(memory, instant(320)), view).value == 5.0


# --- uncertain readings are used and marked


def test_uncertain_value_marks_the_window_until_it_has_left() -> None:
    one, view, memory = window(average, 240.0), View(1, [], instant(0)), None
    view.values[0] = 5.0
    marks = []
    for second, doubtful in [(0, False), (240, True), (250, False), (480, False), (491, False)]:
        view.now = instant(second)
        view.set_doubt(0, doubtful)
        answer = one.update(memory or one.memory(), view)
        memory = answer.memory
        marks.append(answer.uncertain)
    assert marks == [False, True, True, True, False]
