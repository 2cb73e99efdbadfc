"""Reload for real: the running agent over an emulated plant room, its files edited under it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from agent.api.local.client import ask
from agent.api.verbs.reload import in_short
from agent.app import JOURNAL, Agent, opened
from agent.cli.commands import diff, reload
from agent.cli.shell.console import Console
from agent.journal import Retention
from agent.journal.retention import RetentionClass
from config.errors import ConfigError
from config.plant import DAY, Plant
from config.site import load_site
from drivers.points import PlantgateError
from emulators.plantroom import serve
from rules.engine.rulebook import compile_rulebook
from runtime.clock import Clock, ManualClock
from tests.unit.agent.cli.looking import TEXTS, looked
from tests.unit.agent.site import active, all_good, empty, free_port, plant, running, state, until

__all__ = ["plant", "state"]
HIGH = """\
- id: W03
  for_each: water-tank
  title: {zh: 水箱高水位, en: Tank level high}
  when: level >= 10 %
  severity: low
"""
SECOND = """\
  - {{id: other-bus, url: "modbus-tcp://127.0.0.1:{port}"}}
devices:
  - {{id: spare, link: other-bus, unit: 1, template: booster-set, polls: {{fast: 100 ms, slow: 500 ms}}}}
"""
TANK_2 = """\
equipment:
  - {id: tank-2, class: water-tank, title: {zh: 二号水箱, en: Tank 2}, roles: {level: spare.level}}
"""


class Files:
    """The files of a site under edit."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant.directory / "plant.yaml"
        self.rules = next((plant.directory / "rules").glob("*.yaml"))

    def edit(self, *changes: tuple[str, str]) -> None:
        self._write(self.plant, *changes)

    def edit_rules(self, *changes: tuple[str, str]) -> None:
        self._write(self.rules, *changes)

    def add_bus(self, port: int) -> None:
        self.edit(("devices:\n", SECOND.format(port=port)), ("equipment:\n", TANK_2))

    def _write(self, file: Path, *changes: tuple[str, str]) -> None:
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        file.write_text(text, encoding="utf-8")


@pytest.fixture
def files(plant: Plant) -> Files:
    return Files(plant)


@asynccontextmanager
async def at_work(plant: Plant, state: Path, emulated: Plant | None = None) -> AsyncIterator[Any]:
    """Plant room and agent, every point read once."""
    async with serve(emulated or plant) as room, running(plant, state):
        await until(lambda: all_good(state))
        yield room


async def reloaded(state: Path) -> dict[str, Any]:
    code, (told,) = await looked(reload, "--state", str(state))
    assert code == 0
    return dict(told)


async def device(state: Path, link: str = "booster-bus", name: str = "booster") -> dict[str, Any]:
    return dict((await ask(state, "status"))["links"][link]["devices"][name])


async def events(plant: Plant, state: Path, kind: str) -> list[str]:
    async with opened(state / JOURNAL, plant.gateway, Clock()) as journal:
        return [entry.body.decode() for entry in await journal.unsent(200) if entry.kind == kind]


async def test_a_mistake_changes_nothing(plant: Plant, state: Path, files: Files) -> None:
    async with at_work(plant, state) as room:
        empty(room)
        await until(lambda: active(state))
        before = await ask(state, "status")
        files.edit_rules(("level <= low", "levle <= low"))
        with pytest.raises(ConfigError) as refusal:
            await reloaded(state)
        after = await ask(state, "status")
        assert await active(state)
    (finding,) = refusal.value.findings
    assert (finding.code, finding.suggestion, finding.place.line) == ("condition.unknown-name", "level", 4)
    assert after["fingerprint"] == before["fingerprint"]
    assert len([body for body in await events(plant, state, "system") if "agent.reload-refused" in body]) == 1


