"""Turns what comes in into decisions: collects inputs a moment, steps the engine, hands its effects to the store."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from agent.loop.committer import Committer
from agent.loop.image import Image
from drivers.points import Instant, PlantgateError, Reading
from rules.effects import Effects
from rules.inputs import Input
from runtime.clock import Clock

S = TypeVar("S")

log = structlog.get_logger()

COALESCED = 0.005
"""Seconds in which what arrives together is decided together."""
HEARTBEAT = 1.0
"""Longest real seconds between two rounds: the watchdog is fed by them."""


class Decider(Protocol[S]):
    """The engine, seen from here."""

    def step(self, state: S, inputs: Sequence[Input], at: Instant) -> tuple[S, Effects]:
        """Decide; pure."""

    def next_due(self, state: S) -> float | None:
        """Monotonic second at which a timer is due; None without timers."""


class Ticker(Generic[S]):
    """The only place where the engine's state changes. Links deliver readings to it, everybody else inputs."""

    def __init__(
        self,
        engine: Decider[S],
        state: S,
        image: Image,
        committer: Committer,
        clock: Clock,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """``beat`` is called after each completed round, at least each second."""
        self.state = state
        self.steps = 0
        self.engine = engine
        self._image = image
        self._committer = committer
        self._clock = clock
        self._beat = beat
        self._requests: deque[tuple[Input, asyncio.Future[None] | None]] = deque()
        self._wake = asyncio.Event()

    def deliver(self, readings: Sequence[Reading], block: str = "") -> None:
        """Take readings from a link; only those that differ are worth a step."""
        if self._image.update(readings, block):
            self._wake.set()

    def refresh(self, block: str, at: Instant) -> None:
        """Note that an answer came again unchanged."""
        self._image.refresh(block, at)

    async def submit(self, entry: Input) -> None:
        """Put one input to the engine; returns once what it caused is stored.

        Raises what the engine refused it with, or StoreError when it was decided but could not be stored yet.
        """
        await self.enter(entry)

    def enter(self, entry: Input) -> asyncio.Future[None]:
        """Put one input to the engine at once; the future tells what ``submit`` does."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests.append((entry, stored))
        self._wake.set()
        return stored

    def tell(self, entry: Input) -> None:
        """Put one input to the engine without waiting for what it causes: an outcome, a change of the store."""
        self._requests.append((entry, None))
        self._wake.set()

    async def stored(self) -> None:
        """Wait until what was decided up to now is stored, so that a kill cannot change it any more.

        Does not wait while the store fails, which ``status`` tells.
        """
        await self._committer.caught_up()

    def exchange(self, engine: Decider[S], state: S, effects: Effects) -> None:
        """Decide with another engine from now on; ``effects`` are what going over to it caused."""
        self.engine = engine
        self.state = state
        self._committer.put(effects, self._clock.now())
        self._wake.set()

    async def run(self) -> None:
        """Decide whenever something came in or a timer is due, until cancelled."""
        while True:
            await self._clock.wait(self._wake, self._next_moment())
            if self._wake.is_set():
                await self._clock.real_sleep(COALESCED)
                self._wake.clear()
            self.tick()
            self._beat()

    def tick(self) -> None:
        """One round: step the engine if there is anything to decide."""
        at = self._clock.now()
        due = self.engine.next_due(self.state)
        if not self._image.changed and not self._requests and (due is None or at.mono < due):
            return
        inputs: list[Input] = [*self._image.take_changes()]
        waiters = self._next_request(inputs)
        self.state, effects = self.engine.step(self.state, inputs, at)
        self.steps += 1
        _refuse(waiters, effects.refused)
        if effects or waiters:
            self._committer.put(effects, at, waiters)

    def finish(self) -> None:
        """Decide everything that has come in: nobody runs the rounds any more."""
        self.tick()
        while self._requests:
            self.tick()

    def _next_request(self, inputs: list[Input]) -> list[asyncio.Future[None]]:
        # What somebody waits for comes one a step, so that a refusal is known to be the answer to it.
        told = len(inputs)
        while self._requests and self._requests[0][1] is None:
            inputs.append(self._requests.popleft()[0])
        waiters = []
        if self._requests and len(inputs) == told:
            entry, waiter = self._requests.popleft()
            inputs.append(entry)
            waiters += [waiter] if waiter else []
        if self._requests:
            self._wake.set()
        return waiters

    def _next_moment(self) -> float:
        now = self._clock.now().mono
        due = self.engine.next_due(self.state)
        beat = now + HEARTBEAT * self._clock.speed
        # A timer that stays due must not become a busy loop.
        return beat if due is None else min(beat, max(due, now + COALESCED))


def _refuse(waiters: list[asyncio.Future[None]], refused: Sequence[PlantgateError]) -> None:
    for error in refused:
        log.info("ticker.refused", error=error.code, **{key: str(value) for key, value in error.arguments.items()})
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(error)
