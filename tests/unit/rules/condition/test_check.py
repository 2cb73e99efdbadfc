"""Names, units and states: what compiles to which result, and what is refused where with which suggestion."""

from typing import Any

import pytest

from rules.condition import Scope, Slots, compile_condition
from rules.condition.compile import examine
from tests.unit.rules.bench import CLASSES, Expression, tank


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("level <= low", {"level": 30.0}, True),
        ("level >= low + 5 %", {"level": 34.9}, False),
        ("pressure < 0.5 bar", {"pressure": 49.9}, True),
        ("0.5 bar > pressure", {"pressure": 50.0}, False),
        ("pressure < design - 0.5 bar", {"pressure": 249.0}, True),
        ("water > air + 5 K", {"water": 26.0, "air": 20.0}, True),
        ("water - air > 5 K", {"water": 26.0, "air": 20.0}, True),
        ("water < 41 °F", {"water": 4.9}, True),
        ("20 % <= level <= 80 %", {"level": 80.0}, True),
        ("mode == auto", {"mode": "auto"}, True),
        ("auto != mode", {"mode": "auto"}, False),
        ("running == true", {"running": True}, True),
        ("not mains-1.healthy", {"healthy": False}, True),
        ("tank-1.level > 10 %", {"level": 11.0}, True),
        ("-level < -5 %", {"level": 6.0}, True),
        ("level * 50 %", {"level": 60.0}, 30.0),
        ("level / low", {"level": 60.0}, 2.0),
        ("pressure / design", {"pressure": 150.0}, 0.5),
        ("pressure / design < 60 %", {"pressure": 150.0}, True),
        ("starts + 1", {"starts": 4}, 5),
        ("abs(water - air)", {"water": 10.0, "air": 25.0}, 15.0),
        ("max(level, low, 40 %)", {"level": 35.0}, 40.0),
        ("min(water, air)", {"water": 10.0, "air": 25.0}, 10.0),
        ("level > 20 % if running else level > 10 %", {"level": 15.0, "running": False}, True),
        ("(1 bar if running else pressure) > 99 kPa", {"running": True, "pressure": 0.0}, True),
    ],
)
def test_result(text: str, values: dict[str, Any], result: object) -> None:
    assert Expression(text)(**values) == result


@pytest.mark.parametrize(
    ("text", "code", "offset", "suggestion"),
    [
        ("levle <= low", "condition.unknown-name", 0, "level"),
        ("level-5 > low", "condition.unknown-name", 0, "level - 5"),
        ("tank-2.level > low", "condition.unknown-equipment", 0, None),
        ("tank-1.levl > low", "condition.unknown-name", 0, "tank-1.level"),
        ("pressure > 65 °C", "condition.units", 11, "65 kPa"),
        ("level <= 30", "condition.unit-missing", 9, "30 %"),
        ("level <= -30", "condition.unit-missing", 9, "-30 %"),
        ("level + 5 > low", "condition.unit-missing", 8, "5 %"),
        ("mode == atuo", "condition.unknown-state", 8, "auto"),
        ("mode < auto", "condition.order", 5, "=="),
        ("leak and level", "condition.wanted", 9, "level > 0 %"),
        ("not level", "condition.wanted", 4, "level > 0 %"),
        ("level == leak", "condition.sorts", 9, None),
        ("water + air > 5 °C", "condition.arithmetic", 6, None),
        ("water + 5 °C > air", "condition.arithmetic", 6, "5 K"),
        ("leak and mode", "condition.wanted", 9, "mode == off"),
        ("max(leak, running) > 3", "condition.wanted", 4, "1 if leak else 0"),
        ("spread(mode, state) > 3", "condition.wanted", 7, "1 if mode == off else 0"),
        ("abs(mode) > 1", "condition.wanted", 4, "1 if mode == off else 0"),
        ("pressure * level > pressure * water", "condition.arithmetic", 28, None),
        ("avrg(level, 10 min) < low", "condition.unknown-function", 0, "avg"),
        ("held(leak)", "condition.arguments", 0, "held(condition, 10 min)"),
        ("avg(level, 10 %) < low", "condition.wants-duration", 11, "10 min"),
        ("age(low + level) > 1 min", "condition.wants-role", 8, "level"),
        ("avg(level, level) < low", "condition.wants-duration", 11, "10 min"),
        ("avg(level, 0 min) < low", "condition.wants-duration", 11, "10 min"),
        ("rises(level, 1 h) > 3", "condition.wanted", 6, "level > 0 %"),
        ("runtime(running, 1 h) > 30 %", "condition.units", 24, "30 s"),
        ("percentile(level, 95, 1 h) > low", "condition.wants-percent", 18, "95 %"),
        ("percentile(level, 101 %, 1 h) > low", "condition.wants-percent", 18, "95 %"),
        ("percentile(level, 1 h) > low", "condition.arguments", 0, "percentile(role, 95 %, 24 h)"),
        ("spread(water, air) > 5 °C", "condition.units", 21, "5 K"),
        ("change(water, 10 min) > 5 °C", "condition.units", 24, "5 K"),
        ("max(age(level), 10 min) > 5 min", "condition.either-way", 0, "max(10 min, age(level))"),
        ("spread(age(level), 10 min) > 5 min", "condition.either-way", 0, "spread(10 min, age(level))"),
        ("hour_between(22, 6)", "condition.arguments", 0, "hour_between(22:00..06:00)"),
        ("hour_between(level)", "condition.wants-hours", 13, "22:00..06:00"),
        ("hour_between(22:00-06:00)", "condition.hours", 13, "22:00..06:00"),
        ("hour_between(22:00)", "condition.hours", 13, "22:00..06:00"),
        ("hour_between(22:00..25:00)", "condition.hours", 13, "22:00..06:00"),
        ("hour_between(22:00..21:60)", "condition.hours", 13, "22:00..06:00"),
        ("hour_between(22:00..22:00)", "condition.hours", 13, "22:00..06:00"),
        ("level > 22:00..06:00", "condition.hours-alone", 8, "hour_between(22:00..06:00)"),
        ("daily(level, 02:00..04:00) > low", "condition.wants-aggregate", 6, "avg(flow)"),
        ("daily(abs(level), 02:00..04:00) > low", "condition.wants-aggregate", 6, "avg(flow)"),
        ("daily(avg(level, 1 h), 02:00..04:00) > low", "condition.daily-window", 6, "avg(level)"),
        ("daily(avg(level), 2 h) > low", "condition.wants-hours", 18, "22:00..06:00"),
        ("avg(leak, 10 min) < low", "condition.wanted", 4, "1 if leak else 0"),
        ("level", "condition.wanted", 0, "level > 0 %"),
        ("level > 5 % / 0", "condition.division-by-zero", 14, None),
        ("level / 0 % > 5", "condition.division-by-zero", 8, None),
        ("starts / (2 - 2) > 1", "condition.division-by-zero", 12, None),
        ("mode == state", "condition.states-differ", 5, None),
        ("running and mode != state", "condition.states-differ", 17, None),
    ],
)
def test_refused(text: str, code: str, offset: int, suggestion: str | None) -> None:
    error = Expression(text, whole=True).errors[0]
    assert (error.code, error.offset, error.suggestion) == (code, offset, suggestion)