async def test_files_that_did_not_change_are_no_reload(plant: Plant, state: Path) -> None:
    async with at_work(plant, state):
        assert await reloaded(state) == {"changed": {}, "uplink": False, "storage": False, "dropped": []}
    assert not [body for body in await events(plant, state, "system") if "reload" in body]


async def test_what_a_reload_would_change_is_told_and_nothing_changes(plant: Plant, state: Path, files: Files) -> None:
    async with running(plant, state):
        code, (told,) = await looked(diff, "--state", str(state))
        assert (code, told) == (0, {"same": True, "changed": []})
        files.edit_rules(("level <= low", "level < low"))
        before = await ask(state, "status")
        code, (told,) = await looked(diff, "--state", str(state))
        (thing,) = told["changed"]
        assert (code, thing["name"], [value["after"] for value in thing["values"]]) == (1, "W01", ["level < low"])
        assert (await ask(state, "status"))["fingerprint"] == before["fingerprint"]
        files.edit_rules(("level < low", "levle < low"))
        with pytest.raises(ConfigError):
            await looked(diff, "--state", str(state))


async def test_rules_come_and_go_and_the_wire_stays(plant: Plant, state: Path, files: Files) -> None:
    async with at_work(plant, state) as room:
        empty(room)
        await until(lambda: active(state))
        (shown,) = await active(state)
        before = await device(state)
        files.rules.write_text(files.rules.read_text(encoding="utf-8") + HIGH, encoding="utf-8")
        told = await reloaded(state)
        assert told["changed"] == {"rules": {"added": ["W03"], "removed": [], "changed": []}}
        await until(lambda: alarm(state, "tank-1/W03"))
        assert (await active(state))[0]["episode"] == shown["episode"]
        assert (await device(state))["requests"] >= before["requests"]

        files.rules.write_text(HIGH, encoding="utf-8")
        assert (await reloaded(state))["changed"]["rules"]["removed"] == ["W01", "W09"]
        assert await active(state) == []
        assert [order["status"] for order in await ask(state, "orders")] == ["open"]
    removed = [body for body in await events(plant, state, "alarm") if '"transition":"removed"' in body]
    assert ["tank-1/W01" in body for body in removed] == [True]


async def alarm(state: Path, name: str) -> bool:
    return any(one["alarm"] == name for one in await ask(state, "alarms"))


async def test_a_link_with_its_device_and_equipment_is_added_and_removed(
    plant: Plant, state: Path, files: Files
) -> None:
    text = files.plant.read_text(encoding="utf-8")
    files.add_bus(free_port())
    whole = load_site(plant.directory)
    grown = files.plant.read_text(encoding="utf-8")
    files.plant.write_text(text, encoding="utf-8")
    async with at_work(plant, state, whole) as room:
        files.plant.write_text(grown, encoding="utf-8")
        with capture_logs() as logs:
            told = await reloaded(state)
            await until(lambda: all_good(state))
        assert told["changed"]["links"]["added"] == ["other-bus"]
        assert told["changed"]["equipment"]["added"] == ["tank-2", "spare", "other-bus", "tank-2.level"]
        assert [log["link"] for log in logs if log["event"] == "link.up"] == ["other-bus"]
        room.answer("set spare.level 20")
        await until(lambda: alarm(state, "tank-2/W01"))

        files.plant.write_text(text, encoding="utf-8")
        assert (await reloaded(state))["changed"]["links"]["removed"] == ["other-bus"]
        assert not await alarm(state, "tank-2/W01")
        status = await ask(state, "status")
        assert list(status["links"]) == ["booster-bus"]
        assert not [one for one in await ask(state, "points") if one["point"].startswith("spare.")]


async def test_a_link_that_moved_is_opened_anew(plant: Plant, state: Path, files: Files) -> None:
    port, moved = plant.links[0].url.rpartition(":")[2], free_port()
    async with at_work(plant, state):
        files.edit((port, str(moved)))
        there = load_site(plant.directory)
        async with serve(there) as room:
            assert (await reloaded(state))["changed"]["links"]["changed"] == ["booster-bus"]
            empty(room)
            await until(lambda: active(state))


