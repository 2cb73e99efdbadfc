"""``plantgate plans``: the same entries for people of both languages, for programs, and from the running gateway."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from agent.api import requests
from agent.api.verbs.runs import RunApi
from agent.cli import parse
from agent.cli.commands import check, plans
from agent.cli.shell.console import Console
from agent.cli.views import agenda
from config.catalogue import Catalogue
from config.site import compile_site
from drivers.points import Instant
from rules.inputs import Hold
from rules.people import Access, Person
from rules.procedure.model import Schedule
from runtime.clock import ManualClock
from tests.adversary.safety.sites import GOOD
from tests.unit.rules.procedure.room import JOB, MONDAY, Room, weekly

TOWER = Path(__file__).parents[5] / "config" / "examples" / "harbour-tower"
FRIDAY = Instant("desk", 0.0, 1_795_755_600.0)
"""2026-11-27 13:00 in Shanghai."""


def said(lang: str, *arguments: str) -> str:
    texts, out = Catalogue.load(lang), StringIO()
    options = parse(["plans", *arguments], texts)
    assert plans.run(options, Console(texts, as_json=options.json, out=out)) == 0
    return out.getvalue()


@pytest.fixture
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agenda, "desk_time", lambda: FRIDAY)
    monkeypatch.setattr(plans, "desk_time", lambda: FRIDAY)


LINES = [
    ("en", "by itself: Mon 2026-11-30 10:00+08:00; Mon 2026-12-07 10:00+08:00; Mon 2026-12-14 10:00+08:00"),
    ("en", "generator-1/generator-weekly  Generator 1 Generator weekly no-load test"),
    ("en", "to be done by: Thu 2027-04-01 00:00+08:00; Sat 2028-04-01"),
    ("en", "when the device tests itself"),
    ("zh", "自行启动：周一 2026-11-30 10:00+08:00；周一 2026-12-07"),
    ("zh", "应于以下日期前完成：周四 2027-04-01"),
]


@pytest.mark.usefixtures("friday")
@pytest.mark.parametrize(("lang", "line"), LINES)
def test_the_files_of_a_site(lang: str, line: str) -> None:
    assert line in said(lang, str(TOWER))


@pytest.mark.usefixtures("friday")
def test_explain_shows_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    texts, out = Catalogue.load("en"), StringIO()
    check.run(parse(["check", str(TOWER), "--explain"], texts), Console(texts, out=out))
    assert "Tests and recurring maintenance" in out.getvalue()
    assert "by itself: Mon 2026-11-30 10:00+08:00" in out.getvalue()


@pytest.mark.usefixtures("friday")
@pytest.mark.parametrize(
    ("supply", "codes"), [("ups", {"identity.unknown"}), ("mains", {"identity.unknown", "safety.schedule"})]
)
def test_what_stands_in_the_files_is_told_to_people_and_programs(tmp_path: Path, supply: str, codes: set[str]) -> None:
    """A controller not on record, and a gateway that dies with the mains: the times are shown all the same."""
    (tmp_path / "plant.yaml").write_text(GOOD.replace("gateway_supply: ups", f"gateway_supply: {supply}"))
    entries = [json.loads(line) for line in said("en", str(tmp_path), "--json").splitlines()]
    (weekly,) = [one for one in entries if one["key"] == "generator-1/generator-weekly"]
    assert {cause["code"] for cause in weekly["against"]} == codes
    assert weekly["next_local"][0] == "2026-11-30T10:00:00+08:00"
    shown = said("en", str(tmp_path))
    assert all(cause in shown for cause in weekly["why_not"])
    assert "plantgate doctor SITE --record" in shown


def test_who_is_on_record_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "plant.yaml").write_text(GOOD)
    plant, rulebook = compile_site(tmp_path)
    known = tuple(replace(one, identity={point.name: 1 for point in one.template.identity}) for one in plant.devices)
    entries = agenda.plain(replace(plant, devices=known), rulebook, FRIDAY)
    (weekly,) = [one for one in entries if one["key"] == "generator-1/generator-weekly"]
    assert weekly["against"] == []


class Asked:
    """The part of the ticker that is asked."""

    def __init__(self, room: Room) -> None:
        self.state = room.state


@pytest.mark.parametrize(
    ("trusted", "held", "codes"),
    [(True, False, []), (False, False, ["procedure.clock"]), (True, True, ["hold.standing"])],
)
async def test_the_running_gateway_tells_what_stands_against_a_test_now(
    trusted: bool, held: bool, codes: list[str]
) -> None:
    room = Room(weekly(schedule=Schedule("0 10 * * 1", "Asia/Shanghai"))).live(10)
    if held:
        room.put(Hold("Li", "people in the shaft"))
    clock = ManualClock(wall=MONDAY - 60.0)
    clock.set(trusted=trusted)
    runs = RunApi(Asked(room), lambda: room.engine.rulebook, clock)  # type: ignore[arg-type]
    entries = await runs.agenda(Person("Li", Access.VIEW), requests.Agenda())
    (found,) = [one for one in entries if one["key"] == JOB]
    assert ([cause["code"] for cause in found["against"]], bool(found["next"])) == (codes, trusted)
    console = Console(Catalogue.load("zh"), out=StringIO())
    shown = "\n".join(agenda.lines([found], console))
    assert all(console.texts.text(one["code"], **one["arguments"]) in shown for one in found["against"])
