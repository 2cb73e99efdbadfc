"""What a condition can be: never narrower than what it is, and narrow enough to see what makes no sense."""

from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.condition import Scope, Slots
from rules.condition.bounds import Interval
from rules.condition.check import Checker
from rules.condition.compile import LANGUAGE, Examination, examine
from rules.condition.nodes import Node
from rules.condition.parser import parse
from rules.condition.part import Part
from rules.condition.written import written
from rules.errors import ConditionError
from rules.view import View
from tests.soak import soak
from tests.unit.rules.bench import CLASSES, MAINS_1, instant, tank
from tests.unit.rules.condition.trees import trees

RANGES = {"tank-1.level": (0.0, 100.0), "tank-1.water": (-50.0, 150.0), "tank-1.pressure": (0.0, None)}
LEVEL = {"name": "level", "low": "0", "high": "100", "unit": "%"}


def scope() -> Scope:
    others = {"tank-1": tank(), "mains-1": MAINS_1}
    return Scope(others["tank-1"], CLASSES, others, Slots(), ranges=RANGES)


def examined(text: str) -> Examination:
    found = examine(text, scope())
    assert found is not None, text
    return found


def part(text: str) -> Part:
    checker = Checker(scope(), LANGUAGE)
    found = checker.part(parse(text))
    assert checker.errors == []
    return found


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("level", 0, 100),
        ("low", 30, 30),
        ("level + 5 %", 5, 105),
        ("100 % - level", 0, 100),
        ("level - low", -30, 70),
        ("-level", -100, 0),
        ("abs(level - 30 %)", 0, 70),
        ("level * 2", 0, 200),
        ("level / 2", 0, 50),
        ("level / low", 0, 100 / 30),
        ("low / level", -inf, inf),
        ("pressure", 0, inf),
        ("air", -inf, inf),
        ("level if leak else 150 %", 0, 150),
        ("max(level, low)", 0, 100),
        ("coalesce(level, 120 %)", 0, 120),
        ("avg(level, 10 min)", 0, 100),
        ("percentile(level, 95 %, 1 h)", 0, 100),
        ("spread(level, 10 min)", 0, 100),
        ("spread(level, low)", 0, 100),
        ("change(level, 10 min)", -100, 100),
        ("rises(running, 1 h)", 0, inf),
        ("runtime(running, 1 h)", 0, 3600),
        ("daily(max(level), 02:00..04:00)", -inf, inf),
    ],
)
def test_numbers(text: str, low: float, high: float) -> None:
    bounds = part(text).bounds
    assert (bounds.low, bounds.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("text", "true", "false"),
    [
        ("level <= low", True, True),
        ("level > 100 %", False, True),
        ("level >= 100 %", True, True),
        ("level < 0 %", False, True),
        ("level <= 120 %", True, False),
        ("120 % >= level", True, False),
        ("not level <= 120 %", False, True),
        ("0 % <= level <= 100 %", True, False),
        ("level == 120 %", False, True),
        ("level != 120 %", True, False),
        ("pressure < 0 kPa", False, True),
        ("pressure < -0.5 bar", False, True),
        ("level < 10 % and level > 90 %", False, True),
        ("level < 10 % or level > 90 %", True, True),
        ("level <= 10 % and level >= 10 %", True, True),
        ("level < 10 % and level >= 10 %", False, True),
        ("level < 10 % or level >= 10 %", True, False),
        ("not (level >= 10 %) and level > 20 %", False, True),
        ("level < 10 % and leak and (level > 50 % or level > 40 %)", False, True),
        ("level < 10 % and (level > 50 % or leak)", True, True),
        ("not (level < 50 % or level > 40 %)", False, True),
        ("rises(running, 1 h) >= 0", True, False),
        ("runtime(running, 1 h) > 2 h", False, True),
        ("true", True, False),
        ("leak and false", False, True),
        ("mode == auto", True, True),
    ],
)
def test_truths(text: str, true: bool, false: bool) -> None:
    found = examined(text)
    assert (found.true, found.false) == (true, false)


@pytest.mark.parametrize(
    ("text", "code", "offset", "named"),
    [
        ("leak or level > 120 %", "condition.never", 16, LEVEL),
        ("level <= 120 %", "condition.always", 9, LEVEL),
        ("120 % < level", "condition.never", 0, LEVEL),
        ("max(level, 1 h) > 101 %", "condition.never", 18, LEVEL | {"name": "max(level, 1 h)"}),
        ("pressure < 0 kPa", "condition.never", 11, {"name": "pressure", "low": "0", "high": "∞", "unit": "kPa"}),
        ("water < -60 °C", "condition.never", 8, {"name": "water", "low": "-50", "high": "150", "unit": "°C"}),
    ],
)  # fmt: skip
def test_comparison_that_always_turns_out_the_same(text: str, code: str, offset: int, named: Any) -> None:
    assert [(one.code, one.offset, one.arguments) for one in examined(text).doubts] == [(code, offset, named)]


@pytest.mark.parametrize("text", ["level <= low", "level < 100 %", "water > 80 °C", "low < 50 %"])
def test_sensible_comparison_is_not_doubted(text: str) -> None:
    assert examined(text).doubts == ()


@pytest.mark.parametrize("text", ["levle > low", "level >", "spare > 5 %"])
def test_nothing_is_said_of_what_does_not_compile_or_apply(text: str) -> None:
    assert examine(text, scope()) is None


def test_limits_with_and_without_their_ends() -> None:
    below, at = Interval(high=5, open_high=True), Interval(low=5)
    assert below.both(at).empty
    assert not Interval(high=5).both(at).empty
    assert below.around(at) == Interval()


@pytest.mark.soak
@settings(max_examples=soak(150, 50_000), deadline=None)
@given(trees, st.floats(0, 100), st.booleans(), st.sampled_from(["auto", "off"]))
def test_what_is_can_be(tree: Node, level: float, leak: bool, mode: str) -> None:
    there = scope()
    checker = Checker(there, LANGUAGE)
    try:
        found = checker.part(tree)
    except ConditionError:
        return
    if found.run is None or checker.errors:
        return
    view = View(there.slots.size, [], instant(0))
    for point, value in (("tank-1.level", level), ("tank-1.leak", leak), ("tank-1.mode", mode)):
        for feed in there.slots.feeds.get(point, ()):
            view.values[feed.slot] = value
    result = found.run(view)
    if isinstance(result, bool):
        assert found.bounds.true if result else found.bounds.false, written(tree)
    elif isinstance(result, float | int):
        slack = 1e-6 * (1 + abs(result))
        assert found.bounds.low - slack <= result <= found.bounds.high + slack, written(tree)
