"""A small site over the emulated plant room, and the whole agent in this process, started and stopped as in life."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.api.local.client import ask
from agent.app import run_agent
from config.plant import Plant
from config.site import load_site
from drivers.points import PlantgateError
from emulators.plantroom import PlantRoom
from runtime.clock import Clock

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
async def running(plant: Plant, state: Path, speed: float = 1.0) -> AsyncIterator[None]:
    """The agent, stopped as systemd stops it."""
    async with asyncio.TaskGroup() as group:
        agent = group.create_task(run_agent(plant, state, Clock(speed)))
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


async def arm(state: Path) -> None:
    """An engineer confirms what a new storage remembers, so that commands pass."""
    told = await ask(state, "disarmed")
    await ask(state, "arm", by="Wang", reason="seen", seen=told["mark"])


async def nothing_owed(state: Path) -> bool:
    """Whether nothing is under test, owed or locked; a hold may stand."""
    standing = (await ask(state, "disarmed"))["standing"]
    return all(reason.startswith("hold/") for reason in standing)
