"""What a link asks its devices, and what an outcome means: for its own device everything, for the others nothing."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from agent.clock import Clock
from agent.link.device import DeviceState, bad, online
from agent.link.probing import Probing
from agent.link.recognition import Recognised, Recognition
from agent.link.schedule import Poll, Schedule
from agent.link.statistics import plain_counts
from drivers.contract import Driver, LinkDown, NoAnswer, Refused, Request
from drivers.identification import Identification
from drivers.points import Instant, Reading, Reason
from drivers.templates import Device

T = TypeVar("T")

log = structlog.get_logger()


class Sink(Protocol):
    """Where readings go."""

    def deliver(self, readings: Sequence[Reading], block: str = "") -> None:
        """Take new readings, all from the answer ``block`` unless that is empty."""

    def refresh(self, block: str, at: Instant) -> None:
        """Note that the answer ``block`` came again unchanged."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The question whether a silent device is there."""

    state: DeviceState
    request: Request


class Polling:
    """The devices of one link and their polls."""

    def __init__(
        self,
        link: str,
        driver: Driver,
        devices: Sequence[Device],
        clock: Clock,
        sink: Sink,
        recognised: Recognised = lambda *_: None,
    ) -> None:
        """Plan the requests of every device."""
        self._link = link
        self._recognition = Recognition(link, recognised)
        self._driver = driver
        self._clock = clock
        self._sink = sink
        start = clock.real_now().mono
        # On a wire with several requests under way nobody has to wait for a silent device.
        alone = len({device.address for device in devices}) == 1 or driver.in_flight > 1
        self._devices = {device.id: DeviceState(device, alone=alone, start=start) for device in devices}
        self._units = _units(self._devices)
        self._probing = Probing(self._devices, shared=not alone, scale=clock.speed)
        self._schedule = Schedule()
        requests = ((request, device.period(request.poll)) for device in devices for request in driver.plan(device))
        self._schedule.add(requests, clock.now().mono)

    def due(self, now: float) -> Poll | Probe | None:
        """What is to be asked at monotonic ``now``, if anything."""
        state = self._probing.take(now, self._schedule.next_due())
        return self._schedule.take(now) if state is None else self._probe(state)

    def next_moment(self, now: float) -> float | None:
        """When something is due next; None: nothing ever is by itself."""
        moments = (self._probing.next_moment(now), self._schedule.next_due())
        return min((moment for moment in moments if moment is not None), default=None)

    async def ask(self, work: Poll | Probe) -> None:
        """Ask once and draw the conclusions; raises LinkDown."""
        state = work.state if isinstance(work, Probe) else self._devices[work.request.device]
        try:
            if isinstance(work, Probe):
                await self._ask_whether_there(state, work.request)
            else:
                await self._poll(state, work)
        finally:
            for one in self._units[state.device.address]:
                self._arrange(one)

    async def identify(self, name: str) -> Identification:
        """Who answers as the device ``name``, asked now; raises LinkDown, NoAnswer, Refused."""
        state = self._devices[name]
        told = await self._driver.identify(state.device)
        self._take(state, told)
        return told

    def doubt(self) -> None:
        """The wire is opened anew: whoever answers then is asked first who it is."""
        for state in self._devices.values():
            self._recognition.doubt(state)

    def resume(self) -> None:
        """The wire is there again: every point is read at once."""
        self._schedule.rush(self._clock.now().mono)

    def lost(self, at: Instant) -> None:
        """The wire is gone: no device is known to be there, every point is bad."""
        self._probing.forget()
        for state in self._devices.values():
            self._forget_answers(state)
            self._recognition.lost(state)
            self._sink.deliver(state.unreachable(at))
            self._arrange(state)

    def totals(self, now: float) -> dict[str, object]:
        """The counts of all devices together, as JSON values.

        ``load`` is the share of the last minute the wire was taken; None where requests do not wait for each other.
        """
        devices = [state.statistics for state in self._devices.values()]
        load = round(min(1.0, sum(device.busy.share(now) for device in devices)), 4)
        return {**plain_counts(devices), "load": None if self._driver.in_flight > 1 else load}

    def plain(self, now: float) -> dict[str, dict[str, object]]:
        """Every device as JSON values for ``status``, at monotonic ``now`` of the world outside."""
        return {name: state.plain(now) for name, state in self._devices.items()}

    def _probe(self, state: DeviceState) -> Probe:
        state.breaker.probe()
        state.probing = True
        smallest = min((poll.request for poll in self._schedule.of(state.id)), key=lambda request: len(request.points))
        return Probe(state, self._driver.probe(smallest, self._probing.seconds(state)))

    async def _ask_whether_there(self, state: DeviceState, request: Request) -> None:
        try:
            answer: object = await self._asked(state, self._driver.read(request))
            if not isinstance(answer, NoAnswer):
                answer = await self._look(state)
        finally:
            state.probing = False
            state.breaker.abandon()
        if isinstance(answer, NoAnswer):
            self._count_silence(state, answer)
        else:
            self._is_there(state)

    async def _poll(self, state: DeviceState, poll: Poll) -> None:
        try:
            answer = await self._read(state, poll.request)
        except asyncio.CancelledError:
            # The wire was lost under another request: this one did not get its turn.
            self._schedule.put_back(poll)
            raise
        except LinkDown:
            self._once_more(poll, state)
            raise
        if isinstance(answer, NoAnswer):
            self._unanswered(poll, state, answer)
        elif isinstance(answer, Refused):
            self._refused(poll, state, answer)
        elif isinstance(answer, Identification):
            self._mistaken(poll, state)
        else:
            self._answered(poll, state, answer)

    async def _read(self, state: DeviceState, request: Request) -> bytes | Identification | NoAnswer | Refused:
        """The answer or what came instead; an identification when another device answers. Raises LinkDown."""
        obstacle = await self._look(state)
        return await self._asked(state, self._driver.read(request)) if obstacle is None else obstacle

    async def _look(self, state: DeviceState) -> Identification | NoAnswer | None:
        """Ask who answers, before a device is first read, after each silence, and as long as it is another.

        None: it may be believed. Raises LinkDown.
        """
        if state.recognised:
            return None
        told = await self._asked(state, self._driver.identify(state.device))
        if isinstance(told, Refused):
            # Busy: it is there, and asked again at its next turn; nobody vouches for what it says meanwhile.
            return Identification(False)
        if isinstance(told, NoAnswer):
            return told
        self._take(state, told)
        return told if told.matches is False else None

    def _take(self, state: DeviceState, told: Identification) -> None:
        if self._recognition.take(state, told):
            self._forget_answers(state)
            self._sink.deliver(state.all_bad(Reason.IDENTITY, self._clock.now()))

    def _mistaken(self, poll: Poll, state: DeviceState) -> None:
        poll.failed, poll.answer = False, None
        self._is_there(state)
        self._over(poll, state)

    async def _asked(self, state: DeviceState, question: Awaitable[T]) -> T | NoAnswer | Refused:
        """The answer or what came instead, counted; raises LinkDown."""
        began = self._clock.real_now().mono
        state.under_way += 1
        self._arrange(state)
        try:
            answer = await question
        except (NoAnswer, Refused) as error:
            return self._counted(state, error, began)
        except LinkDown as error:
            if len(self._units) > 1:
                # Others prove the wire first: a device that has its gateway hang up must not take it from everybody.
                self._count_silence(state, error)
            raise
        else:
            if not isinstance(answer, Identification) or answer.found:
                state.statistics.answered(self._clock.real_now().mono - began)
            return answer
        finally:
            state.under_way -= 1
            now = self._clock.real_now().mono
            state.statistics.busy.add(now - began, now)

    def _counted(self, state: DeviceState, error: NoAnswer | Refused, began: float) -> NoAnswer | Refused:
        if isinstance(error, NoAnswer):
            state.fell_silent()
            self._probing.charge(self._clock.real_now().mono - began, self._clock.now().mono)
        state.statistics.failed(error)
        return error

    def _answered(self, poll: Poll, state: DeviceState, answer: bytes) -> None:
        poll.failed = False
        self._is_there(state)
        at = self._over(poll, state)
        block = poll.request.points[0]
        if answer == poll.answer:
            self._sink.refresh(block, at)
            return
        self._sink.deliver(self._driver.decode(poll.request, answer, at), block)
        poll.answer = answer

    def _unanswered(self, poll: Poll, state: DeviceState, error: NoAnswer) -> None:
        self._once_more(poll, state)
        if not state.breaker.closed:
            # Asked before the others showed that the device is gone.
            return
        self._count_silence(state, error)
        if state.breaker.closed:
            self._sink.deliver(bad(poll.request.points, error.reason, self._clock.now()))

    def _refused(self, poll: Poll, state: DeviceState, error: Refused) -> None:
        poll.failed, poll.answer = False, None
        self._is_there(state)
        if smaller := self._driver.split(poll.request, error):
            log.info("device.split", link=self._link, device=state.id, requests=len(smaller), number=error.number)
            self._schedule.replace(poll, smaller, self._clock.now().mono)
        else:
            self._sink.deliver(bad(poll.request.points, error.reason, self._over(poll, state)))

    def _once_more(self, poll: Poll, state: DeviceState) -> None:
        """Leave a poll due that brought nothing, until the device shows that it is there; not a second time."""
        if poll.failed:
            self._over(poll, state)
        else:
            self._schedule.put_back(poll)
        poll.failed, poll.answer = True, None

    def _over(self, poll: Poll, state: DeviceState) -> Instant:
        """The poll had its turn; its next one comes at its next due moment."""
        at = self._clock.now()
        state.statistics.polled(self._schedule.done(poll, at.mono))
        return at

    def _count_silence(self, state: DeviceState, error: NoAnswer | LinkDown) -> None:
        at = self._clock.now()
        went_offline = state.breaker.failed(at.mono, self._clock.speed)
        self._probing.add(state)
        for one in self._units[state.device.address]:
            self._recognition.doubt(one)
        if not went_offline:
            return
        for one in self._units[state.device.address]:
            self._recognition.lost(one)
            log.warning("device.offline", link=self._link, device=one.id, error=error.code)
            self._forget_answers(one)
            self._sink.deliver(one.all_bad(Reason.DEVICE_OFFLINE, at))

    def _is_there(self, state: DeviceState) -> None:
        at = self._clock.now()
        was_gone = not state.breaker.closed
        if state.breaker.answered():
            self._probing.answered(state, at.mono)
        for one in self._units[state.device.address]:
            if was_gone:
                self._schedule.rush(at.mono, one.id)
            if one.online is not True and one.recognised:
                one.online = True
                log.info("device.online", link=self._link, device=one.id)
                self._sink.deliver([online(one.id, True, at)])

    def _arrange(self, state: DeviceState) -> None:
        """Let the device have its turns or not."""
        if state.askable:
            self._schedule.release(state.id)
        else:
            self._schedule.hold(state.id)

    def _forget_answers(self, state: DeviceState) -> None:
        for poll in self._schedule.of(state.id):
            poll.answer = None


def _units(devices: Mapping[str, DeviceState]) -> dict[str, list[DeviceState]]:
    """Address -> its devices; those behind one unit are silent and come back together, so they share its breaker."""
    units: dict[str, list[DeviceState]] = {}
    for state in devices.values():
        same = units.setdefault(state.device.address, [])
        same.append(state)
        state.breaker = same[0].breaker
    return units
