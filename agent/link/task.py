"""The one task that owns a wire: commands first, then the poll that is due earliest.

As many requests are under way at once as the driver allows; one worker each, all taking from one schedule.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog

from agent.clock import Clock
from agent.errors import AgentError
from agent.link.device import UNDER_WAY, DeviceState, bad, online
from agent.link.schedule import Poll, Schedule
from agent.supervisor import Backoff, together
from drivers.contract import Driver, DriverError, LinkDown, NoAnswer, Refused
from drivers.points import Instant, Reading, Reason
from drivers.templates import Device

T = TypeVar("T")

REOPEN_FIRST, REOPEN_CAP = 1.0, 30.0
"""Pauses between attempts to open a wire, in seconds; with the jitter from 0.5 to 30."""
JOBS_ALLOWED = 64
"""Commands that may wait for one wire."""

log = structlog.get_logger()


class Sink(Protocol):
    """Where readings go."""

    def deliver(self, readings: Sequence[Reading], block: str = "") -> None:
        """Take new readings, all from the answer ``block`` unless that is empty."""

    def refresh(self, block: str, at: Instant) -> None:
        """Note that the answer ``block`` came again unchanged."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something a caller wants done on the wire, and who waits for it."""

    operation: Callable[[Driver], Awaitable[Any]]
    outcome: asyncio.Future[Any]


