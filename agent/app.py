"""The daemon from start to stop, in the order its parts depend on each other: sinks outside, sources inside."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog

from agent.clock import Clock
from agent.commands import Commands
from agent.committer import Committer, system_fact
from agent.desk import Desk
from agent.errors import StoreError
from agent.health import Health, Parts, program_version
from agent.image import Image
from agent.journal import Journal
from agent.link.task import LinkTask
from agent.local import serving
from agent.lock import locked
from agent.notify import Notifier
from agent.publisher import Identity, Publisher
from agent.runs import Runs
from agent.supervisor import running
from agent.ticker import Ticker
from agent.uplink import uplink_broker
from config.plant import Plant
from drivers.links import driver_for
from rules.effects import Effects
from rules.engine import Engine
from rules.inputs import Shutdown, Storage
from rules.model import Origin
from rules.rulebook import compile_rulebook
from rules.state import State

JOURNAL = "journal.db"
GIVE_BACK_DEADLINE = 1.5
"""Seconds a stop waits for the first safe command of each test that is under way."""
DRAIN_DEADLINE = 1.0
"""Seconds the store may take for the last effects; with the publisher's farewell a stop takes less than five."""

log = structlog.get_logger()


async def run_agent(plant: Plant, state_directory: Path, clock: Clock) -> None:
    """Run the gateway of ``plant`` until SIGTERM or SIGINT.

    Raises AgentError or StoreError when it cannot start, and an ExceptionGroup when a part of it failed by a bug.
    """
    with locked(state_directory), told_to_stop() as stop:
        async with opened(state_directory / JOURNAL, plant.gateway, clock) as journal:
            agent = await Agent.build(plant, journal, clock)
            await agent.run(state_directory, stop)


class Agent:
    """Every part of the daemon, put together but not running."""

    def __init__(self, plant: Plant, journal: Journal, engine: Engine, state: State, clock: Clock) -> None:
        """Wire the parts; see ``build``."""
        self.plant = plant
        self.engine = engine
        self.clock = clock
        self.notifier = Notifier(clock)
        self.committer = Committer(journal, clock)
        points = (point.id for device in plant.devices for point in device.all_points())
        self.image = Image(points, clock.now(), watched=engine.rulebook.feeds)
        self.ticker = Ticker(engine, state, self.image, self.committer, clock, self.notifier.beat)
        self.links = self._links()
        self.publisher = self._publisher(journal)
        self.desk = Desk(self.ticker, self.image, self._health(journal), lambda: self.engine.rulebook)
        self.runs = Runs(self.ticker, engine.rulebook, simulated=clock.simulated)
        self.commands = Commands(plant.devices, {link.id: link for link in self.links}, clock, self.ticker.submit)
        self.committer.on_commands = self.commands.put
        self.committer.on_durable = lambda durable: self.ticker.tell(Storage(durable))

    @classmethod
    async def build(cls, plant: Plant, journal: Journal, clock: Clock) -> "Agent":
        """The agent as it stood at the last commit of ``journal``, fitted to what the site's files say today."""
        rulebook, _ = compile_rulebook(plant.classes, plant.equipment, plant.rules, plant.tasks, plant.site.timezone)
        engine = Engine(rulebook, Origin(plant.gateway, journal.epoch.id, clock.simulated))
        at = clock.now()
        state, effects = State.restore(await journal.load_rows(), rulebook, at)
        for error in effects.refused:
            log.error("agent.row-unreadable", error=str(error))
        agent = cls(plant, journal, engine, state, clock)
        agent.committer.put(effects, at)
        return agent

    async def run(self, state_directory: Path, stop: asyncio.Event) -> None:
        """Start from the sinks to the sources, wait for ``stop``, end in the opposite order."""
        async with running({"committer": self.committer.run()}), running({"publisher": self.publisher.run()}):
            self._tell("agent.started", version=program_version(), site=self.plant.site.id)
            async with (
                asyncio.TaskGroup() as talks,
                serving(state_directory, self.desk.verbs() | self.runs.verbs(), talks),
                running({"ticker": self.ticker.run()}),
            ):
                await self._poll(stop)
            # What the links said last is decided, and everything decided is stored, before the uplink goes.
            self.ticker.tick()
            self._tell("agent.stopped", version=program_version(), site=self.plant.site.id)
            await self._drain()

    async def _poll(self, stop: asyncio.Event) -> None:
        async with running({f"link {link.id}": link.run() for link in self.links} | self.commands.workers()):
            self._ready()
            await stop.wait()
            log.info("agent.stopping")
            self.notifier.stopping()
            await self._give_back()

    def _links(self) -> list[LinkTask]:
        links = []
        for link in self.plant.links:
            devices = [device for device in self.plant.devices if device.link == link.id]
            links.append(LinkTask(link.id, driver_for(link.url, devices), devices, self.clock, self.ticker))
        return links

    def _publisher(self, journal: Journal) -> Publisher:
        plant, clock = self.plant, self.clock
        identity = Identity(plant.site.org, plant.site.id, plant.gateway, plant.fingerprint, program_version())
        return Publisher(journal, plant.uplink, identity, uplink_broker(plant, clock), clock, self._tell)

    def _health(self, journal: Journal) -> Health:
        clock, steps = self.clock, lambda: self.ticker.steps
        return Health(Parts(self.plant, clock, journal, self.committer, self.image, self.links, self.publisher, steps))

    def _ready(self) -> None:
        log.info("agent.ready", site=self.plant.site.id, links=len(self.links), devices=len(self.plant.devices))
        self.notifier.ready(f"{self.plant.site.id}: {len(self.links)} links, {len(self.plant.devices)} devices")

    def _tell(self, code: str, **arguments: object) -> None:
        at = self.clock.now()
        fact = system_fact(code, at, simulated=self.clock.simulated, **arguments)
        self.committer.put(Effects(events=[fact]), at)

    async def _give_back(self) -> None:
        """Equipment under test is told its first safe command; what is not verified stays owed after the restart."""
        try:
            async with asyncio.timeout(GIVE_BACK_DEADLINE):
                await self.ticker.submit(Shutdown("agent"))
                await self.commands.settled()
        except (TimeoutError, StoreError):
            log.error("agent.not-given-back")

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(DRAIN_DEADLINE):
                await self.committer.drain()
        except TimeoutError:
            log.error("agent.not-stored", events=self.committer.pending)


@asynccontextmanager
async def opened(path: Path, gateway: str, clock: Clock) -> AsyncIterator[Journal]:
    """The journal at ``path``, closed at the end."""
    journal = await Journal.open(path, gateway, clock)
    try:
        yield journal
    finally:
        await journal.close()


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set. SIGHUP is answered in the log: it must not end the process."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: log.warning("agent.reload-needs-restart"))
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)
