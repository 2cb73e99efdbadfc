"""The whole agent over the emulated plant room, in this process, without a broker: it starts with what is reachable."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.app import JOURNAL, Agent, opened, run_agent, told_to_stop
from agent.clock import Clock
from agent.local import ask
from agent.lock import locked
from config.plant import Plant
from config.site import load_site
from drivers.points import PlantgateError
from emulators.plantroom import PlantRoom, serve

SITE = Path(__file__).parents[2] / "acceptance" / "site"
STOPPED_WITHIN = 5.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    site = tmp_path / "site"
    (site / "rules").mkdir(parents=True)
    for source in SITE.rglob("*.yaml"):
        text = source.read_text(encoding="utf-8").replace(":5020", f":{free_port()}").replace(":1883", ":9")
        (site / source.relative_to(SITE)).write_text(text.replace("1 s", "100 ms"), encoding="utf-8")
    return load_site(site)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@asynccontextmanager
async def running(plant: Plant, state: Path) -> AsyncIterator[None]:
    """The agent, stopped as systemd stops it."""
    async with asyncio.TaskGroup() as group:
        agent = group.create_task(run_agent(plant, state, Clock()))
        await until(lambda: answers(state, agent))
        try:
            yield
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(STOPPED_WITHIN):
                await agent


async def answers(state: Path, agent: asyncio.Task[None]) -> bool:
    if agent.done():
        agent.result()
    try:
        return bool(await ask(state, "status"))
    except PlantgateError:
        return False


async def until(condition: Any, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the agent is asked from outside, as people do
            await asyncio.sleep(0.02)


async def points(state: Path, quality: str) -> int:
    return int((await ask(state, "status"))["points"][quality])


async def all_good(state: Path) -> bool:
    return await points(state, "bad") == 0


async def all_bad(state: Path) -> bool:
    return await points(state, "good") == 0


def empty(room: PlantRoom) -> None:
    room.answer("set booster.level 20")


async def active(state: Path) -> list[dict[str, Any]]:
    return [alarm for alarm in await ask(state, "alarms") if alarm["alarm"] == "tank-1/W01"]


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
    assert alarm == acknowledged


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


async def test_a_second_agent_on_the_same_state_is_refused(plant: Plant, state: Path) -> None:
    async with running(plant, state):
        with pytest.raises(PlantgateError, match=r"agent\.already-running"):
            await run_agent(plant, state, Clock())


async def test_a_bug_in_any_part_ends_the_whole(plant: Plant, state: Path) -> None:
    with locked(state), told_to_stop() as stop:
        async with opened(state / JOURNAL, plant.gateway, Clock()) as journal:
            agent = await Agent.build(plant, journal, Clock())
            agent.ticker.tick = lambda: 1 / 0
            with pytest.raises(ExceptionGroup):
                await agent.run(state, stop)