def test_a_parameter_of_zero_is_no_mistake_of_the_rule() -> None:
    scope = Scope(tank(low=0.0), CLASSES, {}, Slots())
    condition, errors = compile_condition("level / low > 2", scope)
    assert (condition is not None, errors) == (True, [])
    found = examine("level / low > 2", scope)
    assert found is not None
    assert [doubt.code for doubt in found.doubts] == ["condition.division-by-zero"]


def test_every_mistake_is_reported_once() -> None:
    errors = Expression("levle < low and mode == atuo or presure > 1 bar", whole=True).errors
    assert [error.offset for error in errors] == [0, 24, 32]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("fault or level < low", "level < low"),
        ("level < low and fault", "level < low"),
        ("level < low or spare < 5 %", "level < low"),
        ("level < low and not fault", "level < low"),
        ("level < low or spare + 5 % < low", "level < low"),
        ("level < low or abs(spare) < low", "level < low"),
        ("level < low or held(fault, 1 min)", "level < low"),
        ("level < low or bad(spare)", "level < low"),
        ("max(level, spare) < low", "level < low"),
        ("coalesce(spare, level) < low", "level < low"),
        # Of one value there is no spread, and what is left of two constants says nothing.
        ("level < low or spread(level, spare) < 5 %", "level < low"),
        ("level < low or spread(spare, 40 %) < 50 %", "level < low"),
        ("level < low or max(spare, 40 %) < 50 %", "level < low"),
        ("level < low or coalesce(spare, low) == 30 %", "level < low"),
        ("level < low or (1 if spare > 5 % else 0) == 0", "level < low"),
        ("level < coalesce(spare, low)", "level < low"),
        ("level < min(spare, low)", "level < low"),
    ],
)
def test_absent_role_drops_out(text: str, same: str) -> None:
    part = Expression(text)
    assert [part(level=value) for value in (29.0, 31.0, None)] == [True, False, None]


@pytest.mark.parametrize(
    "text",
    [
        "fault", "not fault", "spare > 5 %", "fault and spare > 5 %", "age(spare) > 5 s", "spread(level, spare) > 5 %",
        "coalesce(spare, 40 %) < 50 %", "spread(avg(spare, 1 min), level) > 5 %", "change(spare, 1 min) > 5 %",
    ],
)  # fmt: skip
def test_absent_condition_does_not_apply(text: str) -> None:
    part = Expression(text, whole=True)
    assert (part.condition, part.errors) == (None, [])


@pytest.mark.parametrize(
    "text",
    [
        "__import__ == level",
        "level.__class__ == level",
        "tank-1.__init__ > level",
        "eval(level)",
        "exec(level)",
        "(lambda: level)()",
        "level[0] > low",
        "open('/etc/passwd') == level",
        "mode == '__class__'",
        "level ** 9 ** 9 > low",
        "level; low",
        "{level}",
        "min.__globals__ > low",
        "low := level",
    ],
)
def test_nothing_of_python_is_reachable(text: str) -> None:
    one = Expression(text)
    assert one.condition is None
    assert one.errors