async def test_another_name_of_the_gateway_needs_a_restart(plant: Plant, state: Path, files: Files) -> None:
    async with running(plant, state):
        files.edit(("gateway: gw-bench", "gateway: gw-other"))
        with pytest.raises(PlantgateError, match=r"reload\.identity"):
            await reloaded(state)
        assert (await ask(state, "status"))["gateway"] == "gw-bench"


async def test_another_way_to_headquarters(plant: Plant, state: Path, files: Files) -> None:
    async with running(plant, state):
        files.edit(("127.0.0.1:9", "127.0.0.1:10"))
        assert (await reloaded(state))["uplink"] is True
        assert (await ask(state, "status"))["uplink"]["broker"] == "mqtt://127.0.0.1:10"


async def test_the_journal_keeps_what_the_files_say_now(
    plant: Plant, state: Path, files: Files, clock: ManualClock
) -> None:
    async with opened(state / JOURNAL, plant.gateway, clock) as journal:
        agent = await Agent.build(plant, journal, clock)
        assert agent.keeper.retention == Retention.of(plant)
        files.edit(("uplink:", "storage: {keep: 120 d, keep_proof: 6 year, size: 512 MiB}\nuplink:"))
        later = load_site(plant.directory)
        rulebook, _ = compile_rulebook(later.classes, later.equipment, later.rules, later.tasks, later.site.timezone)
        changed, _ = await agent.change_to(later, rulebook)
        assert in_short(changed) == "storage"
        kept = agent.keeper.retention
    assert (kept.seconds[RetentionClass.ROUTINE], kept.seconds[RetentionClass.ALARM], kept.bytes_allowed) == (
        120 * DAY,
        120 * DAY,
        2**29,
    )
    assert (kept.seconds[RetentionClass.PROOF], kept.consumers) == (6 * 365.25 * DAY, ("hq",))


async def test_an_acknowledged_alarm_and_its_order_outlive_reload_and_restart(
    plant: Plant, state: Path, files: Files
) -> None:
    async with serve(plant) as room:
        async with running(plant, state):
            empty(room)
            await until(lambda: active(state))
            await ask(state, "acknowledge", alarm="tank-1/W01", by="Li")
            files.edit_rules(("severity: medium", "severity: high"))
            assert (await reloaded(state))["changed"]["rules"]["changed"] == ["W01"]
            assert (await active(state))[0]["acknowledged"] is True
        async with running(load_site(plant.directory), state):
            (shown,) = await active(state)
            assert (shown["acknowledged"], shown["by"]) == (True, "Li")
            assert len(await ask(state, "orders")) == 1


async def test_two_who_ask_at_once_both_get_an_answer(plant: Plant, state: Path, files: Files) -> None:
    async with running(plant, state):
        files.edit_rules(("severity: medium", "severity: high"))
        answers = await asyncio.gather(*(ask(state, "reload") for _ in range(2)))
    assert sorted(bool(answer["changed"]) for answer in answers) in ([False, True], [True, True])


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ({"changed": {}, "uplink": False, "storage": False, "dropped": []}, ["Nothing has changed in the files."]),
        (
            {
                "changed": {"rules": {"added": ["W03"], "removed": [], "changed": ["W01", "W02"]}},
                "uplink": True,
                "storage": True,
                "dropped": ["avg(tank-1.level,600.0)"],
            },
            [
                "Rules added: W03",
                "Rules changed: W01, W02",
                "The way to headquarters changed: connecting anew.",
                "What the journal keeps changed; it holds from now on.",
                "Counts anew, because its text changed: avg(tank-1.level,600.0)",
            ],
        ),
    ],
)
def test_what_people_read(told: dict[str, Any], lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    show: Callable[[dict[str, Any], Console], None] = reload._show
    show(told, Console(TEXTS))
    assert capsys.readouterr().out.splitlines() == lines
