"""Restart at any moment, through JSON as through a disk, and the future is the same."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.points import Instant
from rules.model import Source
from tests.soak import examples
from tests.unit.rules.bench import MAINS_1, Bench, low_level

levels = st.one_of(st.none(), st.sampled_from([20.0, 29.0, 30.0, 34.0, 35.0, 50.0]))
acts = st.lists(
    st.tuples(st.sampled_from([1, 20, 45, 60, 90]), levels, st.sampled_from(["", "ack", "close"])), max_size=14
)
HELD = low_level(id="W02", when=Source("held(level <= low, 2 min)"), clear=None, on_delay=0.0, off_delay=0.0)


def play(bench: Bench, plan: list[tuple[int, float | None, str]], restarts: set[int]) -> Bench:
    now = 0
    for index, (pause, level, act) in enumerate(plan):
        now += pause
        if act == "ack":
            bench.acknowledge(now)
        if act == "close":
            bench.close(now, "gw/e1/tank-1/W01/1")
        bench.at(now, level=level)
        if index in restarts:
            bench.restart()
            bench.at(now, level=level)
    bench.at(now + 300)
    return bench


@settings(max_examples=examples(150), deadline=None)
@given(acts, st.sets(st.integers(0, 13)))
def test_restart_changes_no_future(plan: list[tuple[int, float | None, str]], restarts: set[int]) -> None:
    calm, shaken = (play(Bench(low_level(), HELD), plan, when) for when in (set(), restarts))
    assert shaken.events == calm.events


@settings(max_examples=examples(100), deadline=None)
@given(acts)
def test_laws_of_alarms_and_orders(plan: list[tuple[int, float | None, str]]) -> None:
    bench = play(Bench(), plan, set())
    alarms = [event for event in bench.events if event.kind == "alarm"]
    pairs = [(before, event) for before, event in pairwise(alarms) if event.state != "active"]
    assert all(event.previous == before.state for before, event in pairs)
    raised = [event for event in alarms if event.state == "active" and event.by == "engine"]
    assert [event.episode for event in raised] == list(range(1, len(raised) + 1))
    assert all(event.why.inputs[0].value <= 30 for event in raised)
    open_orders = {event.order for event in bench.events if event.kind == "order"}
    assert len(open_orders) <= 1 + sum(event.kind == "order" and event.status == "closed" for event in bench.events)


def raised_bench() -> Bench:
    bench = Bench(low_level(on_delay=0.0))
    bench.at(0, level=29)
    return bench


def test_active_alarm_stays_while_nothing_is_read() -> None:
    bench = raised_bench()
    bench.restart(at=Instant("b2", 5, 2_000))
    bench.at(6)
    assert (bench.alarm(), bench.told()) == ("active", ["active"])


def test_raised_again_after_a_restart_is_not_doubled() -> None:
    bench = raised_bench()
    bench.restart(at=Instant("b2", 5, 2_000))
    bench.at(6, level=29)
    assert (bench.told(), bench.told("order")) == (["active"], ["open"])


@pytest.mark.parametrize(("off", "state"), [(30, "pending"), (100, "active")])
def test_measured_time_switched_off_counts_for_a_pending_delay(off: float, state: str) -> None:
    bench = Bench()
    bench.at(10, level=29)
    bench.restart(at=Instant("b2", 0, 1_010 + off))
    bench.state, _ = bench.engine.step(bench.state, bench._readings(0, {"level": 29}), bench.now)
    assert bench.alarm() == state


def test_pending_delay_pauses_until_the_point_is_read_again() -> None:
    bench = Bench()
    bench.at(0, level=29)
    bench.restart()
    bench.at(0)
    bench.at(500)
    assert bench.alarm() == "pending"
    bench.at(500, level=29)
    bench.at(560)
    assert bench.alarm() == "active"


def test_removed_rule_closes_its_alarm() -> None:
    bench = raised_bench()
    bench.restart(low_level(id="W99"))
    fact = bench.events[-1]
    assert (fact.alarm, fact.previous, fact.state, fact.by) == ("tank-1/W01", "active", "normal", "configuration")
    assert ("alarm", "tank-1/W01") not in bench.store


def test_removed_equipment_closes_its_alarm_and_keeps_its_order() -> None:
    bench = raised_bench()
    bench.equipment = [MAINS_1]
    bench.restart()
    bench.close(10, "gw/e1/tank-1/W01/1")
    assert (bench.told(), bench.told("order")) == (["active", "normal"], ["open", "closed"])


def test_edited_rule_keeps_its_alarm() -> None:
    bench = raised_bench()
    bench.restart(low_level(when=Source("level <= low - 5 %")))
    bench.at(1, level=29)
    assert (bench.alarm(), bench.told()) == ("active", ["active"])


@pytest.mark.parametrize(("table", "body"), [("alarm", '{"alarm": 5}'), ("of-another-version", "{}")])
def test_unreadable_row_is_reported_and_the_rest_used(table: str, body: str) -> None:
    bench = raised_bench()
    bench.store[table, "tank-9/W01"] = body
    effects = bench.restart()
    assert [(error.code, error.arguments["key"]) for error in effects.refused] == [
        ("engine.row-unreadable", "tank-9/W01")
    ]
    assert bench.alarm() == "active"


def test_memory_of_an_edited_condition_is_dropped_and_named() -> None:
    bench = Bench(HELD)
    bench.at(0, level=20)
    effects = bench.restart(low_level(id="W02", when=Source("held(level <= low, 3 min)"), clear=None))
    assert [(error.code, error.arguments) for error in effects.refused] == [
        ("engine.memory-dropped", {"function": bench_key(120.0)})
    ]
    assert not [key for table, key in bench.store if table == "held"]


def bench_key(seconds: float) -> str:
    return f"held((tank-1.level<=30.0),{seconds})"


def test_window_after_a_long_gap_is_unknown() -> None:
    bench = Bench(low_level(when=Source("avg(level, 10 min) < low"), clear=None, on_delay=0.0))
    bench.at(0, level=20)
    for second in range(60, 540, 60):
        bench.at(second, level=20)
    bench.restart(at=Instant("b2", 0, 9_000))
    bench.at(1, level=20)
    assert bench.alarm() == "normal"


@pytest.mark.parametrize(("off", "known"), [(20, True), (50, True), (70, False)])
def test_quiet_window_survives_as_long_as_a_tenth_of_it(off: float, known: bool) -> None:
    bench = Bench(low_level(when=Source("avg(level, 10 min) < low"), clear=None))
    bench.at(0, level=50.0)
    bench.at(86_400)
    bench.restart(at=Instant("b2", 0, 1_000 + 86_400 + off))
    bench.state, _ = bench.engine.step(bench.state, bench._readings(0, {"level": 50.0}), bench.now)
    value = bench.state.view.values[bench.engine.rulebook.instances[0].slot]
    assert value == (50.0 if known else None)


def test_rows_of_a_state_restore_it() -> None:
    bench = raised_bench()
    bench.at(100)
    rows = {(row.table, row.key) for row in bench.state.rows(bench.engine.rulebook)}
    assert rows == set(bench.store)
