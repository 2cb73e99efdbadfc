"""The whole agent over the emulated plant room, in this process, without a broker: it starts with what is reachable."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.api.local.client import ask
from agent.app import JOURNAL, Agent, opened, run_agent, told_to_stop
from config.plant import Plant
from drivers.points import Finding, Place, PlantgateError
from emulators.plantroom import serve
from runtime.clock import Clock
from runtime.lock import locked
from tests.unit.agent.site import active, all_bad, all_good, empty, plant, running, state, until

__all__ = ["plant", "state"]


async def test_a_low_tank_becomes_an_alarm_and_a_work_order(plant: Plant, state: Path) -> None:
    async with serve(plant) as room, running(plant, state):
        await until(lambda: all_good(state))
        empty(room)
        await until(lambda: active(state))
        (order,) = await ask(state, "orders")
    assert (order["rule"], order["skill"], order["status"]) == ("W01", "plumber", "open")


async def test_what_was_acknowledged_stays_so_over_a_restart(plant: Plant, state: Path) -> None:
    async with serve(plant) as room:
        async with running(plant, state):
            empty(room)
            await until(lambda: active(state))
            acknowledged = await ask(state, "acknowledge", alarm="tank-1/W01", by="Li")
        async with running(plant, state):
            (alarm,) = await active(state)
    assert (alarm["acknowledged"], alarm["by"]) == (True, "Li")
    assert {key: alarm[key] for key in acknowledged} == acknowledged


async def test_a_dead_plant_room_makes_points_bad_and_a_living_one_good_again(plant: Plant, state: Path) -> None:
    async with running(plant, state):
        async with serve(plant):
            await until(lambda: all_good(state))
        await until(lambda: all_bad(state))
        status = await ask(state, "status")
        assert status["links"]["booster-bus"]["online"] is False
        async with serve(plant):
            await until(lambda: all_good(state), 20)


async def test_status_tells_about_every_part(plant: Plant, state: Path) -> None:
    async with serve(plant), running(plant, state):
        await until(lambda: all_good(state))
        status = await ask(state, "status")
    device = status["links"]["booster-bus"]["devices"]["booster"]
    assert device["online"] is True
    assert device["good"] == device["requests"] > 0
    assert status["queue"]["unsent"] >= 1
    assert (status["uplink"]["connected"], status["degraded"], status["alarms"]) == (False, False, 0)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("acknowledge", {"alarm": "tank-1/nothing", "by": "Li"}),
        ("acknowledge", {"alarm": "tank-1/W01", "by": "Li"}),
        ("close-order", {"order": "nothing", "by": "Li"}),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_reason(
    plant: Plant, state: Path, verb: str, arguments: dict[str, str]
) -> None:
    async with running(plant, state):
        with pytest.raises(PlantgateError, match=r"engine\."):
            await ask(state, verb, **arguments)


async def test_starts_and_stops_are_events(plant: Plant, state: Path) -> None:
    for _ in range(2):
        async with running(plant, state):
            pass
    async with opened(state / JOURNAL, plant.gateway, Clock()) as journal:
        bodies = [entry.body.decode() for entry in await journal.unsent(100) if entry.kind == "system"]
    told = [code for body in bodies for code in ("agent.started", "agent.stopped") if code in body]
    assert told == ["agent.started", "agent.stopped"] * 2


async def test_a_time_told_by_a_person_outlives_the_process(
    plant: Plant, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.clock.wall_is_trusted", lambda *_: False)
    told = []
    async with running(plant, state):
        told.append((await ask(state, "status"))["clock"])
        with pytest.raises(PlantgateError, match=r"time\.absurd"):
            await ask(state, "set-time", time="2062-11-28 14:05", by="Li")
        assert (await ask(state, "set-time", time="2031-11-28 14:05", by="Li"))["zone"] == plant.site.timezone
    async with running(plant, state):
        told.append((await ask(state, "status"))["clock"])
    monkeypatch.undo()
    monkeypatch.setattr("runtime.clock.wall_is_trusted", lambda *_: True)
    async with running(plant, state):
        told.append((await ask(state, "status"))["clock"])
    assert [(one["trusted"], one["by_hand"], one["set_by"]) for one in told] == [
        (False, False, ""), (False, True, "Li"), (True, False, ""),
    ]  # fmt: skip
    assert 0 < told[1]["wall"] - told[1]["set_at"] < 60
    assert told[2]["wall"] < told[1]["wall"]


async def test_a_condition_left_out_is_told(plant: Plant, state: Path) -> None:
    mistake = Finding("condition.division-by-zero", Place("rules/site.yaml", 4, 9))
    async with running(replace(plant, ignored=(mistake,)), state):
        pass
    async with opened(state / JOURNAL, plant.gateway, Clock()) as journal:
        bodies = [entry.body.decode() for entry in await journal.unsent(100) if entry.kind == "system"]
    (body,) = [body for body in bodies if "rule.ignored" in body]
    assert "rules/site.yaml" in body


def _nothing(_: Path) -> None:
    pass


def _moved(state: Path) -> None:
    state.rename(state.with_name("moved"))


@pytest.mark.parametrize("happens", [_nothing, shutil.rmtree, _moved], ids=["running", "deleted", "moved"])
async def test_a_second_agent_on_the_same_state_is_refused(
    plant: Plant, state: Path, happens: Callable[[Path], None]
) -> None:
    """Its lock goes with the directory, the machines that it commands do not."""
    async with running(plant, state):
        happens(state)
        with pytest.raises(PlantgateError, match=r"agent\.already-running"):
            await run_agent(plant, state, Clock())


async def test_a_bug_in_any_part_ends_the_whole(plant: Plant, state: Path) -> None:
    with locked(state), told_to_stop() as stop:
        async with opened(state / JOURNAL, plant.gateway, Clock()) as journal:
            agent = await Agent.build(plant, journal, Clock())
            agent.ticker.tick = lambda: 1 / 0
            with pytest.raises(ExceptionGroup):
                await agent.run(state, stop)
