"""The example of the design, and what else a test may say of it."""

from dataclasses import replace
from typing import Any

from drivers.points import Place
from rules.model import Source
from rules.testing import TESTED, Expectation, Failure, RuleTest, Subject, run_test
from tests.unit.rules.bench import CLASSES, low_level

TANK = Subject(TESTED, "water-tank")
PLACE = Place("t.yaml", 3, 5)
EXAMPLE = RuleTest(
    "fires after a minute, clears above the hysteresis",
    TANK,
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
    place=PLACE,
)
MAINS_LOST = low_level(id="E01", for_each="mains", when=Source("not healthy"), clear=None, on_delay=0.0, off_delay=0.0)
RULES = [low_level(), MAINS_LOST]


def changed(*expectations: Expectation, **changes: Any) -> RuleTest:
    return replace(EXAMPLE, **({"expectations": expectations} if expectations else {}), **changes)


def failures(*expectations: Expectation, **changes: Any) -> list[tuple[float, str, str, str]]:
    """When, what, expected and got of everything that did not hold."""
    return [(one.at, one.what, one.expected, one.got) for one in failed(*expectations, **changes)]


def failed(*expectations: Expectation, **changes: Any) -> tuple[Failure, ...]:
    return run_test(changed(*expectations, **changes), CLASSES, RULES).failures
