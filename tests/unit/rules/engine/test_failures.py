"""A condition that fails while it runs is switched off alone, and headquarters hears of it once."""

import pytest

from drivers.points import Place
from rules.model import Rule, Source
from tests.unit.rules.bench import Bench, low_level

PLACE = Place("rules/site.yaml", 4, 11)


def rule(name: str, text: str, **more: object) -> Rule:
    return low_level(id=name, when=Source(text, PLACE), clear=None, on_delay=0.0, off_delay=0.0, **more)


def failures(bench: Bench) -> list[dict[str, str]]:
    return [event.arguments for event in bench.events if event.kind == "system" and event.code == "rule.failed"]


def alarms(bench: Bench) -> tuple[str, str]:
    return bench.alarm("tank-1/A"), bench.alarm("tank-1/B")


@pytest.mark.parametrize("text", ["level <= low", "avg(level, 1 s) <= low", "level + 1 % <= low", "abs(level) <= low"])
def test_the_others_go_on(text: str) -> None:
    bench = Bench(rule("A", text), rule("B", "water < 5 °C"))
    # No template promises this: a number became a text.
    bench.at(0, level="broken", water=20.0)
    bench.at(5, level=10.0, water=1.0)
    bench.at(10)
    assert alarms(bench) == ("normal", "active")
    assert len(failures(bench)) == 1


def test_event_says_which_condition_where_and_how() -> None:
    bench = Bench(rule("A", "level <= low"))
    bench.at(0, level="broken")
    assert failures(bench) == [
        {
            "condition": "tank-1: level <= low (rules/site.yaml:4)",
            "error": "TypeError: '<=' not supported between instances of 'str' and 'float'",
        }
    ]


def test_told_once_however_often_it_is_asked() -> None:
    bench = Bench(rule("A", "level <= low"))
    for second in range(5):
        bench.at(second, level=f"broken {second}")
    assert len(failures(bench)) == 1


def test_active_alarm_stays() -> None:
    bench = Bench(rule("A", "level <= low"))
    bench.at(0, level=10.0)
    bench.at(1, level="broken")
    bench.at(2, level=90.0)
    assert bench.alarm("tank-1/A") == "active"


def test_loaded_again_it_is_tried_again() -> None:
    bench = Bench(rule("A", "level <= low"))
    bench.at(0, level="broken")
    bench.restart()
    bench.at(1, level=10.0)
    assert bench.alarm("tank-1/A") == "active"


def test_failing_clear_condition_clears_nothing() -> None:
    bench = Bench(low_level(clear=Source("water > 5 °C"), on_delay=0.0, off_delay=0.0))
    bench.at(0, level=10.0, water="broken")
    bench.at(1, level=90.0)
    assert (bench.alarm(), len(failures(bench))) == ("active", 1)
