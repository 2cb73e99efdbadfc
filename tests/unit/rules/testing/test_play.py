"""Rule tests run the production engine; the example of the design must pass to the second."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rules.errors import RuleTestError
from rules.model import Severity, Source
from rules.testing import Act, Action, Expectation, Subject, run_test
from tests.unit.rules.bench import CLASSES, low_level
from tests.unit.rules.testing.examples import EXAMPLE, TANK, changed, failed, failures

RAISED = {"kind": "alarm", "rule": "W01", "state": "active"}
ORDERED = {"kind": "order", "status": "open", "class": "minor", "materials": ["float valve"]}
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_example_of_the_design_passes() -> None:
    result = run_test(EXAMPLE, CLASSES, [low_level()])
    assert (result.failures, result.passed) == ((), True)
    assert not run_test(EXAMPLE, CLASSES, [low_level(when=Source("level > 99 %"), clear=None)]).passed


def test_failure_says_what_was_expected_and_what_came() -> None:
    assert failures(Expectation(90, {"W01": "normal"}, orders=2)) == [
        (90, "W01", "normal", "active"),
        (90, "orders", "2", "1"),
    ]


@pytest.mark.parametrize(
    ("at", "samples", "last"),
    [
        (0, ((0, "50"), (10, "50"), (20, "50"), (30, "29")), 0),
        (
            90,
            ((60, "29"), (70, "29"), (80, "29"), (90, "29"), (100, "29"), (110, "34"), (120, "34")),
            3,
        ),
        (9_999, ((210, "36"), (220, "36"), (230, "36"), (240, "36")), 3),
    ],
)
def test_failure_shows_the_samples_around_it(at: float, samples: object, last: int) -> None:
    shown = failed(Expectation(at, {"W01": "pending"}))[0].around[0]
    assert (shown.name, shown.samples, shown.last) == ("level", samples, last)


@pytest.mark.parametrize("hole", ["_", "stale"])
def test_hole_in_the_data_pauses_the_delay(hole: str) -> None:
    series = {"level": f"29x3 {hole}x6 29x10"}
    expected = [Expectation(119, {"W01": "pending"}), Expectation(120, {"W01": "active"})]
    assert failures(*expected, series=series) == []


def test_uncertain_samples_are_used_and_marked() -> None:
    marked = {"rule": "W01", "why": {"inputs": [{"value": 29.0, "quality": "uncertain"}]}}
    expected = Expectation(60, {"W01": "active"}, events=(marked, {"kind": "order"}))
    assert failures(expected, series={"level": "29?x10"}) == []


def test_parameters_of_the_test_count() -> None:
    subject = replace(TANK, parameters={"low": 20.0})
    assert failures(Expectation(300, {"W01": "normal"}), subject=subject) == []


def test_rule_that_does_not_compile_is_an_error() -> None:
    with pytest.raises(RuleTestError, match=r"condition\.unknown-name"):
        run_test(EXAMPLE, CLASSES, [low_level(when=Source("levle < low"))])


@pytest.mark.parametrize(
    ("at", "state", "severity", "got"),
    [
        (90, "active", Severity.MEDIUM, None),
        (90, "active", Severity.HIGH, "medium"),
        (80, "pending", Severity.MEDIUM, "-"),
    ],
)
def test_severity_of_an_alarm(at: float, state: str, severity: Severity, got: str | None) -> None:
    found = failures(Expectation(at, {"W01": state}, severity=severity))
    assert found == ([] if got is None else [(at, "W01 severity", severity, got)])


# --- events and orders


@pytest.mark.parametrize(
    "events",
    [
        (RAISED, ORDERED),
        ({"text": "水箱低水位"}, {"text": "plumber"}),
        ({"title": {"en": "Tank level low"}}, {"title": "Tank level low", "skill": "plumber"}),
        ({"severity": "medium", "episode": 1, "acknowledged": False}, {}),
    ],
)
def test_events_since_the_last_expectation(events: object) -> None:
    assert failures(Expectation(89, {}, events=()), Expectation(90, {}, events=events)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("events", "expected", "got"),
    [
        ((), "-", "alarm {alarm: test/W01, state: active}; order {alarm: test/W01, status: open, order_class: minor}"),
        (
            ({"rule": "W01"},),
            "rule: W01",
            "alarm {alarm: test/W01, state: active}; order {alarm: test/W01, status: open, order_class: minor}",
        ),
        (
            (RAISED, {"class": "emergency"}),
            "kind: alarm, rule: W01, state: active; class: emergency",
            "alarm {alarm: test/W01, state: active}; order {alarm: test/W01, status: open, order_class: minor}",
        ),
    ],
)
def test_wrong_events(events: object, expected: str, got: str) -> None:
    assert failures(Expectation(90, {}, events=events)) == [(90, "events", expected, got)]  # type: ignore[arg-type]


def test_events_were_told_once() -> None:
    again = Expectation(100, {}, events=(RAISED,))
    assert failures(Expectation(90, {"W01": "active"}), again)[0][1:3] == (
        "events",
        "kind: alarm, rule: W01, state: active",
    )


@pytest.mark.parametrize(
    ("orders", "wrong"),
    [
        (({"class": "minor", "skill": "plumber"},), []),
        (({"skill": "electrician"},), [(90, "orders", "skill: electrician", "skill: plumber")]),
        (({"text": "gate valve"},), None),
    ],
)
def test_orders_say_what_they_should(orders: object, wrong: object) -> None:
    found = failures(Expectation(90, {}, orders=orders))  # type: ignore[arg-type]
    assert found == wrong if wrong is not None else found[0][2] == "text: gate valve"


# --- people


def test_people_acknowledge_and_accept() -> None:
    acts = (Act(100, Action.ACK, "W01"), Act(240, Action.CLOSE, "W01"))
    expected = [
        Expectation(100, {"W01": "active"}, orders=1),
        Expectation(230, {"W01": "normal"}, orders=1),
        Expectation(240, {"W01": "normal"}, orders=0),
    ]
    assert failures(*expected, acts=acts) == []


@pytest.mark.parametrize(
    ("act", "wrong"),
    [
        (Act(80, Action.ACK, "W01"), [(80, "ack W01", "done", "refused")]),
        (Act(80, Action.ACK, "W01", refused=True), []),
        (Act(100, Action.ACK, "W01", refused=True), [(100, "ack W01", "refused", "done")]),
        (Act(80, Action.CLOSE, "W01"), [(80, "close W01", "done", "refused")]),
        (Act(80, Action.ACK, "W01", True, ("engine.nothing-to-acknowledge",)), []),
        (Act(80, Action.ACK, "W01", True, ("test/W01",)), []),
        (
            Act(80, Action.ACK, "W01", True, ("fire",)),
            [(80, "ack W01", "fire", "engine.nothing-to-acknowledge, test/W01")],
        ),
    ],
)
def test_what_people_are_refused(act: Act, wrong: object) -> None:
    assert failures(Expectation(110, {"W01": "active"}), acts=(act,)) == wrong


def test_refusal_says_why() -> None:
    found = failed(Expectation(90, {"W01": "active"}), acts=(Act(80, Action.ACK, "W01"),))
    assert [reason.code for reason in found[0].reasons] == ["engine.nothing-to-acknowledge"]


def test_people_shelve_and_take_out_of_service() -> None:
    acts = (
        Act(100, Action.SHELVE, "W01", seconds=20),
        Act(130, Action.SHELVE, "W01"),
        Act(140, Action.UNSHELVE, "W01"),
        Act(150, Action.OUT_OF_SERVICE, "W01"),
        Act(160, Action.IN_SERVICE, "W01"),
    )
    states = {100: "shelved", 121: "active", 130: "shelved", 140: "active", 150: "out-of-service", 160: "active"}
    expected = [Expectation(at, {"W01": state}) for at, state in states.items()]
    assert failures(*expected, acts=acts) == []


def test_people_reset_what_latched() -> None:
    rule = low_level(latched=True)
    acts = (Act(100, Action.ACK, "W01"), Act(240, Action.RESET, "W01"))
    expected = [Expectation(239, {"W01": "latched"}), Expectation(240, {"W01": "normal"})]
    assert run_test(changed(*expected, acts=acts), CLASSES, [rule]).failures == ()


# --- several pieces of equipment


def test_other_equipment_has_its_own_series_and_alarms() -> None:
    expected = [
        Expectation(40, {"W01": "pending", "mains-1/E01": "normal"}),
        Expectation(50, {"W01": "pending", "mains-1/E01": "active"}),
    ]
    series = {"level": "29x20", "mains-1.healthy": "1x5 0x5"}
    assert failures(*expected, series=series, others=(Subject("mains-1", "mains"),)) == []


def test_others_of_the_same_class_are_judged_too() -> None:
    series = {"level": "50x20", "tank-2.level": "29x20"}
    expected = Expectation(60, {"W01": "normal", "tank-2/W01": "active"}, orders=1)
    assert failures(expected, series=series, others=(Subject("tank-2", "water-tank"),)) == []


# --- the calendar


@pytest.mark.parametrize(("start", "at", "state"), [("21:59", 59, "normal"), ("21:59", 60, "active")])
def test_time_of_day_is_that_of_the_zone(start: str, at: float, state: str) -> None:
    begins = datetime.fromisoformat(f"2026-03-01 {start}").replace(tzinfo=SHANGHAI).timestamp()
    rule = low_level(when=Source("hour_between(22:00..06:00) and level < 60 %"), clear=None, on_delay=0.0)
    test = changed(Expectation(at, {"W01": state}), start=begins, zone="Asia/Shanghai")
    assert run_test(test, CLASSES, [rule]).failures == ()
