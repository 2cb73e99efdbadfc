"""Alarms as people handle them: the commands, the socket and the whole agent over an emulated plant room."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent.api.local.client import ask
from agent.cli.commands import ack, alarms, out_of_service, shelve, unshelve
from agent.cli.shell.console import Console
from agent.cli.views.lines import alarm_line, why_lines
from config.catalogue import LANGUAGES, Catalogue
from config.plant import Plant
from drivers.points import PlantgateError
from emulators.plantroom import serve
from tests.unit.agent.cli.looking import looked
from tests.unit.agent.site import active, all_good, empty, plant, running, state, until

__all__ = ["plant", "state"]
ALARM = "tank-1/W01"


async def does(command: ModuleType, state: Path, *arguments: str) -> dict[str, Any]:
    """The one JSON object a command that succeeded printed."""
    code, (shown,) = await looked(command, *arguments, "--state", str(state))
    assert code == 0
    return dict(shown)


async def test_an_alarm_in_the_hands_of_people(plant: Plant, state: Path) -> None:
    async with serve(plant) as room, running(plant, state):
        await until(lambda: all_good(state))
        empty(room)
        await until(lambda: active(state))
        assert (await looked(alarms, "--state", str(state)))[0] == 1
        shelved = await does(shelve, state, ALARM, "--for", "1 h", "--reason", "valve", "--by", "Li")
        assert (shelved["suppression"], shelved["reason"], shelved["by"]) == ("shelved", "valve", "Li")
        code, listed = await looked(alarms, "--state", str(state))
        assert (code, [one["suppression"] for one in listed if one["alarm"] == ALARM]) == (0, ["shelved"])
        assert (await does(unshelve, state, ALARM))["suppression"] == ""
        assert (await does(ack, state, ALARM))["acknowledged"] is True
        assert (await does(out_of_service, state, ALARM, "--reason", "sensor"))["suppression"] == "out-of-service"
        assert (await does(out_of_service, state, ALARM, "--back"))["suppression"] == ""
        told = await does(alarms, state, "--why", ALARM)
    assert (told["shown"], told["holds"], told["last"]["transition"]) == ("active", True, "in-service")
    assert [(one["name"], one["value"]) for one in told["now"]["limits"]] == [("low", 30.0)]


@pytest.mark.parametrize(
    ("verb", "arguments", "code"),
    [
        ("why", {"alarm": "tank-1/nothing"}, "engine.unknown-alarm"),
        ("shelve", {"alarm": ALARM, "by": "Li", "reason": "x", "seconds": "soon"}, "input.type"),
        ("shelve", {"alarm": ALARM, "by": "Li", "reason": "x", "seconds": float("nan")}, "input.type"),
        ("shelve", {"alarm": ALARM, "by": "Li", "reason": "", "seconds": 60}, "engine.reason-missing"),
        ("unshelve", {"alarm": ALARM, "by": "Li"}, "engine.not-shelved"),
        ("reset", {"alarm": ALARM, "by": "Li"}, "engine.nothing-to-reset"),
    ],
)
async def test_refusals(plant: Plant, state: Path, verb: str, arguments: dict[str, str], code: str) -> None:
    async with running(plant, state):
        with pytest.raises(PlantgateError) as refusal:
            await ask(state, verb, **arguments)
    assert refusal.value.code == code


INPUT = {"name": "level", "value": 29.0, "unit": "%", "quality": "good", "reason": "", "age": 1.25}
WHY = {
    "condition": "level <= low",
    "inputs": [INPUT],
    "file": "rules/site.yaml",
    "line": 4,
    "clears": "level >= low + 5 %",
    "limits": [{"name": "low", "value": 30.0, "unit": "%"}],
}
FACT = {
    "alarm": ALARM,
    "equipment": "tank-1",
    "title": {"en": "Tank level low", "zh": "水箱低水位"},
    "equipment_title": {"en": "Tank 1", "zh": "1号水箱"},
    "severity": "medium",
    "state": "active",
    "acknowledged": False,
    "at": {"wall": 0.0},
    "by": "engine",
    "reason": "",
    "transition": "raised",
    "suppression": "",
    "cause": "",
    "first_out": False,
    "repeats": 0,
    "why": WHY,
}
TOLD = {
    **{key: FACT[key] for key in ("alarm", "title", "equipment_title", "severity")},
    "shown": "active",
    "holds": True,
    "now": WHY,
    "left": 12.4,
    "on_unknown": "hold",
    "causes": [],
    "last": FACT,
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_why_shows_condition_values_limits_place_and_end(lang: str) -> None:
    lines = why_lines(TOLD, Console(Catalogue.load(lang)))
    text = "\n".join(lines)
    for wanted in ("level <= low", "rules/site.yaml:4", "29 %", "1.2", "low = 30 %", "level >= low + 5 %", "12"):
        assert wanted in text
    assert FACT["title"][lang] in lines[0]


@pytest.mark.parametrize("holds", [None, False])
def test_why_of_an_alarm_that_never_was(holds: bool | None) -> None:
    bad = {**WHY, "inputs": [{**INPUT, "value": None, "quality": "bad", "reason": "no-answer"}]}
    told = {**TOLD, "last": None, "shown": "normal", "holds": holds, "now": bad, "left": None}
    text = "\n".join(why_lines(told, Console(Catalogue.load("en"))))
    assert ("Now nobody can tell" in text) is (holds is None)
    assert ("does not hold" in text) is (holds is False)


@pytest.mark.parametrize(
    ("changes", "marks"),
    [
        ({}, []),
        ({"suppression": "shelved", "reason": "valve"}, ["shelved (ACTIVE)", "[valve]"]),
        ({"suppression": "suppressed", "cause": "mains-1/E01"}, ["suppressed", "[follows from mains-1/E01]"]),
        ({"first_out": True}, ["[first]"]),
        ({"repeats": 7}, ["[raised 7 times meanwhile]"]),
        ({"unknown": True}, ["[no data now]"]),
    ],
)
def test_a_line_says_what_must_be_known(changes: dict[str, object], marks: list[str]) -> None:
    line = alarm_line({**FACT, **changes}, Console(Catalogue.load("en")))
    assert [mark for mark in marks if mark not in line] == []
    assert ("[" in line) is any("[" in mark for mark in marks)


def test_the_cause_of_a_failed_test_is_a_sentence_and_names_keep_their_case() -> None:
    cause = {"code": "procedure.not-in-time", "arguments": {"step": "expect: 380 V <= voltage", "seconds": "30"}}
    inputs = [
        {**INPUT, "name": "run(weekly)", "value": "gw/E1/1", "unit": ""},
        {**INPUT, "name": "reason(weekly)", "value": cause["code"], "unit": "", "cause": cause},
    ]
    line = alarm_line({**FACT, "why": {**WHY, "inputs": inputs}}, Console(Catalogue.load("en")))
    assert "run(weekly) gw/E1/1, reason(weekly) expect: 380 V <= voltage did not come within 30 s" in line
