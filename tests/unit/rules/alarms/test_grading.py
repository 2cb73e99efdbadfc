"""How bad an alarm is where its rule says that by conditions: worse at once, less bad only once acknowledged."""

from typing import Any

import pytest

from rules.inputs import Acknowledge
from rules.model import Rule, Severity, SeverityCase, Source
from tests.unit.rules.bench import Bench, low_level

LEAK = SeverityCase(Severity.HIGH, Source("leak"))
PRESSURE = SeverityCase(Severity.CRITICAL, Source("pressure > 5 bar"))


def graded(*cases: SeverityCase, **changes: Any) -> Rule:
    values: dict[str, Any] = {"severities": cases or (LEAK,), "on_delay": 0.0, "off_delay": 0.0}
    return low_level(**(values | changes))


def told(bench: Bench) -> list[tuple[str, str, bool]]:
    return [(one.transition, one.severity, one.acknowledged) for one in bench.events if one.kind == "alarm"]


@pytest.mark.parametrize(
    ("leak", "severity"),
    [(True, "high"), (False, "medium"), pytest.param(None, "high", id="unknown is no reason for less")],
)
def test_it_is_decided_at_the_raise(leak: bool | None, severity: str) -> None:
    bench = Bench(graded())
    bench.at(0, level=50, leak=leak)
    bench.at(1, level=10)
    assert told(bench) == [("raised", severity, False)]
    assert [one.severity for one in bench.events if one.kind == "order"] == [severity]


def test_the_first_that_holds_counts() -> None:
    bench = Bench(graded(PRESSURE, LEAK))
    bench.at(0, level=10, leak=True, pressure=100)
    bench.at(1, pressure=600)
    assert [one[:2] for one in told(bench)] == [("raised", "high"), ("escalated", "critical")]


def test_worse_is_told_at_once_and_waits_for_an_acknowledgement_again() -> None:
    bench = Bench(graded())
    bench.at(0, level=10, leak=False)
    bench.at(1, Acknowledge("tank-1/W01", "Li"))
    bench.at(2, leak=True)
    assert told(bench) == [("raised", "medium", False), ("acknowledged", "medium", True), ("escalated", "high", False)]
    assert [one.severity for one in bench.events if one.kind == "order"] == ["medium", "high"]
    (escalated,) = [one for one in bench.events if one.kind == "alarm" and one.transition == "escalated"]
    assert (escalated.why.condition, escalated.why.inputs[0].value) == ("leak", True)


def test_less_bad_waits_for_the_acknowledgement() -> None:
    bench = Bench(graded())
    bench.at(0, level=10, leak=True)
    bench.at(1, leak=False)
    assert told(bench) == [("raised", "high", False)]
    bench.at(2, Acknowledge("tank-1/W01", "Li"))
    assert told(bench)[1:] == [("acknowledged", "high", True), ("lowered", "medium", True)]


def test_unknown_makes_nothing_less_bad() -> None:
    bench = Bench(graded())
    bench.at(0, level=10, leak=True)
    bench.at(1, Acknowledge("tank-1/W01", "Li"))
    bench.at(2, leak=None)
    assert [one[0] for one in told(bench)] == ["raised", "acknowledged"]


def test_a_raise_does_not_make_less_bad_what_nobody_has_seen() -> None:
    bench = Bench(graded())
    bench.at(0, level=10, leak=True)
    bench.at(1, level=50, leak=False)
    bench.at(2, level=10)
    assert [one[:2] for one in told(bench)] == [("raised", "high"), ("cleared", "high"), ("raised", "high")]


def test_the_next_alarm_begins_anew() -> None:
    bench = Bench(graded())
    bench.at(0, level=10, leak=True)
    bench.at(1, Acknowledge("tank-1/W01", "Li"))
    bench.at(2, level=50, leak=False)
    bench.at(3, level=10)
    assert told(bench)[-1][:2] == ("raised", "medium")


def test_a_restart_keeps_how_bad_it_is() -> None:
    bench = Bench(graded())
    bench.at(0, level=10, leak=True)
    bench.restart()
    assert bench.state.alarms["tank-1/W01"].alarm.severity == "high"


def test_what_asks_for_what_is_not_there_drops_out() -> None:
    bench = Bench(graded(SeverityCase(Severity.HIGH, Source("fault"))))
    bench.at(0, level=10)
    assert told(bench) == [("raised", "medium", False)]


def test_a_rule_that_may_be_less_is_no_critical_one() -> None:
    assert graded(PRESSURE).possible_severities == (Severity.CRITICAL, Severity.MEDIUM)
