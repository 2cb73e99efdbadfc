"""Mistakes in a test, each at its place."""

from dataclasses import replace
from typing import Any

import pytest

from drivers.points import Place
from rules.model import Source
from rules.testing import Act, Action, Expectation, Subject, check_test
from tests.unit.rules.bench import CLASSES, low_level
from tests.unit.rules.testing.examples import EXAMPLE, PLACE, RULES, TANK, changed

THERE = Place("t.yaml", 9, 7)


@pytest.mark.parametrize(
    ("changes", "code", "suggestion"),
    [
        ({"subject": replace(TANK, cls="water-tnak")}, "test.unknown-class", "water-tank"),
        ({"series": {"levle": "1"}}, "test.unknown-role", "level"),
        ({"series": {"mains-1.healthy": "1"}}, "test.unknown-equipment", None),
        ({"subject": replace(TANK, parameters={"lo": 1.0})}, "test.unknown-parameter", "low"),
        ({"subject": replace(TANK, relations={"feeder": "mains-1"})}, "test.unknown-relation", None),
        ({"others": (Subject("mains-1", "mians"),)}, "test.unknown-class", "mains"),
        ({"expectations": (Expectation(1, {"W0": "active"}),)}, "test.unknown-rule", None),
        ({"expectations": (Expectation(1, {"E01": "active"}),)}, "test.unknown-rule", "W01"),
        ({"expectations": (Expectation(1, {"mains-1/E01": "active"}),)}, "test.unknown-equipment", None),
        ({"expectations": (Expectation(1, {"W01": "activ"}),)}, "test.unknown-state", "active"),
        ({"expectations": (Expectation(1, {}, events=({"kind": "alram"},)),)}, "test.unknown-kind", "alarm"),
        (
            {"expectations": (Expectation(1, {}, events=({"kind": "order", "episode": 1},)),)},
            "test.unknown-field",
            None,
        ),
        ({"expectations": (Expectation(1, {}, orders=({"skil": "x"},)),)}, "test.unknown-field", "skill"),
        ({"acts": (Act(1, Action.ACK, "W02"),)}, "test.unknown-rule", None),
        ({"acts": (Act(1, Action.START, "weekly"),)}, "test.unknown-procedure", None),
        ({"acts": (Act(1, Action.COMMAND, "strat"),)}, "test.unknown-command", None),
        ({"acts": (Act(1, Action.START, "tank-2/weekly"),)}, "test.unknown-equipment", None),
        ({"series": {"level": "5o"}}, "test.sample", None),
        ({"series": {"mode": "atuo"}}, "test.sample", "auto"),
        ({"series": {"level": "1x200000"}}, "test.too-long", None),
    ],
)
def test_mistake(changes: dict[str, Any], code: str, suggestion: str | None) -> None:
    finding = check_test(changed(**changes), CLASSES, RULES)[0]
    assert (finding.code, finding.suggestion) == (code, suggestion)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"series": {"levle": "1"}}, PLACE),
        ({"series": {"levle": "1"}, "series_places": {"levle": THERE}}, THERE),
        ({"expectations": (Expectation(1, {"W01": "x"}, places={"W01": THERE}),)}, THERE),
        ({"expectations": (Expectation(1, {}, events=({"kind": "x"},), places={"events": THERE}),)}, THERE),
        ({"acts": (Act(1, Action.ACK, "W02", place=THERE),)}, THERE),
        ({"others": (Subject("a", "x", place=THERE),)}, THERE),
    ],
)
def test_mistake_is_told_where_it_stands(changes: dict[str, Any], place: Place) -> None:
    assert check_test(changed(**changes), CLASSES, RULES)[0].place == place


def test_rule_that_does_not_compile_on_the_equipment_is_a_finding() -> None:
    rule = low_level(when=Source("levle < low", Place("r.yaml", 4, 11)))
    assert [(one.code, one.place) for one in check_test(EXAMPLE, CLASSES, [rule])] == [
        ("condition.unknown-name", Place("r.yaml", 4, 11))
    ]


def test_good_test_has_no_findings() -> None:
    assert check_test(EXAMPLE, CLASSES, RULES) == []


RULE_PLACE = Place("r.yaml", 4, 11)


@pytest.mark.parametrize(
    ("when", "site", "code", "suggestion"),
    [
        ("not mains-9.healthy", {}, "test.lacks-equipment", "others: {mains-9: {class: mains}}"),
        (
            "tank-9.level < low",
            {"tank-9": "water-tank"},
            "test.lacks-equipment",
            "others: {tank-9: {class: water-tank}}",
        ),
        ("nobody.knows < 1", {}, "test.lacks-equipment", "others: {nobody: {class: ...}}"),
    ],
)
def test_what_a_test_lacks_is_told_in_the_test(when: str, site: dict[str, str], code: str, suggestion: str) -> None:
    (finding,) = check_test(EXAMPLE, CLASSES, [low_level(when=Source(when, RULE_PLACE))], site)
    assert (finding.code, finding.place, finding.suggestion) == (code, PLACE, suggestion)
    assert finding.arguments["asked"] == "r.yaml:4"
