"""Rule tests as written, and the equipment they speak of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.library import load_library
from config.rule_tests import load_rule_tests, rule_test

Writer = Callable[..., Path]

TEST = """\
- name: fires
  equipment: {class: water-tank, low: 35 %}
  every: 10 s
  series: {level: 50x3 29x8, overflow: 0}
  expect:
    - {at: 80 s, W01: pending}
    - {at: 90 s, W01: active, orders: 1}
"""


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    def write(old: str = "", new: str = "") -> Path:
        (tmp_path / "a.test.yaml").write_text(TEST.replace(old, new) if old else TEST, encoding="utf-8")
        return tmp_path

    return write


def test_source(write: Writer) -> None:
    test = load_rule_tests(write())[0]
    assert (test.name, test.cls, test.every) == ("fires", "water-tank", 10.0)
    assert test.series == {"level": "50x3 29x8", "overflow": "0"}
    assert [(at.at, at.states, at.orders) for at in test.expect] == [
        (80.0, {"W01": "pending"}, None),
        (90.0, {"W01": "active"}, 1),
    ]
    assert (test.place.line, test.place.column) == (1, 9)


def test_one_file_alone(write: Writer) -> None:
    assert load_rule_tests(write() / "a.test.yaml")[0].place.file == "a.test.yaml"


def test_parameters_are_in_the_unit_of_the_class(write: Writer) -> None:
    test = rule_test(load_rule_tests(write())[0], load_library().classes)
    assert (test.cls, test.parameters["low"], test.parameters["high"]) == ("water-tank", 35.0, 90.0)


@pytest.mark.parametrize(
    ("old", "new", "code", "column"),
    [
        ("class: water-tank", "class: watertank", "rule.no-class", 22),
        ("level:", "levl:", "equipment.no-role", 12),
        ("low:", "lo:", "equipment.no-parameter", 34),
        ("35 %", "35 kPa", "equipment.parameter-unit", 39),
    ],
)
def test_what_does_not_fit(write: Writer, old: str, new: str, code: str, column: int) -> None:
    test = load_rule_tests(write(old, new))[0]
    with pytest.raises(ConfigError) as caught:
        rule_test(test, load_library().classes)
    finding = caught.value.findings[0]
    assert finding.place is not None
    assert (finding.code, finding.place.column) == (code, column)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("pending", "firing", "value.one-of"),
        ("W01: active", "w: active", "value.rule-id"),
        ("every: 10 s", "every: 0 s", "value.zero-time"),
        ("50x3 29x8", "true", "schema.text"),
    ],
)
def test_refused(write: Writer, old: str, new: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_rule_tests(write(old, new))
    assert [finding.code for finding in caught.value.findings] == [code]
