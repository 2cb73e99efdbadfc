"""held, age and previous through the engine."""

from typing import Any

import pytest

from rules.model import Source
from tests.unit.rules.bench import Bench, low_level


def bench(text: str) -> Bench:
    return Bench(low_level(when=Source(text), clear=None, on_delay=0.0, off_delay=0.0))


@pytest.mark.parametrize(
    ("steps", "at", "state"),
    [
        ([(0, True)], 59, "normal"),
        ([(0, True)], 60, "active"),
        ([(0, True), (50, False), (51, True)], 110, "normal"),
        ([(0, True), (50, False), (51, True)], 111, "active"),
        ([(0, True), (30, None), (80, True)], 109, "normal"),
        ([(0, True), (30, None), (80, True)], 110, "active"),
    ],
)
def test_held(steps: Any, at: float, state: str) -> None:
    one = bench("held(leak, 1 min)")
    for second, leak in steps:
        one.at(second, leak=leak)
    one.at(at + 0.5)
    assert one.alarm() == state


def test_not_yet_observed_long_enough_is_unknown() -> None:
    one = bench("not held(running, 1 min)")
    one.at(0, running=True)
    one.at(30)
    assert one.alarm() == "normal"
    one.at(31, running=False)
    one.at(32, running=True)
    assert one.alarm() == "active"


def test_held_counts_inside_a_false_and() -> None:
    one = bench("running and held(leak, 1 min)")
    one.at(0, running=False, leak=True)
    one.at(100, running=True)
    assert one.alarm() == "active"


def test_age_moves_on_constant_input() -> None:
    one = bench("age(level) > 30 s")
    one.at(0, level=5)
    one.at(30)
    assert one.alarm() == "normal"
    one.at(32)
    assert one.alarm() == "active"
    one.at(33, level=5)
    one.at(34)
    assert one.alarm() == "returned"


def test_previous_is_the_value_before_the_last_change() -> None:
    one = bench("level - previous(level) < -10 %")
    for second, level in enumerate([50, 45, None, 45, 30]):
        assert one.alarm() == "normal"
        one.at(second, level=level)
    assert one.alarm() == "active"
