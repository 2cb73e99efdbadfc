"""Rule tests as written, and the equipment they speak of."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.rule_tests import Surroundings, load_rule_tests, load_suite, rule_test
from rules.testing import RuleTest
from tests.shipped import library

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


def written(path: Path, zone: str = "Asia/Shanghai") -> RuleTest:
    return rule_test(load_rule_tests(path)[0], Surroundings(library().classes, zone=zone))


def test_source(write: Writer) -> None:
    test = written(write())
    assert (test.name, test.subject.cls, test.every) == ("fires", "water-tank", 10.0)
    assert test.series == {"level": "50x3 29x8", "overflow": "0"}
    assert [(at.at, at.states, at.orders) for at in test.expectations] == [
        (80.0, {"W01": "pending"}, None),
        (90.0, {"W01": "active"}, 1),
    ]
    assert test.place is not None
    assert (test.place.line, test.place.column) == (1, 9)


def test_every_part_knows_where_it_stands(write: Writer) -> None:
    test = written(write("orders: 1", "orders: [{class: minor}], events: [{text: a}]"))
    places = test.expectations[1].places | test.series_places
    assert {name: (place.line, place.column) for name, place in places.items()} == {
        "W01": (7, 18), "orders": (7, 31), "events": (7, 57), "level": (4, 12), "overflow": (4, 30),
    }  # fmt: skip


MORE = """\
- name: hands over
  equipment: {class: generator, fuel_low: 20 %, mains: mains-1}
  others:
    mains-1: {class: mains-supply, low_voltage: 0.2 kV}
  start: "2026-03-29 01:59"
  timezone: Europe/Berlin
  every: 1 s
  series: {fuel: 0+1x3, mains-1.frequency: 50 _ stale}
  do:
    - {at: 1 min, start: generator-weekly}
    - {at: 2 min, ack: mains-1/E01, refused: true}
  expect:
    - {at: 3 min, mains-1/E01: active, commands: [start], events: [{kind: alarm}]}
