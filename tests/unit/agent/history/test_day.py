"""What one day was, event by event; how things stood at its end follows from what came later and from now."""

from dataclasses import asdict
from typing import Any

import pytest

from agent.history.day import DayReport
from agent.history.sections import Day, Standing
from rules.facts import Fact, OrderFact
from tests.unit.agent.history.events import DAY, MIDNIGHT, alarm, audit, everything, order, record, system, when

YESTERDAY = Day("2026-11-27", "Asia/Shanghai", MIDNIGHT, MIDNIGHT + DAY)
LATER = DAY + 3600


def report(
    day: list[Fact], later: tuple[Fact, ...] = (), alarms: tuple[Fact, ...] = (), orders: tuple[Fact, ...] = ()
) -> dict[str, Any]:
    made = DayReport()
    made.add(asdict(fact) for fact in day)
    made.later(asdict(fact) for fact in later)
    return made.result(YESTERDAY, Standing([asdict(one) for one in alarms], [asdict(one) for one in orders]))


def test_a_day_with_one_of_each() -> None:
    told = report(everything())
    assert told["alarms"]["severities"] == {"critical": 1, "high": 0, "medium": 1, "low": 0}
    assert [(one["equipment"], one["raised"]) for one in told["alarms"]["equipment"]] == [("pump-1", 1), ("tank-1", 1)]
    assert [one["alarm"] for one in told["active"]] == ["pump-1/W07", "tank-1/W01"]
    assert (len(told["orders"]["opened"]), len(told["orders"]["closed"]), told["orders"]["open"]) == (1, 1, 0)
    assert [one["verdict"] for one in told["tests"]] == ["passed"]
    assert [one["action"] for one in told["commands"]["given"]] == ["auto"]
    assert [one["action"] for one in told["commands"]["restrictions"]] == ["lockout"]
    assert told["people"] == {"Li": 3, "Wang": 2}
    assert told["clock"] == {"events": 10, "doubtful": 1}


RAISED = alarm("tank-1/W01", "raised", when(100))
CLEARED = alarm("tank-1/W01", "cleared", when(200))


@pytest.mark.parametrize(
    ("day", "later", "now", "on"),
    [
        ([RAISED], (), (), True),
        ([RAISED, CLEARED], (), (), False),
        ([RAISED, CLEARED, RAISED], (), (), True),
        ([], (alarm("tank-1/W01", "cleared", when(LATER)),), (), True),
        ([], (alarm("tank-1/W01", "raised", when(LATER)),), (), False),
        ([], (alarm("tank-1/W01", "raised", when(LATER)), alarm("tank-1/W01", "cleared", when(LATER))), (), False),
        ([RAISED, CLEARED], (alarm("tank-1/W01", "raised", when(LATER)),), (RAISED,), False),
        ([RAISED], (alarm("tank-1/W01", "cleared", when(LATER)),), (), True),
        ([], (), (alarm("tank-1/W01", "raised", when(-9 * DAY)),), True),
    ],
)
def test_what_was_on_when_the_day_ended(
    day: list[Fact], later: tuple[Fact, ...], now: tuple[Fact, ...], on: bool
) -> None:
    assert bool(report(day, later, now)["active"]) is on


def wanted(raised: float, at: float, status: str = "open") -> OrderFact:
    return order("lift-1/L01", status, when(raised), when(at), deadlines={"arrival": 1800.0, "release": 3600.0})


@pytest.mark.parametrize(
    ("day", "later", "now", "open_at_end", "missed"),
    [
        ([wanted(100, 100)], (), (), 1, ["arrival", "release"]),
        ([wanted(DAY - 2000, DAY - 2000)], (), (), 1, ["arrival"]),
        ([wanted(DAY - 60, DAY - 60)], (), (), 1, None),
        ([wanted(100, 100), wanted(100, 200, "recovered")], (), (), 1, None),
        ([wanted(100, 100), wanted(100, 200, "closed")], (), (), 0, None),
        ([], (wanted(-DAY, LATER, "closed"),), (), 1, None),
        ([], (wanted(LATER, LATER),), (wanted(LATER, LATER),), 0, None),
        ([], (), (wanted(-DAY, -DAY),), 1, ["arrival", "release"]),
    ],
)
def test_orders_at_the_end_of_the_day(
    day: list[Fact], later: tuple[Fact, ...], now: tuple[Fact, ...], open_at_end: int, missed: list[str] | None
) -> None:
    told = report(day, later, orders=now)["orders"]
    assert told["open"] == open_at_end
    assert [one["missed"] for one in told["overdue"]] == ([] if missed is None else [missed])


def test_an_order_that_is_needed_again_was_opened_once() -> None:
    told = report([wanted(100, 100), wanted(100, 500)])["orders"]
    assert len(told["opened"]) == 1


STARTED = {"version": "1", "site": "tower"}


def lost(transition: str, at: float) -> Fact:
    return alarm("plc-1/S01", transition, when(at))


@pytest.mark.parametrize(
    ("day", "gaps"),
    [
        ([system("agent.started", when(50), **STARTED)], [("not-running", None, 50)]),
        (
            [system("agent.stopped", when(100), **STARTED), system("agent.started", when(160), **STARTED)],
            [("off", 100, 160)],
        ),
        ([CLEARED, system("agent.started", when(900), **STARTED)], [("lost-power", 200, 900)]),
        ([lost("raised", 300), lost("cleared", 400)], [("lost", 300, 400)]),
        ([lost("cleared", 400)], [("lost", None, 400)]),
        ([lost("raised", 300), lost("acknowledged", 350)], [("lost", 300, None)]),
        ([RAISED, CLEARED], []),
    ],
)
def test_times_without_data(day: list[Fact], gaps: list[tuple[str, float | None, float | None]]) -> None:
    def since(wall: float | None) -> float | None:
        return None if wall is None else wall - MIDNIGHT

    found = report(day)["gaps"]
    assert [(one["what"], since(one["begin"]), since(one["end"])) for one in found] == gaps


def test_the_last_word_about_a_command_counts() -> None:
    day = [audit("start", outcome, when(10)) for outcome in ("issued", "done", "verified")]
    assert [one["outcome"] for one in report(day)["commands"]["given"]] == ["verified"]


def test_memory_grows_with_what_is_told_and_not_with_the_events() -> None:
    made = DayReport()
    made.add(asdict(alarm("tank-1/W01", ("raised", "cleared")[number % 2], when(number))) for number in range(4000))
    told = made.result(YESTERDAY, Standing([], []))
    assert told["alarms"]["equipment"][0]["raised"] == 2000
    assert len(told["active"]) + len(told["gaps"]) + len(told["tests"]) == 0


def test_every_verdict_is_told() -> None:
    verdicts = ["passed", "failed", "aborted"]
    assert [one["verdict"] for one in report([record(one, when(1)) for one in verdicts])["tests"]] == verdicts
