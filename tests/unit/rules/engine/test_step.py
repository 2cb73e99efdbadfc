"""The engine by its one door: readings and people in, facts, orders and rows out."""

import pytest

from drivers.points import Quality
from rules.effects import Effects
from rules.engine.step import standing
from rules.inputs import Acknowledge
from rules.model import Binding, Equipment, Source
from tests.unit.rules.bench import MAINS_1, Bench, low_level, reading, tank


def test_alarm_from_low_level_to_normal() -> None:
    bench = Bench()
    bench.at(0, level=50)
    bench.at(10, level=29)
    assert bench.alarm() == "pending"
    bench.at(70)
    assert bench.alarm() == "active"
    bench.at(80, level=36)
    bench.at(140)
    assert bench.alarm() == "returned"
    bench.acknowledge(150)
    assert (bench.alarm(), bench.told()) == ("normal", ["active", "returned", "normal"])


def test_a_fact_says_why() -> None:
    bench = Bench(low_level(on_delay=0.0))
    bench.at(0, level=29)
    fact = bench.events[0]
    assert (fact.alarm, fact.previous, fact.state, fact.by, fact.episode) == (
        "tank-1/W01",
        "normal",
        "active",
        "engine",
        1,
    )
    assert (fact.why.condition, fact.why.clears) == ("level <= low", "level >= low + 5 %")
    assert [(one.name, one.value, one.unit, one.quality) for one in fact.why.inputs] == [("level", 29, "%", "good")]


def test_uncertain_value_is_used_and_marked() -> None:
    bench = Bench(low_level(on_delay=0.0))
    bench.at(0, reading("tank-1.level", 29, bench.now, Quality.UNCERTAIN))
    assert bench.events[0].why.inputs[0].quality == "uncertain"


@pytest.mark.parametrize("quality", [Quality.STALE, Quality.BAD])
def test_unknown_neither_raises_nor_clears(quality: Quality) -> None:
    bench = Bench(low_level(on_delay=0.0, off_delay=0.0))
    bench.at(0, reading("tank-1.level", 1, bench.now, quality))
    assert bench.alarm() == "normal"
    bench.at(1, level=29)
    bench.at(2, reading("tank-1.level", 99, bench.now, quality))
    assert bench.alarm() == "active"


def test_binding_converts_to_the_unit_of_the_role() -> None:
    roles = {"level": Binding("tank-1.level", 100.0, -1.0)}
    bench = Bench(low_level(on_delay=0.0), equipment=[Equipment("tank-1", "water-tank", {}, roles, {"low": 30.0})])
    bench.at(0, level=0.31)
    assert (bench.alarm(), bench.events[0].why.inputs[0].value) == ("active", 30.0)


def test_one_open_order_per_cause() -> None:
    bench = Bench(low_level(on_delay=0.0, off_delay=0.0))
    for second in range(6):
        bench.at(60 * second, level=29 if second % 2 == 0 else 40)
    orders = [event for event in bench.events if event.kind == "order"]
    assert {event.order for event in orders} == {"gw/e1/tank-1/W01/1"}
    assert [(event.status, event.times_recurred) for event in orders][-2:] == [("open", 2), ("recovered", 2)]


def test_closed_order_makes_the_next_number() -> None:
    bench = Bench(low_level(on_delay=0.0, off_delay=0.0))
    bench.at(0, level=29)
    bench.at(1, level=40)
    bench.close(2, "gw/e1/tank-1/W01/1")
    bench.at(3, level=29)
    assert bench.told("order") == ["open", "recovered", "closed", "open"]
    assert bench.events[-1].order == "gw/e1/tank-1/W01/2"


def test_order_of_an_active_alarm_cannot_be_closed() -> None:
    bench = Bench(low_level(on_delay=0.0, off_delay=0.0))
    bench.at(0, level=29)
    effects = bench.close(1, "gw/e1/tank-1/W01/1")
    assert [(error.code, error.arguments["alarm"]) for error in effects.refused] == [
        ("engine.order-needed", "tank-1/W01")
    ]
    assert bench.told("order") == ["open"]


def test_alarm_names_its_order() -> None:
    bench = Bench(low_level(on_delay=0.0))
    bench.at(0, level=29)
    assert bench.events[0].order == bench.events[1].order == "gw/e1/tank-1/W01/1"


def test_what_people_ask_in_vain_is_refused_and_commits_nothing() -> None:
    bench = Bench()
    codes = [bench.acknowledge(1), bench.acknowledge(2, "tank-9/W01"), bench.close(3, "gw/e1/x/y/1")]
    assert [effects.refused[0].code for effects in codes] == [
        "engine.nothing-to-acknowledge", "engine.unknown-alarm", "engine.no-open-order",
    ]  # fmt: skip
    assert not any(codes)


def test_acknowledgement_cannot_hit_an_alarm_raised_in_the_same_step() -> None:
    bench = Bench(low_level(on_delay=0.0))
    effects = bench.at(1, Acknowledge("tank-1/W01", "Li"), level=29)
    assert (bench.events[0].acknowledged, len(effects.refused)) == (False, 1)


def test_constant_input_commits_nothing() -> None:
    bench = Bench()
    bench.at(0, level=50)
    assert bench.at(1, level=50) == Effects()


def test_nothing_due_while_nothing_runs() -> None:
    bench = Bench()
    bench.at(0, level=50)
    assert bench.engine.next_due(bench.state) is None
    bench.at(1, level=29)
    assert bench.engine.next_due(bench.state) == 61


def test_same_rule_on_two_tanks_is_two_alarms() -> None:
    bench = Bench(low_level(on_delay=0.0), equipment=[tank(), tank("tank-2", low=10.0), MAINS_1])
    bench.at(0, reading("tank-2.level", 9, bench.now), level=29)
    assert [fact.alarm for fact in standing(bench.state.alarms.values())] == ["tank-1/W01", "tank-2/W01"]


def test_average_raises_on_constant_input() -> None:
    bench = Bench(low_level(when=Source("avg(level, 10 min) < low"), clear=None, on_delay=0.0))
    bench.at(0, level=50)
    bench.at(700, level=20)
    bench.at(900)
    assert bench.alarm() == "normal"
    bench.at(1200)
    assert bench.alarm() == "active"


def test_window_is_stored_each_minute() -> None:
    bench = Bench(low_level(when=Source("avg(level, 10 min) < low")))
    bench.at(0, level=50)
    stored = [bool(bench.at(second, level=50 + second).rows) for second in range(10, 130, 10)]
    assert stored.count(True) == 2
