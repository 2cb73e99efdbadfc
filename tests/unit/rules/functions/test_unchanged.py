"""A value that has not moved for so long."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.points import Reason
from rules.functions.unchanged import Unchanged
from tests.soak import examples
from tests.unit.rules.functions.signals import SOURCE, play, steps, values

MINUTE = Unchanged("u", SOURCE, 60.0)


@pytest.mark.parametrize(
    ("plan", "value"),
    [
        ([(59, 5.0)], None),
        ([(60, 5.0)], True),
        ([(10, 5.0), (59, 6.0)], False),
        ([(10, 5.0), (60, 6.0)], True),
        ([(60, 5.0), (1, 6.0)], False),
        ([(30, 5.0), (10, None)], None),
        ([(10, 4.0), (30, 5.0), (10, None), (29, 5.0)], False),
        ([(10, 4.0), (30, 5.0), (10, None), (30, 5.0)], True),
        ([(10, 4.0), (59, "auto")], False),
        ([(10, False), (60, False)], True),
    ],
)
def test_value(plan: Any, value: bool | None) -> None:
    assert list(play(MINUTE, plan))[-1].value is value


def test_says_when_it_will_be_true() -> None:
    answer = list(play(MINUTE, [(10, 4.0), (20, 5.0)]))[-1]
    assert (answer.value, answer.valid) == (False, 40.0)


def test_not_observed_long_enough_says_so() -> None:
    assert list(play(MINUTE, [(20, 5.0)]))[-1].reason is Reason.NOT_OBSERVED


@settings(max_examples=examples(100), deadline=None)
@given(steps(st.none() | st.integers(0, 2), st.integers(1, 90)), st.sets(st.integers(0, 40)))
def test_restart_at_any_step_changes_no_answer(plan: Any, restarts: set[int]) -> None:
    assert values(play(MINUTE, plan, restarts)) == values(play(MINUTE, plan))
