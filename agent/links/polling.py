"""What a link asks its devices, and what an outcome means: for its own device everything, for the others nothing."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from agent.links.device import DeviceState, bad
from agent.links.device_statistics import plain_counts
from agent.links.intake import Intake
from agent.links.outcome import Answered, Decision, DeviceHistory, DeviceVerdict, Retry, decide
from agent.links.presence import Presence
from agent.links.probing import Probing
from agent.links.recognition import Recognition
from agent.links.schedule import Poll, PollSchedule
from agent.links.setup import LinkSetup
from drivers.contract import LinkDown, NoAnswer, Refused, Request
from drivers.identification import Identification
from drivers.points import Instant, Reason

T = TypeVar("T")
Outcome = bytes | Identification | NoAnswer | Refused
"""What comes of a question; an identification when another device answers."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Probe:
    """The question whether a silent device is there, or whether one without values has any again."""

    state: DeviceState
    request: Request
    poll: Poll | None = None
    """The poll that is made to see a value."""


class Polling:
    """The devices of one link and their polls."""

    def __init__(self, setup: LinkSetup) -> None:
        """Plan the requests of every device."""
        driver, clock, devices = setup.driver, setup.clock, setup.devices
        self._link = setup.id
        self._driver = driver
        self._clock = clock
        self._sink = setup.sink
        self._recognition = Recognition(setup.id, setup.recognised)
        self._intake = Intake(driver, clock, setup.sink)
        start = clock.real_now().mono
        # On a wire with several requests under way nobody has to wait for a silent device.
        alone = len({device.address for device in devices}) == 1 or driver.in_flight > 1
        self._hurried = driver.serial and not alone
        self._devices = {device.id: DeviceState(device, alone=alone, start=start) for device in devices}
        self._probing = Probing(self._devices, shared=not alone, behind=not driver.serial, scale=clock.speed)
        self._schedule = PollSchedule()
        requests = ((request, device.period(request.poll)) for device in devices for request in driver.plan(device))
        self._schedule.add(requests, clock.now().mono)
        states = self._devices.values()
        self._presence = Presence(setup, states, self._schedule, self._probing, self._recognition)

    def due(self, now: float) -> Poll | Probe | None:
        """What is to be asked at monotonic ``now``, if anything."""
        state = self._probing.take(now, self._schedule.next_due())
        if state is not None:
            return self._probe(state)
        # While a gateway waits for a unit it answers nobody: only who is known to answer shows when it is over, and
        # another unit that is not there would begin the next wait.
        return self._schedule.take(now, self._known) if self._probing.lingers(now) else self._schedule.take(now)

    def _known(self, name: str) -> bool:
        breaker = self._devices[name].breaker
        return breaker.heard and breaker.closed

    def next_moment(self, now: float) -> float | None:
        """When something is due next; None: nothing ever is by itself."""
        moments = (self._probing.next_moment(now), self._schedule.next_due())
        return min((moment for moment in moments if moment is not None), default=None)

    async def ask(self, work: Poll | Probe) -> None:
        """Ask once and draw the conclusions; raises LinkDown."""
        state = work.state if isinstance(work, Probe) else self._devices[work.request.device]
        try:
            if isinstance(work, Probe):
                await self._ask_whether_there(state, work)
            else:
                await self._poll(state, work)
        finally:
            for one in self._presence.behind(state):
                self._presence.arrange(one)

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

    def ended(self) -> None:
        """Nobody looks any more, so nobody knows who answers."""
        for state in self._devices.values():
            self._recognition.lost(state)

    def resume(self) -> None:
        """The wire is there again: every point is read at once."""
        self._schedule.rush(self._clock.now().mono)

    def lost(self, at: Instant) -> None:
        """The wire is gone: no device is known to be there, every point is bad."""
        self._presence.lost(at)

    def totals(self, now: float) -> dict[str, object]:
        """The counts of all devices together, as JSON values.

        ``load`` is the share of the last minute the wire was taken; None where requests do not wait for each other.
        """
        devices = [state.statistics for state in self._devices.values()]
        load = round(min(1.0, sum(device.busy.share(now) for device in devices)), 4)
        return {**plain_counts(devices), "load": None if self._driver.in_flight > 1 else load}

    def plain(self, now: float) -> dict[str, dict[str, object]]:
        """Every device as JSON values for ``status``, at monotonic ``now`` of the world outside."""
        return {
            name: {**state.plain(now), "unasked": self._driver.strays(state.device).octets}
            for name, state in self._devices.items()
        }

    def _probe(self, state: DeviceState) -> Probe:
        state.breaker.probe()
        state.probing = True
        polls = self._schedule.of(state.id)
        if state.without_value:
            # That it answers is known; only a value shows that it is back, of whichever poll.
            poll = polls[state.breaker.failures % len(polls)]
            return Probe(state, poll.request, poll)
        smallest = min((poll.request for poll in polls), key=lambda request: len(request.points))
        return Probe(state, self._driver.probe(smallest, self._probing.seconds(state)))

    async def _ask_whether_there(self, state: DeviceState, probe: Probe) -> None:
        excused = self._excused()
        try:
            ask = self._there if probe.poll is None else self._read
            answer: object = await ask(state, probe.request)
        finally:
            state.probing = False
            state.breaker.abandon()
        if isinstance(answer, NoAnswer):
            if not excused:
                self._presence.count_silence(state)
        elif probe.poll is None:
            self._presence.is_there(state)
        else:
            given = isinstance(answer, bytes) and self._intake.take(probe.poll, state, answer)
            self._presence.apply(DeviceVerdict.VALUE if given else DeviceVerdict.WORD, state)

    async def _there(self, state: DeviceState, request: Request) -> object:
        """Anything but NoAnswer: it is there, and known or known to be another. Raises LinkDown."""
        answer = await self._asked(state, self._driver.read(request))
        return answer if isinstance(answer, NoAnswer) else await self._look(state)

    async def _poll(self, state: DeviceState, poll: Poll) -> None:
        excused = self._excused()
        try:
            answer = await self._read(state, self._patiently(poll, state))
        except asyncio.CancelledError:
            # The wire was lost under another request: this one did not get its turn.
            self._schedule.put_back(poll)
            raise
        except LinkDown:
            self._again(
                poll, state, Decision(DeviceVerdict.SILENCE, Retry.NEXT if poll.unanswered else Retry.ONCE_SEEN)
            )
            poll.unanswered, poll.answer = poll.unanswered + 1, None
            raise
        if excused and isinstance(answer, NoAnswer):
            # It was not heard, perhaps: its poll is made again, and nothing is held against it.
            self._schedule.put_back(poll)
        else:
            self._follow(poll, state, answer)

    def _excused(self) -> bool:
        """Whether silence says nothing of a device: a gateway may be waiting for another."""
        return self._probing.lingers(self._clock.now().mono)

    def _patiently(self, poll: Poll, state: DeviceState) -> Request:
        """The request of ``poll`` with the time its answer may take where others wait for the wire."""
        seconds = self._probing.patience(state, again=poll.unanswered > 0) if self._hurried else poll.request.timeout
        return poll.request if seconds == poll.request.timeout else replace(poll.request, timeout=seconds)

    async def _read(self, state: DeviceState, request: Request) -> Outcome:
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
            self._presence.forget_answers(state)
            self._sink.deliver(state.all_bad(Reason.IDENTITY, self._clock.now()))

    async def _asked(self, state: DeviceState, question: Awaitable[T]) -> T | NoAnswer | Refused:
        """The answer or what came instead, counted; raises LinkDown."""
        began = self._clock.real_now().mono
        state.under_way += 1
        self._presence.arrange(state)
        try:
            answer = await question
        except (NoAnswer, Refused) as error:
            return self._counted(state, error, began)
        except LinkDown:
            if len(self._presence.units) > 1:
                # Others prove the wire first: a device that has its gateway hang up must not take it from everybody.
                self._presence.count_silence(state)
            raise
        else:
            if not isinstance(answer, Identification) or answer.found:
                took = self._clock.real_now().mono - began
                self._probing.delayed(state, took, self._clock.now().mono)
                state.statistics.answered(took)
            return answer
        finally:
            state.under_way -= 1
            now = self._clock.real_now().mono
            state.statistics.busy.add(now - began, now)

    def _counted(self, state: DeviceState, error: NoAnswer | Refused, began: float) -> NoAnswer | Refused:
        """The error, charged to the bus unless it is what any line loses of a device that answers well."""
        lost = isinstance(error, NoAnswer) and (self._excused() or not state.breaker.forgives)
        if lost or (isinstance(error, Refused) and state.without_value):
            self._probing.charge(self._clock.real_now().mono - began, self._clock.now().mono)
        state.statistics.failed(error)
        return error

    def _follow(self, poll: Poll, state: DeviceState, answer: Outcome) -> None:
        """Draw the conclusions from the outcome of a poll."""
        if isinstance(answer, NoAnswer | Refused):
            decision = self._without_answer(poll, state, answer)
            self._presence.apply(decision.says, state)
            if decision.told and state.breaker.closed:
                self._sink.deliver(bad(poll.request.points, answer.reason, self._clock.now()))
            return
        poll.unanswered = 0
        self._over(poll, state)
        if isinstance(answer, Identification):
            # Another device is no word of this one; its points are bad and it is offline already.
            poll.answer = None
            self._presence.is_there(state)
        else:
            given = self._intake.take(poll, state, answer)
            self._presence.apply(decide(Answered(given), DeviceHistory()).says, state)

    def _without_answer(self, poll: Poll, state: DeviceState, error: NoAnswer | Refused) -> Decision:
        parts = self._driver.split(poll.request, error) if isinstance(error, Refused) else ()
        breaker = state.breaker
        decision = decide(error, DeviceHistory(poll.unanswered, not breaker.closed, breaker.trusted, bool(parts)))
        poll.unanswered, poll.answer = poll.unanswered + 1, None
        if decision.again is Retry.PARTS and isinstance(error, Refused):
            log.info("device.split", link=self._link, device=state.id, requests=len(parts), number=error.number)
            self._schedule.replace(poll, parts, self._clock.now().mono)
        else:
            poll.without_value = poll.without_value or decision.told
            self._again(poll, state, decision)
        return decision

    def _again(self, poll: Poll, state: DeviceState, decision: Decision) -> None:
        """Give the poll back to the schedule."""
        if decision.again is Retry.NEXT:
            self._over(poll, state)
        elif decision.again is Retry.SOON:
            self._schedule.defer(poll, self._clock.now().mono + decision.pause * self._clock.speed)
        else:
            self._schedule.put_back(poll)

    def _over(self, poll: Poll, state: DeviceState) -> None:
        """The poll had its turn; its next one comes at its next due moment."""
        state.statistics.polled(self._schedule.done(poll, self._clock.now().mono))
