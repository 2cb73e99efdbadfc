"""Other rules under a running engine: nothing that still fits is lost, nothing that does not is kept in silence."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.points import Place
from rules.inputs import OutOfService, Shelve
from rules.model import Binding, Equipment, Rule, Severity, Source
from rules.plain import meaning
from tests.soak import examples
from tests.unit.rules.alarms.test_alarm_laws import DO, RULES, History, feed, histories
from tests.unit.rules.bench import MAINS_1, Bench, low_level, reading, tank

W01 = "tank-1/W01"
WINDOW = low_level(id="W02", when=Source("avg(level, 10 min) < 40 %"), clear=None, on_delay=0.0, off_delay=0.0)
OTHER = low_level(id="W09", when=Source("leak"), clear=None, on_delay=0.0)


def transitions(bench: Bench, alarm: str = W01) -> list[str]:
    return [event.transition for event in bench.events if event.kind == "alarm" and event.alarm == alarm]


def test_a_pending_delay_goes_on_when_another_rule_is_edited() -> None:
    bench = Bench(low_level(), OTHER)
    bench.at(0, level=20)
    bench.at(40)
    bench.reload(low_level(), replace(OTHER, on_delay=5.0))
    bench.at(59)
    assert bench.alarm() == "pending"
    bench.at(60)
    assert bench.alarm() == "active"


@pytest.mark.parametrize(("on_delay", "state"), [(30.0, "active"), (90.0, "pending")])
def test_a_changed_delay_counts_from_when_the_condition_began(on_delay: float, state: str) -> None:
    bench = Bench(low_level(on_delay=60.0))
    bench.at(0, level=20)
    bench.at(40)
    bench.reload(low_level(on_delay=on_delay))
    bench.at(41)
    assert bench.alarm() == state


def test_a_window_goes_on_without_a_gap() -> None:
    bench = Bench(WINDOW)
    bench.at(0, level=20)
    bench.at(400)
    assert bench.reload(WINDOW, OTHER).dropped == ()
    bench.at(599)
    assert bench.alarm("tank-1/W02") == "normal"
    bench.at(601)
    assert bench.alarm("tank-1/W02") == "active"


def test_a_changed_window_begins_anew_and_says_so() -> None:
    bench = Bench(WINDOW)
    for second in range(0, 400, 60):
        bench.at(second, level=20)
    carried = bench.reload(replace(WINDOW, when=Source("avg(level, 5 min) < 40 %")))
    assert carried.dropped == ("avg(tank-1.level,600.0)",)
    assert not [key for table, key in bench.store if table == "window"]
    bench.at(500)
    assert bench.alarm("tank-1/W02") == "normal"


def test_acknowledged_shelved_and_out_of_service_stay() -> None:
    rules = (low_level(on_delay=0.0), replace(OTHER, on_delay=0.0))
    bench = Bench(*rules)
    bench.at(0, level=20, leak=True)
    bench.acknowledge(1)
    bench.at(2, Shelve(W01, "Li", "work", 600))
    bench.at(3, OutOfService("tank-1/W09", "Li", "repair"))
    before = dict(bench.state.alarms)
    bench.reload(replace(rules[0], severity=Severity.HIGH), rules[1])
    bench.at(4)
    assert bench.state.alarms == before


def test_removed_rules_and_equipment_close_their_alarms_with_a_reason() -> None:
    bench = Bench(low_level(on_delay=0.0), OTHER)
    bench.at(0, level=20)
    bench.at(1, leak=True)
    bench.reload(low_level(on_delay=0.0))
    assert (bench.events[-1].alarm, bench.events[-1].transition, bench.events[-1].by) == (
        "tank-1/W09", "removed", "configuration",
    )  # fmt: skip
    bench.reload(equipment=[MAINS_1])
    assert (bench.events[-1].alarm, bench.events[-1].transition, bench.state.alarms) == (W01, "removed", {})


def test_a_removed_alarm_that_was_only_pending_goes_in_silence() -> None:
    bench = Bench(low_level(), OTHER)
    bench.at(0, level=20)
    bench.reload(OTHER)
    assert (bench.events, ("alarm", W01) in bench.store) == ([], False)


def test_new_equipment_waits_for_its_first_reading() -> None:
    bench = Bench(low_level(on_delay=0.0))
    bench.at(0, level=20)
    bench.reload(equipment=[tank(), tank("tank-2"), MAINS_1])
    bench.at(1)
    assert (transitions(bench), bench.alarm("tank-2/W01")) == (["raised"], "normal")
    bench.at(2, reading("tank-2.level", 20, bench.now))
    assert bench.alarm("tank-2/W01") == "active"


def test_a_role_bound_to_another_unit_is_converted_at_once() -> None:
    bench = Bench(low_level(on_delay=0.0))
    bench.at(0, level=50)
    bench.reload(
        equipment=[Equipment("tank-1", "water-tank", {}, {"level": Binding("tank-1.level", 0.5)}, {"low": 30.0})]
    )
    bench.at(1)
    assert bench.events[0].why.inputs[0].value == 25


def test_a_group_ends_when_its_rule_becomes_critical() -> None:
    mains = low_level(id="E01", for_each="mains", when=Source("not healthy"), clear=None, on_delay=0.0)
    rule = low_level(on_delay=0.0, caused_by=("E01",))
    bench = Bench(mains, rule)
    bench.at(0, reading("meter.healthy", False, bench.now), level=20)
    bench.reload(mains, replace(rule, severity=Severity.CRITICAL))
    bench.at(1)
    assert transitions(bench) == ["raised", "unsuppressed"]


def test_where_a_rule_stands_in_its_file_is_not_what_it_means() -> None:
    rules = [low_level(when=Source("level <= low", Place("site.yaml", line, 9))) for line in (3, 40)]
    assert meaning(rules[0]) == meaning(rules[1]) != meaning(low_level(severity=Severity.LOW))


SPARE = low_level(id="W77", when=Source("starts > 5"), clear=None)


@settings(max_examples=examples(100), deadline=None)
@given(histories, st.frozensets(st.integers(0, 15)))
def test_editing_another_rule_at_any_step_changes_no_future(history: History, reloads: frozenset[int]) -> None:
    calm, shaken = (play(history, when) for when in (frozenset(), reloads))
    assert shaken.events == calm.events


def play(history: History, reloads: frozenset[int]) -> Bench:
    bench, now = Bench(*RULES), 0
    for index, (pause, values, deed) in enumerate(history):
        now += pause
        feed(bench, now, values)
        if index in reloads:
            bench.reload(*with_or_without(bench))
        bench.at(now, *([DO[deed[0]](deed[1])] if deed is not None else []))
    bench.at(now + 1000)
    return bench


def with_or_without(bench: Bench) -> tuple[Rule, ...]:
    return RULES if SPARE in bench.rules else (*RULES, SPARE)
