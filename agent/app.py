"""The daemon from start to stop, in the order its parts depend on each other: sinks outside, sources inside."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import structlog

from agent.api.api import Api, Handlers
from agent.api.local.client import emergency_path
from agent.api.local.server import ApiServer, serving
from agent.api.verbs.alarms import AlarmApi
from agent.api.verbs.backup import BackupApi
from agent.api.verbs.bus_access import BusAccess
from agent.api.verbs.clock import ClockApi
from agent.api.verbs.debts import DebtApi
from agent.api.verbs.history import HistoryApi
from agent.api.verbs.limits import LimitApi
from agent.api.verbs.lockouts import LockoutApi
from agent.api.verbs.reload import Reloader, check_reload, in_short
from agent.api.verbs.runs import RunApi
from agent.api.verbs.service import ServiceApi
from agent.api.verbs.status import Parts, StatusApi
from agent.api.verbs.watch import WatchApi
from agent.journal import JOURNAL, Journal, JournalMaintenance, Retention, StoreFinding
from agent.links.commands import Commands
from agent.links.links import Links, points_of
from agent.links.targets import Targets
from agent.loop.committer import Committer, system_fact
from agent.loop.hand_clock import HandClock, ahead_in, taken
from agent.loop.image import Image
from agent.loop.limits import NOBODY_ASKED, Initiator, LimitsInForce, restored
from agent.loop.ticker import Ticker
from agent.self_monitoring import SelfMonitoring
from agent.uplink.broker import uplink_broker
from agent.uplink.publisher import GatewayIdentity, Publisher
from agent.uplink.telemetry import Sampler, TelemetryQueue
from config.difference import Difference, difference
from config.plant import Plant
from drivers.identification import Identification, shown
from drivers.points import PlantgateError
from drivers.templates import Device
from rules.effects import Effects, Row
from rules.engine.reload import carry
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.facts import moment
from rules.inputs import Disarm, Identified, Shutdown, StorageState
from rules.model import Origin
from rules.people import Peer, Person, unlisted
from rules.procedure.disarm import judged
from rules.procedure.target import SIMULATED, Target
from runtime.clock import Clock
from runtime.errors import StoreError
from runtime.lock import locked, locked_by_name
from runtime.machine import machine_id
from runtime.notify import Notifier
from runtime.supervisor import crew, running
from runtime.version import program_version

GIVE_BACK_DEADLINE = 1.5
"""Seconds a stop waits for the first safe command of each test that is under way."""
DRAIN_DEADLINE = 1.0
"""Seconds the store may take for the last effects; with the publisher's farewell a stop takes less than five."""

log = structlog.get_logger()


async def run_agent(plant: Plant, state_directory: Path, clock: Clock, rulebook: Rulebook | None = None) -> None:
    """Run the gateway of ``plant``, whose ``rulebook`` may be at hand already, until SIGTERM or SIGINT.

    Raises AgentError or StoreError when it cannot start, and an ExceptionGroup when a part of it failed by a bug.
    """
    name = emergency_path(state_directory).parent
    with locked(state_directory), locked_by_name(state_directory, name), told_to_stop() as stop:
        async with opened(state_directory / JOURNAL, plant.gateway, clock) as journal:
            agent = await Agent.build(plant, journal, clock, rulebook)
            await agent.run(state_directory, stop)