"""


def test_everything_a_test_may_say(tmp_path: Path) -> None:
    (tmp_path / "a.test.yaml").write_text(MORE, encoding="utf-8")
    test = written(tmp_path)
    assert (test.subject.id, test.subject.parameters["fuel_low"]) == ("test", 20.0)
    assert test.subject.relations == {"mains": "mains-1"}
    other = test.others[0]
    assert (other.id, other.cls, other.parameters["low_voltage"]) == ("mains-1", "mains-supply", 200.0)
    acts = [(act.at, act.action, act.owner, act.name, act.refused) for act in test.acts]
    assert acts == [(60.0, "start", "test", "generator-weekly", False), (120.0, "ack", "mains-1", "E01", True)]
    expectation = test.expectations[0]
    assert (expectation.states, expectation.commands) == ({"mains-1/E01": "active"}, ("start",))
    assert expectation.events == ({"kind": "alarm"},)
    assert (test.zone, test.start) == ("Europe/Berlin", datetime(2026, 3, 29, 0, 59, tzinfo=UTC).timestamp())


def test_without_a_start_it_is_new_year_at_the_site(write: Writer) -> None:
    assert written(write(), "Europe/Berlin").start == datetime(2025, 12, 31, 23, tzinfo=UTC).timestamp()


def test_one_file_alone(write: Writer) -> None:
    assert load_rule_tests(write() / "a.test.yaml")[0].place.file == "a.test.yaml"


def test_parameters_are_in_the_unit_of_the_class(write: Writer) -> None:
    parameters = written(write()).subject.parameters
    assert (parameters["low"], parameters["high"]) == (35.0, 90.0)


@pytest.mark.parametrize(
    ("old", "new", "code", "column"),
    [
        ("class: water-tank", "class: watertank", "rule.no-class", 22),
        ("low:", "lo:", "equipment.no-parameter", 34),
        ("35 %", "35 kPa", "equipment.parameter-unit", 39),
        (", W01: pending", "", "test.expects-nothing", 8),
    ],
)
def test_what_does_not_fit(write: Writer, old: str, new: str, code: str, column: int) -> None:
    path = write(old, new)
    with pytest.raises(ConfigError) as caught:
        written(path)
    finding = caught.value.findings[0]
    assert finding.place is not None
    assert (finding.code, finding.place.column) == (code, column)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("orders: 1", "orders: -1", "test.matches"),
        ("orders: 1", "orders: one", "test.matches"),
        ("orders: 1", "events: [W01]", "test.matches"),
        ("orders: 1", "events: [{}]", "test.matches"),
        ("every: 10 s", "every: 10 s\n  start: today", "value.local-time"),
        ("every: 10 s", 'every: 10 s\n  start: "2026-02-30 10:00"', "value.local-time"),
        ("every: 10 s", "every: 10 s\n  timezone: Berlin", "value.timezone"),
        ("every: 10 s", "every: 10 s\n  do: [{at: 1 s, ack: w01!}]", "test.target"),
        ("low: 35 %", "low: 35 %%", "value.unit"),
        ("W01: active", "w: active", "value.rule-id"),
        ("every: 10 s", "every: 0 s", "value.zero-time"),
        ("50x3 29x8", "true", "schema.text"),
        ("orders: 1", "severity: bad", "value.one-of"),
        ("every: 10 s", "every: 10 s\n  do: [{at: 1 s, ack: W01, refused: []}]", "test.refused"),
        ("every: 10 s", "every: 10 s\n  do: [{at: 1 s, ack: W01, refused: 7}]", "test.refused"),
    ],
)
def test_refused(write: Writer, old: str, new: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_rule_tests(write(old, new))
    assert [finding.code for finding in caught.value.findings] == [code]


def test_unknown_severity_is_told_where_it_stands_with_a_suggestion(write: Writer) -> None:
    with pytest.raises(ConfigError) as caught:
        load_rule_tests(write("orders: 1", "severity: hihg"))
    finding = caught.value.findings[0]
    assert (finding.place and (finding.place.line, finding.place.column), finding.suggestion) == ((7, 41), "high")


def test_severity_and_reasons_as_written(write: Writer) -> None:
    path = write("orders: 1", "severity: high")
    file = path / "a.test.yaml"
    acts = "do: [{at: 1 s, ack: W01, refused: a}, {at: 2 s, ack: W01, refused: [a, b]}, {at: 3 s, ack: W01}]"
    file.write_text(file.read_text(encoding="utf-8").replace("every:", f"{acts}\n  every:"), encoding="utf-8")
    test = written(path)
    assert [one.severity for one in test.expectations] == [None, "high"]
    assert [(act.refused, act.reasons) for act in test.acts] == [(True, ("a",)), (True, ("a", "b")), (False, ())]


def test_what_was_left_before_the_test(write: Writer) -> None:
    runs = "runs: [{before: 1 h, verdict: failed, procedure: weekly}, {at: 2 s, verdict: unverified}]"
    assert [(run.at, run.verdict) for run in written(write("every:", f"{runs}\n  every:")).runs] == [
        (-3600.0, "failed"), (2.0, "unverified"),
    ]  # fmt: skip


@pytest.mark.parametrize("moments", ["", "at: 1 s, before: 1 s, "])
def test_a_run_was_left_at_one_moment(write: Writer, moments: str) -> None:
    path = write("every:", f"runs: [{{{moments}verdict: failed}}]\n  every:")
    with pytest.raises(ConfigError) as caught:
        written(path)
    assert [finding.code for finding in caught.value.findings] == ["test.one-moment"]


@pytest.mark.parametrize("deeds", ["{at: 1 s}", "{at: 1 s, ack: W01, close: W01}"])
def test_people_do_one_thing_at_a_time(write: Writer, deeds: str) -> None:
    path = write("every: 10 s", f"every: 10 s\n  do: [{deeds}]")
    with pytest.raises(ConfigError) as caught:
        written(path)
    assert [finding.code for finding in caught.value.findings] == ["test.one-action"]


def test_suite_reports_every_test_at_once(write: Writer) -> None:
    path = write("level:", "levl:")
    with (path / "a.test.yaml").open("a", encoding="utf-8") as file:
        file.write(TEST.replace("W01: active", "W77: active"))
    with pytest.raises(ConfigError) as caught:
        load_suite(path)
    assert [(one.code, one.place.line) for one in caught.value.findings if one.place] == [
        ("test.unknown-role", 4), ("test.unknown-rule", 6), ("test.unknown-rule", 7),
        ("test.unknown-rule", 13), ("test.unknown-rule", 14),
    ]  # fmt: skip


BESIDE = """\
- id: H01
  for_each: water-tank
  title: {zh: 水箱高水位, en: Tank level high}
  when: level >= high
  severity: medium
- id: H02
  for_each: lift
  title: {zh: 电梯, en: Lift}
  when: >
    alarm_buton
  severity: medium
"""


def test_rule_beside_a_test_must_compile_though_no_test_looks_at_it(write: Writer) -> None:
    path = write(
        "    - {at: 80 s, W01: pending}\n    - {at: 90 s, W01: active, orders: 1}", "    - {at: 80 s, H01: normal}"
    )
    (path / "a.yaml").write_text(BESIDE, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_suite(path)
    assert [
        (one.code, one.place.file, one.place.line, one.place.column) for one in caught.value.findings if one.place
    ] == [("condition.unknown-name", "a.yaml", 10, 5)]
