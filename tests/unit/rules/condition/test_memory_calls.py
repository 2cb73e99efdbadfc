"""Every function that remembers, as a rule uses it: through the engine, with its timers."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from drivers.points import Quality, Reading, Reason
from rules.engine.rulebook import compile_rulebook
from rules.model import Source
from tests.unit.rules.bench import TANK, Bench, instant, low_level, tank


def bench(text: str) -> Bench:
    return Bench(low_level(when=Source(text), clear=None, on_delay=0.0, off_delay=0.0))


def played(text: str, plan: list[tuple[float, dict[str, Any]]], end: float) -> Bench:
    one = bench(text)
    for second, values in plan:
        if second <= end:
            one.at(second, **values)
    one.at(end)
    return one


def on(role: str, *plan: tuple[float, Any]) -> list[tuple[float, dict[str, Any]]]:
    return [(second, {role: value}) for second, value in plan]


FALL = on("level", (0, 50.0), (60, 40.0), (120, 20.0))
STARTS = on("running", (0, False), (100, True), (200, False), (300, True), (400, False))


@pytest.mark.parametrize(
    ("text", "plan", "end", "state"),
    [
        ("avg(level, 2 min) < 46 %", FALL, 119, "normal"),
        ("avg(level, 2 min) < 46 %", FALL, 120, "active"),
        ("avg(level - 10 %, 2 min) < 36 %", FALL, 120, "active"),
        ("avg(coalesce(spare, level), 2 min) < 46 %", FALL, 120, "active"),
        ("min(level, 2 min) < 30 %", FALL, 119, "normal"),
        ("min(level, 2 min) < 30 %", FALL, 121, "active"),
        ("max(level, 2 min) < 45 %", FALL, 179, "normal"),
        ("max(level, 2 min) < 45 %", FALL, 183, "active"),
        ("spread(level, 2 min) > 25 %", FALL, 121, "active"),
        ("change(level, 2 min) < -25 %", FALL, 121, "active"),
        ("median(level, 2 min) < 45 %", FALL, 160, "active"),
        ("percentile(level, 90 %, 2 min) < 45 %", FALL, 160, "normal"),
        ("percentile(level, 10 %, 2 min) < 25 %", FALL, 160, "active"),
        ("rises(running, 10 min) >= 2", STARTS, 599, "normal"),
        ("rises(running, 10 min) >= 2", STARTS, 601, "active"),
        ("rises(running, 10 min) >= 2", STARTS, 710, "returned"),
        ("rises(running and not leak, 10 min) >= 2", [(0, {"leak": False}), *STARTS], 601, "active"),
        ("runtime(running, 10 min) > 3 min", STARTS, 601, "active"),
        ("runtime(running, 10 min) > 3 min", STARTS, 730, "returned"),
        ("runtime(level < 45 %, 2 min) > 30 s", FALL, 121, "active"),
        ("unchanged(level, 10 min)", FALL, 719, "normal"),
        ("unchanged(level, 10 min)", FALL, 721, "active"),
        ("unchanged(mode, 10 min)", on("mode", (0, "auto")), 601, "active"),
        ("unchanged(level > 10 %, 10 min)", FALL, 601, "active"),
        ("level < 0.5 * previous(level)", on("level", (0, 50.0), (1, 24.0)), 2, "active"),
        ("spread(water, air) > 20 K", [(0, {"water": 50.0, "air": 29.0})], 1, "active"),
        ("spread(water, air, 60 °C) > 32 K", [(0, {"water": 50.0, "air": 29.0})], 1, "normal"),
        ("change(water, 2 min) > 30 K", on("water", (0, 10.0), (60, 41.0)), 121, "active"),
        ("held(avg(level, 1 min) < 45 %, 1 min)", FALL, 200, "active"),
        ("avg(level, 1 min) < 0.9 * avg(level, 2 min)", FALL, 170, "active"),
        ("hour_between(08:16..08:18)", [], 0, "normal"),
    ],
)
def test_raises(text: str, plan: Any, end: float, state: str) -> None:
    # The bench's clock begins at 00:16:40 UTC.
    assert played(text, plan, end).alarm() == state


@pytest.mark.parametrize(
    ("end", "state"), [(19, "normal"), (20, "active"), (79, "active"), (80, "returned"), (86_420, "active")]
)
def test_hour_between_moves_without_any_reading(end: float, state: str) -> None:
    assert played("hour_between(00:17..00:18)", [], end).alarm() == state


def test_daily_is_judged_once_its_hours_are_over() -> None:
    plan = on("level", (0, 50.0), (200, 20.0), (500, 50.0))
    text = "daily(min(level), 00:20..00:30) < 30 %"
    assert [played(text, plan, end).alarm() for end in (799, 800)] == ["normal", "active"]


def test_night_flow_of_the_domain_compiles() -> None:
    rule = "daily(min(avg(level, 15 min)), 02:00..04:00)"
    bench(f"held({rule} > 1.3 * percentile({rule}, 20 %, 28 d) + 1 %, 3 d)")


def test_equal_functions_of_two_rules_are_one() -> None:
    text = "avg(level, 10 min) < low"
    one = Bench(low_level(when=Source(text)), low_level(id="W02", when=Source(f"not ({text})")))
    assert [instance.function.key for instance in one.engine.rulebook.instances] == ["avg(tank-1.level,600.0)"]


# --- as evidence


def inputs(one: Bench) -> list[tuple[str, Any, str, str]]:
    return [(entry.name, entry.value, entry.quality, entry.reason) for entry in one.events[-1].why.inputs]


SPANS = {"narrow": (0.0, 50.0), "whole": (0.0, 100.0)}
CALLS = ("avg({}, 1 min) > 5 %", "daily(max({}), 02:00..04:00) > 5 %", "unchanged({}, 1 h)", "age({}) > 1 min",
         "held({} > 5 %, 1 min)", "level < previous({})")  # fmt: skip


def test_one_point_seen_with_two_spans_is_two_windows() -> None:
    cls = replace(
        TANK, roles=TANK.roles | {name: replace(TANK.roles["level"], span=span) for name, span in SPANS.items()}
    )
    one = replace(tank(), roles=dict(tank().roles) | dict.fromkeys(SPANS, tank().roles["level"]))
    rules = [
        low_level(id=f"W1{index}", when=Source(call.format(name)), clear=None)
        for index, (call, name) in enumerate(product(CALLS, SPANS))
    ]
    book, findings = compile_rulebook({"water-tank": cls}, [one], rules)
    assert findings == []
    assert len(book.instances) == len({instance.function.key for instance in book.instances}) == len(CALLS) * len(SPANS)


def test_evidence_names_the_call_as_written() -> None:
    one = played("avg(level, 2 min) < 46 %", FALL, 120)
    assert inputs(one) == [("level", 20.0, "good", ""), ("avg(level, 2 min)", 45.0, "good", "")]


def test_evidence_marks_what_rests_on_uncertain_readings() -> None:
    one = bench("avg(level, 1 min) < 46 %")
    one.at(0, level=40.0)
    doubtful = Reading("tank-1.level", 40.0, Quality.UNCERTAIN, Reason.OVERRIDDEN, instant(30))
    one._step([doubtful], 30)
    one.at(35, level=40.0)
    one.at(61)
    assert inputs(one)[1] == ("avg(level, 1 min)", 40.0, "uncertain", "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("level < 30 % or avg(level, 1 h) < low", "not-observed"),
        ("level < 30 % or held(level < 30 %, 1 h)", "not-observed"),
        ("level < 30 % or unchanged(level, 1 h)", "not-observed"),
        ("level < 30 % or previous(level) < low", "not-observed"),
        ("level < 30 % or held(avg(level, 1 h) < low, 1 h)", "input"),
    ],
)
def test_evidence_says_why_a_function_is_unknown(text: str, reason: str) -> None:
    one = played(text, on("level", (0, 20.0)), 1)
    assert inputs(one)[-1][1:] == (None, "bad", reason)
