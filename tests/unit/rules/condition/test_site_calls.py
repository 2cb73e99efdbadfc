"""Terms, relations, aggregates over a class, and the history of tests and plans."""

from dataclasses import replace

import pytest

from drivers.points import UNITS, Instant, Value
from rules.condition import Scope, Slots, compile_expression
from rules.condition.scope import Calendar
from rules.model import Binding, Equipment, EquipmentClass, Plan, Relation, Source
from rules.plan import next_due
from rules.view import View
from tests.unit.rules.bench import MAINS, MAINS_1, TANK, tank

PLANNED = Plan("lightning", "water-tank", {}, 4, 1, 60 * 86_400.0, "Asia/Shanghai")
CLASS = replace(
    TANK,
    terms={
        "empty": Source("level <= low"),
        "worse": Source("empty and pressure < 1 bar"),
        "loop": Source("loop or empty"),
        "wrong": Source("level < 5 V"),
        "dry": Source("spare < 5 %"),
    },
    relations={"feeder": Relation("feeder", "mains"), "spare_feeder": Relation("spare_feeder", "mains")},
)
FED = replace(MAINS, terms={"lost": Source("not healthy")})
CLASSES: dict[str, EquipmentClass] = {"water-tank": CLASS, "mains": FED, "lonely": replace(TANK, id="lonely")}


def tanks() -> dict[str, Equipment]:
    first = replace(tank(), relations={"feeder": "mains-1"})
    return {"tank-1": first, "tank-2": tank("tank-2"), "mains-1": MAINS_1}


def compiled(text: str, calendar: Calendar | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN201
    slots = Slots()
    others = tanks()
    condition, errors = compile_expression(text, Scope(others["tank-1"], CLASSES, others, slots, calendar))
    return condition, errors, slots


def value(text: str, **points: Value | None) -> object:
    condition, errors, slots = compiled(text)
    assert errors == []
    view = View(slots.size, [], Instant("b", 0, 0))
    for name, one in points.items():
        point = name.replace("__", ".").replace("_", "-", 1)
        for feed in slots.feeds.get(point, ()):
            view.values[feed.slot] = one
    return condition.run(view)


@pytest.mark.parametrize(
    ("text", "points", "wanted"),
    [
        ("empty", {"tank_1__level": 20.0}, True),
        ("worse", {"tank_1__level": 20.0, "tank_1__pressure": 50.0}, True),
        ("not empty", {"tank_1__level": None}, None),
        ("feeder.lost", {"meter.healthy": False}, True),
        ("tank-2.empty", {"tank_2__level": 20.0}, True),
        ("any(water-tank.empty)", {"tank_1__level": 50.0, "tank_2__level": 20.0}, True),
        ("any(water-tank.empty)", {"tank_1__level": 50.0}, None),
        ("all(water-tank.empty)", {"tank_1__level": 50.0}, False),
        ("count(water-tank.empty)", {"tank_1__level": 20.0, "tank_2__level": 20.0}, 2),
        ("count(water-tank.empty)", {"tank_1__level": 20.0}, None),
        ("sum(water-tank.level)", {"tank_1__level": 20.0, "tank_2__level": 30.5}, 50.5),
        ("any(lonely.leak)", {}, False),
        ("all(lonely.leak)", {}, True),
        ("count(lonely.leak)", {}, 0),
        ("sum(lonely.level)", {}, 0),
    ],
)
def test_value(text: str, points: dict[str, Value | None], wanted: object) -> None:
    assert value(text, **points) == wanted


@pytest.mark.parametrize(
    "text", ["dry", "spare_feeder.healthy", "spare_feeder.lost", "sum(water-tank.spare) < 5 %", "all(water-tank.fault)"]
)
def test_optional_and_not_there_drops_out(text: str) -> None:
    condition, errors, _ = compiled(text)
    assert (condition, errors) == (None, [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("loop", "condition.term"),
        ("wrong", "condition.term"),
        ("feeder.helthy", "condition.unknown-name"),
        ("any(level)", "condition.wants-class-role"),
        ("any(water-tanc.empty)", "condition.unknown-class"),
        ("any(water-tank.level)", "condition.wanted"),
        ("sum(water-tank.empty)", "condition.wanted"),
        ("any(lonely.lekk)", "condition.unknown-name"),
        ("passed_age(weekley) > 1 d", "condition.unknown-procedure"),
        ("passed_age(3)", "condition.wants-procedure"),
        ("due_in(lightening) < 1 d", "condition.unknown-plan"),
        ("passed_age(weekly) > 1 kPa", "condition.units"),
    ],
)
def test_mistake(text: str, code: str) -> None:
    calendar = Calendar({"weekly": "water-tank"}, {"lightning": PLANNED})
    _, errors, _ = compiled(text, calendar)
    assert [error.code for error in errors] == [code]


def test_terms_of_terms_are_bounded() -> None:
    grown = {f"t{n}": Source(f"t{n + 1} and t{n + 1} and t{n + 1}") for n in range(12)} | {"t12": Source("leak")}
    classes = CLASSES | {"water-tank": replace(CLASS, terms=grown)}
    others = tanks()
    condition, errors = compile_expression("t0", Scope(others["tank-1"], classes, others, Slots()))
    assert condition is None
    assert [(error.code, error.offset) for error in errors] == [("condition.too-large", 0)]


def test_terms_are_named_as_the_reader_knows_them() -> None:
    condition, _, _ = compiled("feeder.lost or any(water-tank.empty)")
    assert [term.name for term in condition.terms] == ["feeder.healthy", "tank-1.level", "tank-2.level"]


def test_relation_goes_before_equipment_of_the_same_name() -> None:
    others = tanks() | {"feeder": replace(MAINS_1, id="feeder", roles={"healthy": Binding("other.healthy")})}
    slots = Slots()
    compile_expression("feeder.healthy", Scope(others["tank-1"], CLASSES, others, slots))
    assert list(slots.feeds) == ["meter.healthy"]


def test_age_of_a_pass_is_a_time() -> None:
    condition, _, _ = compiled("passed_age(weekly)")
    assert condition.type.unit == UNITS["s"]


DAY = 86_400.0
APRIL = 1_775_001_600.0 - 8 * 3_600
"""2026-04-01 in Shanghai."""


@pytest.mark.parametrize(
    ("done", "due"),
    [
        (APRIL - 300 * DAY, APRIL),
        (APRIL - 61 * DAY, APRIL),
        (APRIL - 59 * DAY, APRIL + 365 * DAY),
        (APRIL, APRIL + 365 * DAY),
    ],
)
def test_work_counts_for_the_year_it_was_meant_for(done: float, due: float) -> None:
    assert next_due(PLANNED, done) == due
