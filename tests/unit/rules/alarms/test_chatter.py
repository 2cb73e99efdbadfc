"""Chatter: three raises in a minute put an alarm on the shelf by itself, with one summary and one order."""

from dataclasses import replace

import pytest

from rules.alarms.alarm import Alarm, Shelf, Transition
from rules.alarms.chatter import RAISES, SHELVED_FOR, WITHIN, calmed, noted, silent
from rules.engine.step import standing
from rules.inputs import Shelve, Unshelve
from rules.model import Rule, Severity
from tests.unit.rules.bench import Bench, instant, low_level

W01 = "tank-1/W01"


def flapping(**changes: object) -> Rule:
    return low_level(**({"on_delay": 0.0, "off_delay": 0.0} | changes))


def flap(bench: Bench, begin: int, times: int, every: int = 10) -> None:
    """So many raises, each cleared half-way to the next."""
    for second in range(begin, begin + times * every, every):
        bench.at(second, level=20)
        bench.at(second + every / 2, level=50)


def told(bench: Bench) -> list[str]:
    return [event.transition for event in bench.events if event.kind == "alarm"]


@pytest.mark.parametrize(
    ("seconds", "change"),
    [
        ([0, 30, 60], Transition.CHATTERING),
        ([0, 30, 60.5], Transition.NONE),
        ([0, 30], Transition.NONE),
        ([0, 50, 90, 105], Transition.CHATTERING),
    ],
)
def test_three_in_a_minute(seconds: list[float], change: Transition) -> None:
    alarm = Alarm("e", "r")
    for second in seconds:
        alarm = noted(alarm, instant(second))
    after, found = calmed(alarm, instant(seconds[-1]))
    assert (found, silent(after), len(alarm.raises) <= RAISES) == (change, change is not Transition.NONE, True)


def test_a_shelf_of_a_person_keeps_its_time() -> None:
    shelf = Shelf("Li", "work", instant(0), 9000)
    alarm = Alarm("e", "r", shelf=shelf, raises=(instant(0), instant(1), instant(2)))
    assert calmed(alarm, instant(3))[0].shelf == replace(shelf, repeats=0)


def test_chatter_is_shelved_summed_up_and_mended() -> None:
    bench = Bench(flapping())
    flap(bench, 0, 20)
    assert told(bench) == ["raised", "cleared"] * 2 + ["raised", "chattering"]
    assert [order.rule for order in bench.events if order.kind == "order"][-1] == "W01/chatter"
    bench.at(20 + SHELVED_FOR)
    summary, order = bench.events[-2:]
    assert (summary.transition, summary.repeats, summary.state) == ("expired", 17, "normal")
    # Its last clear was counted, not told: the order learns of it now.
    assert (order.order, order.status) == ("gw/e1/tank-1/W01/1", "recovered")


def test_lists_show_where_a_chattering_alarm_stands_now() -> None:
    bench = Bench(flapping())
    flap(bench, 0, 3)
    assert [(fact.state, fact.suppression) for fact in standing(bench.state.alarms.values())] == [
        ("returned", "shelved")
    ]
    bench.at(40, level=20)
    assert [fact.state for fact in standing(bench.state.alarms.values())] == ["active"]


def test_an_alarm_still_active_calls_when_the_shelf_is_over() -> None:
    bench = Bench(flapping())
    flap(bench, 0, 3)
    bench.at(100, level=20)
    bench.at(30 + SHELVED_FOR)
    alarm = next(event for event in reversed(bench.events) if event.kind == "alarm")
    assert (alarm.transition, alarm.state, alarm.suppression, bool(alarm.order)) == ("expired", "active", "", True)


def test_a_person_may_take_it_back_and_it_is_judged_anew() -> None:
    bench = Bench(flapping())
    flap(bench, 0, 3)
    bench.at(31, Unshelve(W01, "Li"))
    flap(bench, 40, 3)
    assert [name for name in told(bench) if name in ("chattering", "unshelved")] == [
        "chattering", "unshelved", "chattering",
    ]  # fmt: skip
    orders = {event.order for event in bench.events if event.kind == "order" and event.rule == "W01/chatter"}
    assert orders == {"gw/e1/tank-1/W01/chatter/1"}


def test_on_a_shelf_of_a_person_chatter_is_counted_too() -> None:
    bench = Bench(flapping())
    bench.at(0, Shelve(W01, "Li", "work", 3600), level=50)
    flap(bench, 10, 10)
    bench.at(3700)
    assert told(bench)[-2:] == ["chattering", "expired"]
    assert (bench.events[-1].repeats, bench.told("order")) == (7, ["open"])


def test_a_critical_alarm_is_never_shelved_but_mended() -> None:
    bench = Bench(flapping(severity=Severity.CRITICAL))
    flap(bench, 0, 10)
    assert set(told(bench)) == {"raised", "cleared"}
    assert told(bench).count("raised") == 10
    orders = [event.rule for event in bench.events if event.kind == "order"]
    assert orders.count("W01/chatter") == 1


def test_counts_survive_a_restart() -> None:
    bench = Bench(flapping())
    flap(bench, 0, 2)
    bench.restart()
    flap(bench, 20, 2)
    bench.restart()
    flap(bench, 40, 2)
    bench.at(60 + SHELVED_FOR)
    summary = next(event for event in reversed(bench.events) if event.kind == "alarm")
    assert (told(bench)[-2:], summary.repeats) == (["chattering", "expired"], 3)


def test_slow_changes_are_no_chatter() -> None:
    bench = Bench(flapping())
    flap(bench, 0, 10, every=int(WITHIN / 2) + 2)
    assert "chattering" not in told(bench)
