"""Rule tests run the production engine; the example of the design must pass to the second."""

from typing import Any

import pytest

from drivers.points import Place
from rules.errors import RuleTestError
from rules.model import Source
from rules.testing import Expectation, RuleTest, check_test, run_test
from tests.unit.rules.bench import CLASSES, low_level

EXAMPLE = RuleTest(
    "fires after a minute, clears above the hysteresis",
    "water-tank",
    10.0,
    {"level": "50x3 29x8 34x6 36x8"},
    (
        Expectation(29.9, {"W01": "normal"}, orders=0),
        Expectation(30, {"W01": "pending"}),
        Expectation(80, {"W01": "pending"}),
        Expectation(90, {"W01": "active"}, orders=1),
        Expectation(229, {"W01": "active"}),
        Expectation(230, {"W01": "returned"}, orders=1),
    ),
)


def changed(**changes: Any) -> RuleTest:
    values = {name: getattr(EXAMPLE, name) for name in ("name", "cls", "every", "series", "expectations", "parameters")}
    return RuleTest(**(values | {"place": Place("t.yaml", 3, 5)} | changes))


def test_example_of_the_design_passes() -> None:
    assert run_test(EXAMPLE, CLASSES, [low_level()]).failures == ()


def test_failure_says_what_was_expected_and_shows_the_samples() -> None:
    test = changed(expectations=(Expectation(90, {"W01": "normal"}, orders=2),))
    failures = run_test(test, CLASSES, [low_level()]).failures
    assert [(one.at, one.what, one.expected, one.got) for one in failures] == [
        (90, "W01", "normal", "active"), (90, "orders", "2", "1"),
    ]  # fmt: skip
    assert failures[0].around == "level: 29.0 29.0 29.0 29.0 29.0 29.0"


@pytest.mark.parametrize("hole", ["_", "stale"])
def test_hole_in_the_data_pauses_the_delay(hole: str) -> None:
    series = {"level": f"29x3 {hole}x6 29x10"}
    expected = (Expectation(119, {"W01": "pending"}), Expectation(120, {"W01": "active"}))
    assert run_test(changed(series=series, expectations=expected), CLASSES, [low_level()]).failures == ()


def test_parameters_of_the_test_count() -> None:
    expected = (Expectation(300, {"W01": "normal"}),)
    assert run_test(changed(parameters={"low": 20.0}, expectations=expected), CLASSES, [low_level()]).passed


def test_rule_that_does_not_compile_is_an_error() -> None:
    with pytest.raises(RuleTestError, match=r"condition\.unknown-name"):
        run_test(EXAMPLE, CLASSES, [low_level(when=Source("levle < low"))])


@pytest.mark.parametrize(
    ("changes", "code", "suggestion"),
    [
        ({"cls": "water-tnak"}, "test.unknown-class", "water-tank"),
        ({"series": {"levle": "1"}}, "test.unknown-role", "level"),
        ({"parameters": {"lo": 1.0}}, "test.unknown-parameter", "low"),
        ({"expectations": (Expectation(1, {"W0": "active"}),)}, "test.unknown-rule", "W01"),
        ({"expectations": (Expectation(1, {"W01": "activ"}),)}, "test.unknown-state", "active"),
        ({"series": {"level": "5o"}}, "test.sample", None),
        ({"series": {"mode": "atuo"}}, "test.sample", "auto"),
        ({"series": {"level": "1x200000"}}, "test.too-long", None),
    ],
)
def test_mistakes_in_a_test(changes: dict[str, Any], code: str, suggestion: str | None) -> None:
    finding = check_test(changed(**changes), CLASSES, [low_level()])[0]
    assert (finding.code, finding.suggestion, finding.place) == (code, suggestion, Place("t.yaml", 3, 5))


def test_good_test_has_no_findings() -> None:
    assert check_test(EXAMPLE, CLASSES, [low_level()]) == []