class Agent:
    """Every part of the daemon, put together but not running."""

    def __init__(self, plant: Plant, journal: Journal, engine: Engine, state: EngineState, clock: Clock) -> None:
        """Wire the parts; see ``build``."""
        self.plant = plant
        self.engine = engine
        self.clock = clock
        self.journal = journal
        self.notifier = Notifier(clock)
        self.committer = Committer(journal, clock)
        self.hand_clock = HandClock(clock, self.committer, plant.gateway, journal.last_trusted)
        self.keeper = JournalMaintenance(journal, clock, Retention.of(plant))
        self.image = Image(points_of(plant.devices), clock.now(), watched=engine.rulebook.feeds)
        self.ticker = Ticker(engine, state, self.image, self.committer, clock, self.notifier.beat)
        self.links = Links(plant, clock, self.ticker, self._recognised)
        self.commands = Commands(
            self.links.tasks,
            clock,
            self.ticker.enter,
            lambda command: self.engine.may_still(self.ticker.state, command),
        )
        self.targets = Targets(lambda: self.plant, clock, self._retarget)
        self._retarget(self.targets.of(plant))
        self.lane = TelemetryQueue(plant.gateway)
        self.publisher = self._publisher(plant)
        self.sampler = Sampler(lambda: self.plant, self.image, self.lane, clock)
        self.gateway = SelfMonitoring(
            lambda: self.plant, journal, self.keeper, lambda: self.publisher.status(), self.ticker, clock
        )
        self.limits = LimitsInForce()
        self.reloader = Reloader(lambda: self.plant, self.change_to, self._not_reloaded)
        self.backups = BackupApi(lambda: self.plant, journal, self.keeper, self.committer, clock)
        self.api = Api(self._handlers(), self._identify, self._tell, clock)
        self.committer.on_commands = self.commands.put
        self.hand_clock.on_change = self._look_again
        self._server: ApiServer | None = None
        self.committer.on_durable = lambda durable: self.ticker.tell(StorageState(durable))
        self.lane.paused = lambda: self.keeper.tight
        self.keeper.on_findings = self._tell_findings
        self.keeper.on_returned = lambda: self.committer.put(Effects(rows=self._state_rows()), clock.now())

    @classmethod
    async def build(cls, plant: Plant, journal: Journal, clock: Clock, rulebook: Rulebook | None = None) -> "Agent":
        """The agent as it stood at the last commit of ``journal``, fitted to what the site's files say today."""
        rulebook = rulebook or plant.compile()[0]
        engine = Engine(rulebook, Origin(plant.gateway, journal.epoch.id, clock.simulated))
        told, rows = taken(await journal.load_rows())
        in_force, rows = restored(rows)
        clock.by_hand = ahead_in(told, clock.now().boot)
        at = clock.now()
        state, effects = EngineState.restore(rows, rulebook, at)
        if not clock.simulated:
            state.procedures.disarmed = judged(state.procedures, journal.epoch.id, journal.epoch.reason, moment(at))
        agent = cls(plant, journal, engine, state, clock)
        agent.committer.put(effects, at)
        agent.hand_clock.resume(told)
        agent.limits.known, agent.limits.announced = in_force.known, in_force.announced
        agent._load_limits(NOBODY_ASKED)
        for finding in plant.ignored:
            place = finding.place
            agent._tell("rule.ignored", file=place.file if place else "", line=place.line if place else 0)
        for error in effects.refused:
            log.error(error.code, **{key: str(value) for key, value in error.arguments.items()})
            agent._tell(error.code, **error.arguments)
        return agent

    async def run(self, state_directory: Path, stop: asyncio.Event) -> None:
        """Start from the sinks to the sources, wait for ``stop``, end in the opposite order."""
        with self.journal.listening(lambda: None, self._disarm):
            await self._run(state_directory, stop)

    async def _run(self, state_directory: Path, stop: asyncio.Event) -> None:
        async with (
            running({"journal": self.keeper.run()}),
            running({"committer": self.committer.run()}),
            crew() as self._senders,
        ):
            self._senders.start("publisher", self.publisher.run())
            await self._note_zone()
            self._tell("agent.started", version=program_version(), site=self.plant.site.id)
            async with (
                asyncio.TaskGroup() as talks,
                serving(state_directory, self.api, talks, self.clock) as self._server,
                running({"ticker": self.ticker.run()}),
                running(
                    {
                        "gateway": self.gateway.run(),
                        "telemetry": self.sampler.run(),
                        "clock": self.hand_clock.run(),
                        "backups": self.backups.run(),
                    }
                ),
            ):
                self._let_in()
                await self._poll(stop)
            # What the links said last is decided, and everything decided is stored, before the uplink goes.
            self.ticker.finish()
            self._tell("agent.stopped", version=program_version(), site=self.plant.site.id)
            await self._drain()

    async def change_to(
        self, plant: Plant, rulebook: Rulebook, initiator: Initiator = NOBODY_ASKED
    ) -> tuple[Difference, tuple[str, ...]]:
        """Go over to another state of the site's files; only what changed restarts.

        Raises PlantgateError when that cannot be done now, and then has changed nothing.
        """
        rulebook = rulebook.resolved(self.targets.of(plant), simulated=self.clock.simulated)
        changed = difference(self.plant, plant)
        links = changed.part("links")
        check_reload(self.plant, plant, self.ticker.state, self.engine.rulebook, rulebook)
        prepared = self.links.prepare(plant, links)
        publisher = self._publisher(plant) if changed.uplink else None
        # From here on nothing can fail, and until the first await nobody sees it half done.
        carried = carry(self.ticker.state, self.engine.rulebook, rulebook, self.clock.now())
        self.plant, self.engine = plant, Engine(rulebook, self.engine.origin)
        self.keeper.retention = Retention.of(plant)
        replanned = [device for task in prepared for device in plant.devices if device.link == task]
        self.image.exchange(points_of(plant.devices), self.clock.now(), rulebook.feeds, [*points_of(replanned)])
        self.ticker.exchange(self.engine, carried.state, carried.effects)
        self._load_limits(initiator)
        self._tell_reload(changed, carried.dropped, initiator.by)
        await self.links.change(plant, links, prepared)
        # A link that was told to stop may have delivered once more.
        self.image.exchange(points_of(plant.devices), self.clock.now(), rulebook.feeds)
        self._let_in()
        if publisher is not None:
            await self._senders.stop("publisher")
            self.publisher = publisher
            self._senders.start("publisher", publisher.run())
        self.targets.again()
        await self._note_zone()
        self._ready()
        return changed, carried.dropped

    async def _poll(self, stop: asyncio.Event) -> None:
        async with (
            self.links.running(),
            running({"reloader": self.reloader.run(), "targets": self.targets.run()}),
        ):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.reloader.ask)
            self._ready()
            await stop.wait()
            log.info("agent.stopping")
            self.notifier.stopping()
            await self._give_back()

    def _identify(self, peer: Peer, by: str) -> Person:
        people = self.plant.people
        return people.person(peer, by) if people else unlisted(peer, by)

    def _let_in(self) -> None:
        if self._server is not None:
            self._server.admit(self.plant.people.socket_group if self.plant.people else None)

    def _disarm(self) -> None:
        """Another epoch has begun while we run: what the file holds may be less than what was done."""
        epoch = self.journal.epoch
        if not self.clock.simulated:
            self.ticker.tell(Disarm(epoch.id, epoch.reason))

    async def _note_zone(self) -> None:
        with suppress(StoreError):  # the journal's keeper sees to it
            await self.journal.note_zone(self.plant.site.timezone)

    def _load_limits(self, initiator: Initiator) -> None:
        at = self.clock.now()
        self.committer.put(self.limits.load(self.plant, initiator, at, simulated=self.clock.simulated), at)

    def _rulebook(self) -> Rulebook:
        return self.engine.rulebook

    def _retarget(self, machines: Mapping[str, Target]) -> None:
        """Go on with the machines that devices are found to be: whoever is another one by now is found out."""
        before = self.engine.rulebook.unarmed
        rulebook = self.engine.rulebook.resolved(machines, simulated=self.clock.simulated)
        self.engine = Engine(rulebook, self.engine.origin)
        self._look_again()
        for name, findings in self.engine.rulebook.unarmed.items():
            for finding in findings:
                if finding not in before.get(name, ()):
                    code = "agent.unarmed-simulated" if finding.code == SIMULATED else "agent.unarmed"
                    self._tell(code, equipment=name, why=finding.code, **finding.arguments)

    def _look_again(self) -> None:
        """Decide everything anew: something was changed that no reading tells."""
        self.ticker.state.fresh = True
        self.ticker.exchange(self.engine, self.ticker.state, Effects())

    def _recognised(self, device: Device, found: Identification | None) -> None:
        told = found or Identification(None)
        # One that is only watched may be the machine that another commands, at another address.
        if device.template.commands or told.serial or device.id in self.ticker.state.procedures.identities:
            self.ticker.tell(Identified(device.id, told.serial, told.matches))
        if found is not None and found.matches is False:
            recorded = shown(found.recorded)
            self._tell("device.other", device=device.id, found=shown(found.found), recorded=recorded)

    def _not_reloaded(self, error: PlantgateError) -> None:
        log.warning("agent.reload-refused", error=str(error))
        self._tell("agent.reload-refused", why=error.code)

    def _publisher(self, plant: Plant) -> Publisher:
        clock = self.clock
        identity = GatewayIdentity(plant.site.org, plant.site.id, plant.gateway, plant.fingerprint, program_version())
        return Publisher(
            self.journal, plant.uplink, identity, uplink_broker(plant, clock), clock, self._tell, self.lane
        )

    def _handlers(self) -> Iterator[Handlers]:
        """What answers the requests of each subject."""
        yield AlarmApi(self.ticker, self.image, self._health(), self._rulebook).handlers()
        yield WatchApi(lambda: self.plant, self.image, self.clock).handlers()
        yield HistoryApi(self.journal, lambda: self.plant.site.timezone, self.clock).handlers()
        yield RunApi(self.ticker, self._rulebook, self.clock).handlers()
        yield BusAccess(self.ticker, lambda: self.plant, self.links.tasks, self.commands.why).handlers()
        yield DebtApi(self.ticker).handlers()
        yield LockoutApi(self.ticker).handlers()
        yield ServiceApi(self.ticker).handlers()
        yield ClockApi(self.hand_clock, lambda: self.plant).handlers()
        yield self.reloader.handlers()
        yield self.backups.handlers()
        yield LimitApi(
            self.limits, lambda: self.plant, self._rulebook, self.ticker, self.committer, self.clock
        ).handlers()

    def _health(self) -> StatusApi:
        return StatusApi(
            Parts(
                plant=lambda: self.plant,
                clock=self.clock,
                journal=self.journal,
                keeper=self.keeper,
                committer=self.committer,
                image=self.image,
                links=self.links.tasks,
                publisher=lambda: self.publisher,
                gateway=self.gateway,
                hand_clock=self.hand_clock,
                steps=lambda: self.ticker.steps,
                api=lambda: self.api.plain(),
            )
        )

    def _ready(self) -> None:
        log.info("agent.ready", site=self.plant.site.id, links=len(self.links.tasks), devices=len(self.plant.devices))
        self.notifier.ready(f"{self.plant.site.id}: {len(self.links.tasks)} links, {len(self.plant.devices)} devices")

    def _tell(self, code: str, **arguments: object) -> None:
        at = self.clock.now()
        fact = system_fact(code, at, simulated=self.clock.simulated, **arguments)
        self.committer.put(Effects(events=[fact]), at)

    def _tell_reload(self, changed: Difference, dropped: Sequence[str], by: str) -> None:
        anew = {"dropped": "; ".join(dropped)} if dropped else {}
        code = "agent.reloaded-anew" if dropped else "agent.reloaded"
        self._tell(code, fingerprint=self.plant.fingerprint, changes=in_short(changed), by=by, **anew)

    def _tell_findings(self, findings: list[StoreFinding]) -> None:
        for finding in findings:
            self._tell(finding.code, **finding.arguments)

    def _state_rows(self) -> list[Row]:
        return [*self.ticker.state.rows(self.engine.rulebook), *self.hand_clock.rows(), *self.limits.rows()]

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
    journal = await Journal.open(path, gateway, clock, machine_id())
    try:
        yield journal
    finally:
        await journal.close()


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set. SIGHUP must not end the process, whenever it comes."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)
