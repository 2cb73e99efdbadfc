"""The one task that owns a wire and all that is to be done on it: commands first, then the poll that is due earliest.

As many requests are under way at once as the driver allows; one worker each, all taking from one schedule.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from agent.links.device import UNDER_WAY, online
from agent.links.device_statistics import plain_error
from agent.links.polling import Polling, Probe
from agent.links.schedule import Poll
from agent.links.setup import LinkSetup
from drivers.contract import Driver, DriverError, LinkDown, NoAnswer, WireWrite, Write
from drivers.identification import Identification
from drivers.templates import PointWrite, WordWrite
from runtime.errors import AgentError
from runtime.supervisor import Backoff, together

T = TypeVar("T")

REOPEN_FIRST, REOPEN_CAP = 1.0, 30.0
"""Pauses between attempts to open a wire, in seconds; with the jitter from 0.5 to 30."""
JOBS_ALLOWED = 64
"""Questions of people that may wait for one wire. Commands come from the engine, which has one open for a purpose."""

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Job:
    """Something a caller wants done on the wire, and who waits for it."""

    operation: Callable[[Driver], Awaitable[Any]]
    outcome: asyncio.Future[Any]
    unit: str = ""
    """The unit that gets one job after the other, in the order they came; empty: any order will do."""


class LinkTask:
    """A link at run time. ``run`` never ends by itself; one silent device never holds up the others for long."""

    def __init__(self, setup: LinkSetup) -> None:
        """Plan the requests of every device; nothing is opened yet."""
        self.id = setup.id
        self.online: bool | None = None
        """None until the wire was proven or was found to be gone."""
        self.last_error: LinkDown | None = None
        self.reopened = 0
        self.devices = {device.id: device for device in setup.devices}
        """By id; commands for them are taken here and nowhere else."""
        self._driver = setup.driver
        self._clock = setup.clock
        self._sink = setup.sink
        self._workers = min(setup.driver.in_flight, max(1, UNDER_WAY * len(setup.devices)))
        self._polling = Polling(setup)
        self._jobs: deque[Job] = deque()
        self._busy: set[str] = set()
        """Units that have a job under way."""
        self._stopped = False
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()
        """Held by the one worker that looks for the next piece of work."""
        self._backoff = Backoff(REOPEN_FIRST, REOPEN_CAP)
        self._proven = False

    async def run(self) -> None:
        """Keep the wire open and serve it, until cancelled."""
        try:
            while True:
                await self._session()
        finally:
            self._stopped = True
            self._refuse_jobs(LinkDown("link.stopped", link=self.id))
            self._polling.ended()
            await self._driver.close()

    def put(self, operation: Callable[[Driver], Awaitable[T]], unit: str = "") -> asyncio.Future[T]:
        """Do ``operation`` on the wire between two polls, once; those of one ``unit`` in order, one after the other.

        The future always comes to an end, also when the link is stopped. Raises LinkDown when nobody would do it.
        """
        if self._stopped or self.online is False:
            raise LinkDown("link.stopped" if self._stopped else "link.not-open", link=self.id)
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append(Job(operation, outcome, unit))
        self._wake.set()
        return outcome

    async def call(self, operation: Callable[[Driver], Awaitable[T]]) -> T:
        """Do ``operation`` as ``put`` does and wait for it. Raises what it raises, LinkDown or AgentError."""
        if len(self._jobs) >= JOBS_ALLOWED:
            raise AgentError("link.queue-full", link=self.id, waiting=len(self._jobs))
        return await self.put(operation)

    def written(self, device: str, what: WordWrite | PointWrite) -> WireWrite:
        """What a write would put on this wire; raises Refused when it cannot be expressed."""
        return self._driver.written(Write(device, what))

    async def identify(self, device: str) -> Identification:
        """Who answers as ``device``, asked by an operation that has its turn; raises LinkDown, NoAnswer, Refused."""
        return await self._polling.identify(device)

    def plain(self) -> dict[str, object]:
        """As JSON values for ``status``: the link with its sums, and its devices."""
        now = self._clock.real_now().mono
        return {
            "online": self.online,
            "last_error": plain_error(self.last_error),
            "reopened": self.reopened,
            **self._polling.totals(now),
            "devices": self._polling.plain(now),
        }

    async def _session(self) -> None:
        self._proven = False
        try:
            await self._driver.open()
            await together({f"{self.id} {number}": self._work() for number in range(self._workers)}, LinkDown)
        except LinkDown as error:
            await self._driver.close()
            await self._lost(error)

    async def _lost(self, error: LinkDown) -> None:
        self.last_error = error
        self.reopened += 1
        self._polling.doubt()
        if self._proven:
            # Devices drop idle connections: the wire counts as gone only when opening it again does not help.
            return
        self._declare_down(error)
        await self._clock.real_sleep(self._backoff.next())
        self._polling.resume()

    async def _work(self) -> None:
        """What each worker does: find something to do, one worker at a time, and do it beside the others."""
        while True:
            async with self._looking:
                work = await self._next_work()
            if isinstance(work, Job):
                await self._do(work)
            else:
                await self._polling.ask(work)
                self._wire_works()
            # There is room for another request to this device, and perhaps an earlier moment to wait for.
            self._wake.set()

    async def _next_work(self) -> Job | Poll | Probe:
        while True:
            if job := self._next_job():
                return job
            now = self._clock.now().mono
            if work := self._polling.due(now):
                return work
            self._wake.clear()
            await self._clock.wait(self._wake, self._polling.next_moment(now))

    def _next_job(self) -> Job | None:
        job = next((job for job in self._jobs if job.unit not in self._busy), None)
        if job is not None:
            self._jobs.remove(job)
            self._busy |= {job.unit} - {""}
        return job

    async def _do(self, job: Job) -> None:
        try:
            if not job.outcome.done():
                await self._carry_out(job)
        finally:
            self._busy.discard(job.unit)

    async def _carry_out(self, job: Job) -> None:
        try:
            result = await job.operation(self._driver)
        except LinkDown as error:
            _fail(job, error)
            raise
        except Exception as error:
            _fail(job, error)
        except asyncio.CancelledError:
            # The wire was lost under another request. What we sent may have arrived.
            _fail(job, NoAnswer("link.interrupted", link=self.id))
            raise
        else:
            if not job.outcome.done():
                job.outcome.set_result(result)
        self._wire_works()

    def _wire_works(self) -> None:
        self._proven = True
        self._backoff.reset()
        if self.online is not True:
            self.online = True
            log.info("link.up", link=self.id)
            self._sink.deliver([online(self.id, True, self._clock.now())])

    def _declare_down(self, error: LinkDown) -> None:
        self._refuse_jobs(error)
        if self.online is False:
            return
        self.online = False
        told = {key: str(value) for key, value in error.arguments.items()}
        log.warning("link.down", **told | {"link": self.id, "error": error.code})
        at = self._clock.now()
        self._polling.lost(at)
        self._sink.deliver([online(self.id, False, at)])

    def _refuse_jobs(self, error: DriverError) -> None:
        """Answer whoever waits for a turn that does not come."""
        while self._jobs:
            _fail(self._jobs.popleft(), error)


def _fail(job: Job, error: Exception) -> None:
    if not job.outcome.done():
        job.outcome.set_exception(error)
