"""``plantgate demo``: emulated plant room, gateway, broker and headquarters on one machine, and an outage in between.

The plant room and the gateway are processes of their own; broker and receiver live in this one.
"""

import argparse
import asyncio
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TextIO

from agent.api.local.client import ask
from agent.cli.commands.listen import totals_of
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.usage import positive
from agent.cli.views.lines import order_line
from agent.cli.views.live import LiveView
from agent.cli.views.story import PROCEDURE, SIMULATED_SECONDS, STORY, StoryEvent
from config.assembly.definitions import LIBRARY
from emulators import broker
from headquarters.receiver import Receiver, SqliteStore, audit
from runtime.clock import Clock
from runtime.errors import AgentError, UsageError
from runtime.logs import configure
from runtime.mqtt.client import Broker, Login
from runtime.supervisor import running

SITE = LIBRARY / "examples" / "harbour-tower"
START_DEADLINE = 20.0
"""Seconds the gateway may take to answer; a Raspberry Pi needs a few."""
DRAIN_DEADLINE = 60.0
"""Seconds headquarters may take to hold everything: the gateway may pause so long before it tries the broker again."""
LOOK_EVERY = 0.1
_PLACE = re.compile(r"127\.0\.0\.1:(\d+)")


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("--duration", "SECONDS", type=float, default=120.0)


def run(options: argparse.Namespace, console: Console) -> int:
    """Tell the story; 0 only when nothing was lost or doubled. With ``--json`` only the summary is standard output."""
    if not broker.installed():
        raise UsageError("demo.not-installed")
    duration = positive("--duration", options.duration)
    stage = Console(console.texts, out=sys.stderr) if console.as_json else console
    with tempfile.TemporaryDirectory(prefix="plantgate-demo-") as name:
        directory = Path(name)
        with (directory / "demo.log").open("w", encoding="utf-8") as log:
            configure(log)
            summary = asyncio.run(_Demo(directory, duration, stage, log).run())
    console.answer(summary, "demo.summary", **summary)
    return int(bool(summary["lost"] or summary["duplicates"]))


class _Demo:
    """The stage: a copy of the example site with ports of its own."""

    def __init__(self, directory: Path, duration: float, console: Console, log: TextIO) -> None:
        self._directory = directory
        self._duration = duration
        self._console = console
        self._log = log
        self._clock = Clock()
        self._speed = max(1.0, SIMULATED_SECONDS / duration)
        self._ports: dict[str, int] = {}
        self._broker = AsyncExitStack()
        self._undelivered = 0

    @property
    def _state(self) -> Path:
        return self._directory / "state"

    async def run(self) -> dict[str, int]:
        """The whole demonstration; returns the summary."""
        site = self._stage()
        self._console.say("demo.begins", seconds=round(self._duration), speed=round(self._speed))
        store = await SqliteStore.open(self._directory / "hq.db")
        connector = Broker(f"mqtt://127.0.0.1:{self._broker_port}", Login("plantgate-demo-headquarters"))
        view = LiveView(self._console, follow=True, clock=self._clock)
        receiver = Receiver(connector, store, "hq", self._clock, view.received)
        async with self._broker, running({"receiver": receiver.run()}):
            await self._connect()
            async with self._process("emulate", str(site), "--speed", str(self._speed)) as plant_room:
                await self._act(site, plant_room)
                await self._until(lambda: receiver.missing() == 0)
            lost = max(receiver.missing(), self._undelivered)
        await store.close()
        totals = totals_of(audit(self._directory / "hq.db"))
        return {key: totals[key] for key in ("events", "orders", "duplicates")} | {"lost": lost}

    @property
    def _broker_port(self) -> int:
        return self._ports["1883"]

    def _stage(self) -> Path:
        """Copy the site; every port in it becomes a free one."""
        site = self._directory / "site"
        shutil.copytree(SITE, site)
        plant = site / "plant.yaml"
        text = plant.read_text(encoding="utf-8")
        self._ports = {port: _free_port() for port in sorted(set(_PLACE.findall(text)))}
        plant.write_text(_PLACE.sub(lambda found: f"127.0.0.1:{self._ports[found[1]]}", text), encoding="utf-8")
        return site

    async def _act(self, site: Path, plant_room: asyncio.subprocess.Process) -> None:
        async with self._process("run", str(site), "--state", str(self._state), "--speed", str(self._speed)):
            await self._ready()
            began = self._clock.now().mono
            for scene in STORY:
                await self._clock.sleep_until(began + scene.at * self._duration)
                await self._play(scene, plant_room)
            await self._clock.sleep_until(began + self._duration)
            await self._delivered()
            await self._list_orders()

    async def _play(self, scene: StoryEvent, plant_room: asyncio.subprocess.Process) -> None:
        self._console.headline(scene.code)
        if scene.link is not None:
            await (self._connect() if scene.link else self._broker.aclose())
        if scene.plant and plant_room.stdin:
            plant_room.stdin.write("".join(f"{line}\n" for line in scene.plant).encode())
            await plant_room.stdin.drain()
        if scene.test:
            await ask(self._state, "start", procedure=PROCEDURE, equipment=scene.test, by="demo")

    async def _connect(self) -> None:
        await self._broker.enter_async_context(broker.serving(self._broker_port))

    async def _ready(self) -> None:
        end = self._clock.now().mono + START_DEADLINE
        while True:
            try:
                await ask(self._state, "status")
            except AgentError:
                if self._clock.now().mono >= end:
                    raise
                await self._clock.sleep(LOOK_EVERY)
            else:
                return

    async def _delivered(self) -> None:
        """Wait until headquarters has acknowledged what the gateway's journal holds, or for the deadline."""
        end = self._clock.now().mono + DRAIN_DEADLINE
        while (unsettled := (await ask(self._state, "status"))["queue"]["unsettled"]) and self._clock.now().mono < end:
            await self._clock.sleep(LOOK_EVERY)
        self._undelivered = int(unsettled)

    async def _list_orders(self) -> None:
        self._console.headline("demo.orders")
        for order in await ask(self._state, "orders"):
            self._console.line(order_line(order, self._console))

    async def _until(self, condition: Callable[[], bool]) -> None:
        end = self._clock.now().mono + DRAIN_DEADLINE
        while not condition() and self._clock.now().mono < end:
            await self._clock.sleep(LOOK_EVERY)

    @asynccontextmanager
    async def _process(self, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Another ``plantgate`` beside this one, told to stop at the end."""
        command = (sys.executable, "-m", "agent.cli", *arguments)
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=nothing, stderr=self._log)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
