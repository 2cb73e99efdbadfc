"""A limit changed while everything runs: written, loaded and audited, or said why not and nothing has changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.api.local.client import ask
from agent.app import JOURNAL, opened
from agent.cli.commands import reload
from agent.cli.commands import set as setting
from config.editing.limits import edit_limit
from config.errors import ConfigError
from config.plant import Plant
from config.site import load_site
from drivers.points import PlantgateError
from runtime.clock import Clock
from runtime.errors import AgentError
from tests.unit.agent.cli.looking import looked
from tests.unit.agent.site import plant, running, state

__all__ = ["plant", "state"]
PEOPLE = "people: [{name: Li, role: engineer}, {name: Ma, role: operate}, {name: Wu, role: supervisor}]\n"
HIGH = ("tank-1", "high", "85 %")
WHY = "overflow pipe repaired"


async def set_limit(state: Path, *limit: str, by: str = "Li") -> dict[str, Any]:
    code, (told,) = await looked(setting, *limit, "--by", by, "--reason", WHY, "--state", str(state))
    assert code == 0
    return dict(told)


def text(plant: Plant) -> str:
    return (plant.directory / "plant.yaml").read_text(encoding="utf-8")


def edit(plant: Plant, old: str, new: str) -> None:
    assert old in text(plant)
    (plant.directory / "plant.yaml").write_text(text(plant).replace(old, new, 1), encoding="utf-8")


async def audits(plant: Plant, state: Path) -> list[tuple[str, ...]]:
    """Everything said of limits: which, from what to what, by whom and why."""
    async with opened(state / JOURNAL, plant.gateway, Clock()) as journal:
        bodies = [json.loads(entry.body) for entry in await journal.unsent(500) if entry.kind == "audit"]
    found = [body for body in bodies if body["action"] == "set-limit"]
    return [(one["equipment"], one["target"], one["detail"], one["by"], one["why"]) for one in found]


async def test_it_is_written_loaded_and_audited(plant: Plant, state: Path) -> None:
    before = text(plant)
    async with running(plant, state):
        told = await set_limit(state, *HIGH)
        assert (told["old"], told["new"], told["by"], told["changed"]) == ("90 %", "85 %", "Li", True)
        assert (await ask(state, "status"))["fingerprint"] == load_site(plant.directory).fingerprint
        assert (await set_limit(state, *HIGH))["changed"] is False
    line = "    roles: {level: booster.level, overflow: booster.overflow}\n"
    assert text(plant) == before.replace(line, f"{line}    parameters: {{high: 85 %}}\n")
    assert await audits(plant, state) == [("tank-1", "high", "high: 90 % -> 85 %", "Li", WHY)]


async def test_by_hand_and_reload_it_is_audited_too(plant: Plant, state: Path) -> None:
    async with running(plant, state):
        edit(plant, "    roles: {level", "    parameters: {high: 85 %}\n    roles: {level")
        await looked(reload, "--by", "Wu", "--reason", "as agreed", "--state", str(state))
    edit(plant, "85 %", "84 %")
    async with running(load_site(plant.directory), state):
        pass
    assert await audits(plant, state) == [
        ("tank-1", "high", "high: 90 % -> 85 %", "Wu", "as agreed"),
        ("tank-1", "high", "high: 85 % -> 84 %", "configuration", ""),
    ]


Asked = Callable[..., Any]


def interrupted(monkeypatch: pytest.MonkeyPatch, at: str, error: BaseException) -> None:
    """Let the command end with ``error`` where it asks for the verb ``at``."""

    async def asking(state: Path, verb: str, **arguments: object) -> Any:
        if verb == at:
            raise error
        return await ask(state, verb, **arguments)

    monkeypatch.setattr(setting, "ask", asking)


@pytest.mark.parametrize("restart", [False, True])
async def test_killed_between_writing_and_loading_the_next_load_knows_who_and_why(
    plant: Plant, state: Path, monkeypatch: pytest.MonkeyPatch, restart: bool
) -> None:
    interrupted(monkeypatch, "reload", PlantgateError("killed"))
    async with running(plant, state):
        before = await ask(state, "status")
        with pytest.raises(PlantgateError, match="killed"):
            await set_limit(state, *HIGH)
        assert "{high: 85 %}" in text(plant)
        assert (await ask(state, "status"))["fingerprint"] == before["fingerprint"]
        if not restart:
            await ask(state, "reload")
    async with running(load_site(plant.directory), state):
        pass
    assert await audits(plant, state) == [("tank-1", "high", "high: 90 % -> 85 %", "Li", WHY)]


@pytest.mark.parametrize(
    ("error", "code", "kept"),
    [
        (AgentError("reload.run-active", run="r"), "reload.run-active", False),
        (AgentError("agent.no-answer", directory="x"), "limit.not-loaded", True),
        (AgentError("agent.not-running", directory="x"), "limit.not-loaded", True),
    ],
)
async def test_a_refused_load_puts_the_file_back(
    plant: Plant, state: Path, monkeypatch: pytest.MonkeyPatch, error: AgentError, code: str, kept: bool
) -> None:
    interrupted(monkeypatch, "reload", error)
    before = text(plant)
    async with running(plant, state):
        with pytest.raises(PlantgateError) as caught:
            await set_limit(state, *HIGH)
    assert (caught.value.code, text(plant) != before) == (code, kept)


async def test_a_file_that_changed_meanwhile_is_left(
    plant: Plant, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*limit: Any) -> Any:
        made = edit_limit(*limit)
        edit(plant, "en: Domestic tank", "en: Tank of the house")
        return made

    monkeypatch.setattr(setting, "edit_limit", meanwhile)
    async with running(plant, state):
        with pytest.raises(ConfigError) as caught:
            await set_limit(state, *HIGH)
    assert [finding.code for finding in caught.value.findings] == ["edit.changed"]
    assert ("85 %" in text(plant), "Tank of the house" in text(plant)) == (False, True)


@pytest.mark.parametrize(
    ("limit", "by", "code"),
    [
        (("tank-9", "high", "85 %"), "Li", "limit.no-equipment"),
        (("tank-1", "high", "85 bar"), "Li", "equipment.parameter-unit"),
        (("tank-1", "low", "300 %"), "Li", "condition.always"),
        (HIGH, "Ma", "people.not-allowed"),
        (HIGH, "Nobody", "people.unknown-person"),
    ],
)
async def test_what_is_refused_has_changed_nothing(
    plant: Plant, state: Path, limit: tuple[str, ...], by: str, code: str
) -> None:
    (plant.directory / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    before = text(plant)
    async with running(load_site(plant.directory), state):
        loaded = await ask(state, "status")
        with pytest.raises(PlantgateError) as caught:
            await set_limit(state, *limit, by=by)
        assert (await ask(state, "status"))["fingerprint"] == loaded["fingerprint"]
    codes = (
        [one.code for one in caught.value.findings] if isinstance(caught.value, ConfigError) else [caught.value.code]
    )
    assert (codes[0], text(plant)) == (code, before)
    assert await audits(plant, state) == []


async def test_what_somebody_has_not_loaded_is_not_loaded_on_the_side(plant: Plant, state: Path) -> None:
    async with running(plant, state):
        edit(plant, "en: Domestic tank", "en: Tank of the house")
        with pytest.raises(AgentError, match=r"limit\.unloaded"):
            await set_limit(state, *HIGH)
    assert "85 %" not in text(plant)


async def test_equipment_that_is_locked_out_keeps_its_limits(plant: Plant, state: Path) -> None:
    before = text(plant)
    async with running(plant, state):
        await ask(state, "lockout", equipment="tank-1", by="Li", reason="in the tank")
        with pytest.raises(PlantgateError, match=r"reload\.bound"):
            await set_limit(state, *HIGH)
    assert text(plant) == before


async def test_without_a_gateway_nothing_is_written(plant: Plant, state: Path) -> None:
    before = text(plant)
    with pytest.raises(AgentError, match=r"agent\.not-running"):
        await set_limit(state, *HIGH)
    assert text(plant) == before
