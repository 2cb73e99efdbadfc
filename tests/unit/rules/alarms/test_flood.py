"""Floods: ten alarms in ten minutes; the rest is recorded under the root and calls when the flood is over."""

import pytest

from rules.alarms.flood import BEGINS, ENDS, WITHIN, Flood
from rules.effects import Effects
from rules.engine.annunciator import ROWS
from rules.engine.state import EngineState
from rules.model import Severity, Source
from tests.unit.rules.bench import MAINS_1, Bench, instant, low_level, reading, tank

RULE = low_level(on_delay=0.0, off_delay=0.0)


def tanks(count: int) -> Bench:
    mains = low_level(id="E01", for_each="mains", when=Source("not healthy"), clear=None, on_delay=0.0)
    gate = low_level(id="W05", when=Source("leak"), clear=None, on_delay=0.0, severity=Severity.CRITICAL)
    return Bench(mains, RULE, gate, equipment=[*(tank(f"tank-{number}") for number in range(1, count + 1)), MAINS_1])


def low(bench: Bench, seconds: float, *numbers: int, level: float = 20.0) -> None:
    bench.at(seconds, *(reading(f"tank-{number}.level", level, instant(seconds)) for number in numbers))


def orders(bench: Bench) -> int:
    return len({event.order for event in bench.events if event.kind == "order"})


def system(bench: Bench) -> list[tuple[str, str, str]]:
    found = [event for event in bench.events if event.kind == "system"]
    return [(event.code, event.arguments["root"], event.arguments["alarms"]) for event in found]


@pytest.mark.parametrize(("spread", "full"), [(0.0, True), (66.0, True), (67.0, False)])
def test_ten_in_ten_minutes(spread: float, full: bool) -> None:
    flood = Flood()
    for number in range(BEGINS):
        flood = flood.with_raise(f"tank-{number}/W01", instant(number * spread))
    assert flood.full is full
    assert len(flood.raises) <= BEGINS


def test_it_is_over_when_less_than_five_came_in_ten_minutes() -> None:
    flood = Flood(root="a/b")
    for second in range(0, 100, 10):
        flood = flood.with_raise("a/b", instant(second))
    assert len(flood.raises) == BEGINS
    fifth = 100 - 10 * ENDS
    assert flood.left(instant(99)) == WITHIN - (99 - fifth)
    assert (flood.over(instant(fifth + WITHIN - 1)), flood.over(instant(fifth + WITHIN))) == (False, True)


def test_a_thousand_alarms_at_once_make_ten_orders() -> None:
    bench = tanks(1000)
    low(bench, 0, *range(1, 1001))
    raised = [event for event in bench.events if event.kind == "alarm"]
    assert (len(raised), orders(bench)) == (1000, BEGINS)
    assert {event.cause for event in raised[BEGINS:]} == {"tank-1/W01"}
    assert system(bench) == [("alarm.flood-began", "tank-1/W01", "10")]


def test_a_storm_is_decided_in_steps_of_bounded_work() -> None:
    bench, changes = tanks(1000), []
    step = bench.engine.step
    bench.engine.step = lambda *given: _counted(step(*given), changes)  # type: ignore[method-assign]
    low(bench, 0, *range(1, 1001))
    assert len([event for event in bench.events if event.kind == "alarm"]) == 1000
    assert max(changes) <= ROWS + 10
    assert bench.engine.next_due(bench.state) != bench.now.mono


def _counted(stepped: tuple[EngineState, Effects], changes: list[int]) -> tuple[EngineState, Effects]:
    changes.append(len(stepped[1].rows))
    return stepped


def test_a_critical_alarm_calls_in_every_flood() -> None:
    bench = tanks(20)
    low(bench, 0, *range(1, 20))
    bench.at(5, reading("tank-20.leak", True, instant(5)))
    alarm = next(event for event in reversed(bench.events) if event.kind == "alarm")
    assert (alarm.alarm, alarm.suppression, bool(alarm.order)) == ("tank-20/W05", "", True)


def test_what_still_stands_calls_when_the_flood_is_over() -> None:
    bench = tanks(14)
    low(bench, 0, *range(1, 14))
    low(bench, 30, 12, level=50)
    bench.at(WITHIN + 1)
    assert system(bench)[-1] == ("alarm.flood-ended", "tank-1/W01", "3")
    late = [event.alarm for event in bench.events if event.kind == "alarm" and event.transition == "unsuppressed"]
    assert late == ["tank-11/W01", "tank-13/W01"]
    assert bench.alarm("tank-12/W01") == "normal"
    assert orders(bench) == BEGINS + 2


def test_the_root_is_the_alarm_others_follow_from() -> None:
    bench = tanks(12)
    bench.reload(*bench.rules, low_level(id="W09", when=Source("leak"), clear=None, caused_by=("E01",)))
    low(bench, 0, 1, 2)
    bench.at(1, reading("meter.healthy", False, instant(1)))
    low(bench, 2, *range(3, 13))
    assert system(bench) == [("alarm.flood-began", "mains-1/E01", "10")]


def test_a_flood_survives_a_restart_and_a_reload() -> None:
    bench = tanks(14)
    low(bench, 0, *range(1, 12))
    bench.restart()
    low(bench, 1, *range(1, 13))
    bench.reload(*bench.rules)
    low(bench, 2, *range(1, 14))
    assert orders(bench) == BEGINS
    bench.at(WITHIN + 3)
    assert orders(bench) == BEGINS + 3


def test_the_alarm_a_flood_began_with_is_not_its_own_cause() -> None:
    bench = tanks(12)
    low(bench, 0, *range(1, 13))
    low(bench, 1, 1, level=90.0)
    low(bench, 2, 1)
    fact = next(event for event in reversed(bench.events) if event.kind == "alarm")
    assert (fact.alarm, fact.state, fact.cause, fact.suppression) == ("tank-1/W01", "active", "", "")
    assert bench.state.flood.root == "tank-1/W01"


def test_alarms_of_a_known_cause_are_no_flood() -> None:
    bench = tanks(30)
    rule = low_level(on_delay=0.0, off_delay=0.0, caused_by=("E01",))
    bench.reload(*(rule if one.id == "W01" else one for one in bench.rules))
    bench.at(0, reading("meter.healthy", False, instant(0)))
    low(bench, 1, *range(1, 31))
    assert system(bench) == []
