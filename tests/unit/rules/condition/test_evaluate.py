"""Three-valued logic as truth tables."""

from itertools import product
from math import inf, nan
from typing import Any

import pytest

from tests.unit.rules.bench import Expression

TRUTHS = (True, False, None)


def kleene_and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


@pytest.mark.parametrize(("a", "b"), [*product(TRUTHS, TRUTHS)])
def test_and_or(a: bool | None, b: bool | None) -> None:
    assert Expression("leak and running")(leak=a, running=b) is kleene_and(a, b)
    opposite = kleene_and(None if a is None else not a, None if b is None else not b)
    assert Expression("leak or running")(leak=a, running=b) is (None if opposite is None else not opposite)


@pytest.mark.parametrize(("a", "result"), [(True, False), (False, True), (None, None)])
def test_not(a: bool | None, result: object) -> None:
    assert Expression("not leak")(leak=a) is result


@pytest.mark.parametrize("text", ["level + low", "level - low", "level * 2", "-level", "level < low", "abs(level)"])
def test_unknown_stays_unknown(text: str) -> None:
    assert Expression(text)(level=None) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("level / (level - low)", {"level": 30.0}),
        ("level * 10", {"level": inf}),
        ("level - 1 %", {"level": nan}),
        ("starts / (starts - 3)", {"starts": 3}),
        ("leak if running else leak", {"leak": True, "running": None}),
        ("10 % < level < spare + 1 % or leak", {"leak": None, "level": 1.0}),
    ],
)
def test_no_finite_answer_is_unknown(text: str, values: dict[str, Any]) -> None:
    assert Expression(text)(**values) is None


def test_chain_is_false_when_one_link_is() -> None:
    assert Expression("water < air < 5 °C")(water=None, air=9.0) is False


@pytest.mark.parametrize(("value", "bad", "good"), [(5.0, False, True), (None, True, False)])
def test_quality(value: Any, bad: bool, good: bool) -> None:
    assert (Expression("bad(level)")(level=value), Expression("good(level)")(level=value)) == (bad, good)


def test_quality_of_what_was_never_read_is_unknown() -> None:
    assert Expression("bad(level)")() is None


def test_coalesce_takes_the_first_known() -> None:
    assert Expression("coalesce(water, air)")(water=None, air=20.0) == 20.0