class LinkTask:
    """A link at run time. ``run`` never ends by itself; one silent device never holds up the others for long."""

    def __init__(self, link: str, driver: Driver, devices: Sequence[Device], clock: Clock, sink: Sink) -> None:
        """Plan the requests of every device; nothing is opened yet."""
        self.id = link
        self.online: bool | None = None
        """None until the wire was proven or was found to be gone."""
        self.last_error = ""
        self.reopened = 0
        self._driver = driver
        self._clock = clock
        self._sink = sink
        self._workers = min(driver.in_flight, max(1, UNDER_WAY * len(devices)))
        # On a wire with several requests under way nobody has to wait for a silent device.
        alone = len(devices) == 1 or driver.in_flight > 1
        self._devices = {device.id: DeviceState(device, alone=alone) for device in devices}
        self._offline: dict[str, DeviceState] = {}
        self._jobs: deque[Job] = deque()
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()
        """Held by the one worker that looks for the next piece of work."""
        self._backoff = Backoff(REOPEN_FIRST, REOPEN_CAP)
        self._proven = False
        self._schedule = Schedule()
        self._schedule.add([(r, _period(d, r.poll)) for d in devices for r in driver.plan(d)], clock.now().mono)

    async def run(self) -> None:
        """Keep the wire open and serve it, until cancelled."""
        try:
            while True:
                await self._session()
        finally:
            self._refuse_jobs(LinkDown("link.stopped", link=self.id))
            await self._driver.close()

    async def call(self, operation: Callable[[Driver], Awaitable[T]]) -> T:
        """Do ``operation`` on the wire between two polls, once. Raises what it raises, LinkDown or AgentError."""
        if self.online is False:
            raise LinkDown("link.not-open", link=self.id)
        if len(self._jobs) >= JOBS_ALLOWED:
            raise AgentError("link.queue-full", link=self.id, waiting=len(self._jobs))
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append(Job(operation, outcome))
        self._wake.set()
        return await outcome

    def plain(self) -> dict[str, object]:
        """As JSON values for ``status``."""
        devices = {name: state.plain(self._schedule.missed(name)) for name, state in self._devices.items()}
        return {"online": self.online, "last_error": self.last_error, "reopened": self.reopened, "devices": devices}

    async def _session(self) -> None:
        self._proven = False
        try:
            await self._driver.open()
            await together({f"{self.id} {number}": self._work() for number in range(self._workers)}, LinkDown)
        except LinkDown as error:
            await self._driver.close()
            await self._lost(error)

    async def _lost(self, error: LinkDown) -> None:
        self.last_error = error.code
        self.reopened += 1
        if self._proven:
            # Devices drop idle connections: the wire counts as gone only when opening it again does not help.
            for state in self._offline.values():
                state.breaker.abandon()
            return
        self._declare_down(error)
        await self._clock.real_sleep(self._backoff.next())
        self._schedule.rush(self._clock.now().mono)

    async def _work(self) -> None:
        """What each worker does: find something to do, one worker at a time, and do it beside the others."""
        while True:
            async with self._looking:
                work = await self._next_work()
            if isinstance(work, Job):
                await self._do(work)
            else:
                await self._ask(work)

    async def _next_work(self) -> Job | Poll:
        while True:
            if self._jobs:
                return self._jobs.popleft()
            if poll := self._due(self._clock.now().mono):
                return poll
            self._wake.clear()
            await self._clock.wait(self._wake, self._next_moment())

    def _due(self, now: float) -> Poll | None:
        for state in self._offline.values():
            if state.may_probe(now):
                state.breaker.probe()
                return self._smallest(state)
        while poll := self._schedule.take(now):
            state = self._devices[poll.request.device]
            if state.id in self._offline:
                self._schedule.done(poll, now, count_missed=False)
            elif state.full:
                state.parked.append(poll)
            else:
                return poll
        return None

    def _next_moment(self) -> float | None:
        moments = [state.breaker.retry_at for state in self._offline.values() if not state.breaker.probing]
        due = self._schedule.next_due()
        return min(moments if due is None else [*moments, due], default=None)

    def _smallest(self, state: DeviceState) -> Poll:
        own = (poll for poll in self._schedule.polls if poll.request.device == state.id)
        return min(own, key=lambda poll: len(poll.request.points))

    async def _do(self, job: Job) -> None:
        if job.outcome.done():
            return
        try:
            result = await job.operation(self._driver)
        except DriverError as error:
            _fail(job, error)
            if isinstance(error, LinkDown):
                raise
        except asyncio.CancelledError:
            # The wire was lost under another request. What we sent may have arrived.
            _fail(job, NoAnswer("link.interrupted", link=self.id))
            raise
        else:
            if not job.outcome.done():
                job.outcome.set_result(result)
        self._wire_works()

    async def _ask(self, poll: Poll) -> None:
        state = self._devices[poll.request.device]
        state.statistics.requests += 1
        state.under_way += 1
        began = self._clock.real_now().mono
        try:
            answer = await self._driver.read(poll.request)
        except NoAnswer as error:
            self._unanswered(poll, state, error)
        except Refused as error:
            self._refused(poll, state, error)
        else:
            state.statistics.succeeded(self._clock.real_now().mono - began)
            self._answered(poll, state, answer)
        finally:
            self._schedule.done(poll, self._clock.now().mono)
            self._finished(state)
        self._wire_works()

    def _finished(self, state: DeviceState) -> None:
        """There is room for another request to this device, and perhaps an earlier moment to wait for."""
        state.under_way -= 1
        while state.parked:
            self._schedule.put_back(state.parked.pop())
        self._wake.set()

    def _answered(self, poll: Poll, state: DeviceState, answer: bytes) -> None:
        at = self._clock.now()
        self._is_there(state, at)
        block = poll.request.points[0]
        if answer == poll.answer:
            self._sink.refresh(block, at)
            return
        self._sink.deliver(self._driver.decode(poll.request, answer, at), block)
        poll.answer = answer

    def _unanswered(self, poll: Poll, state: DeviceState, error: NoAnswer) -> None:
        at = self._clock.now()
        state.statistics.timeouts += 1
        state.statistics.last_error = error.code
        poll.answer = None
        if state.breaker.open:
            # Asked before the others showed that the device is gone.
            return
        if state.breaker.failed(at.mono, self._clock.speed):
            self._device_is_gone(state, error, at)
        elif state.breaker.closed:
            self._sink.deliver(bad(poll.request.points, error.reason, at))

    def _refused(self, poll: Poll, state: DeviceState, error: Refused) -> None:
        at = self._clock.now()
        state.statistics.exceptions += 1
        state.statistics.last_error = error.code
        poll.answer = None
        self._is_there(state, at)
        if smaller := self._driver.split(poll.request, error):
            log.info("device.split", link=self.id, device=state.id, requests=len(smaller), number=error.number)
            self._schedule.replace(poll, smaller, at.mono)
            return
        self._sink.deliver(bad(poll.request.points, error.reason, at))

    def _is_there(self, state: DeviceState, at: Instant) -> None:
        if state.breaker.answered():
            del self._offline[state.id]
            self._schedule.rush(at.mono, state.id)
        if state.online is not True:
            state.online = True
            log.info("device.online", link=self.id, device=state.id)
            self._sink.deliver([online(state.id, True, at)])

    def _device_is_gone(self, state: DeviceState, error: NoAnswer, at: Instant) -> None:
        log.warning("device.offline", link=self.id, device=state.id, error=error.code)
        self._offline[state.id] = state
        self._forget_answers(state.id)
        self._sink.deliver(state.all_bad(Reason.DEVICE_OFFLINE, at))

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
        log.warning("link.down", link=self.id, error=error.code)
        at = self._clock.now()
        self._offline.clear()
        for state in self._devices.values():
            self._forget_answers(state.id)
            self._sink.deliver(state.unreachable(at))
        self._sink.deliver([online(self.id, False, at)])

    def _forget_answers(self, device: str) -> None:
        for poll in self._schedule.polls:
            if poll.request.device == device:
                poll.answer = None

    def _refuse_jobs(self, error: DriverError) -> None:
        while self._jobs:
            _fail(self._jobs.popleft(), error)


def _period(device: Device, poll: str) -> float:
    return device.period(poll)


def _fail(job: Job, error: DriverError) -> None:
    if not job.outcome.done():
        job.outcome.set_exception(error)
