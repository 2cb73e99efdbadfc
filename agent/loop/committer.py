"""Puts what was decided on disk, in order, before anybody hears of it; keeps it in memory while the disk fails."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from drivers.points import Instant
from rules.effects import Command, Effects, Row
from rules.facts import SystemFact, When
from runtime.clock import Clock
from runtime.errors import StoreError
from runtime.supervisor import Backoff, keep_trying

PENDING_EVENTS_ALLOWED = 10_000
"""Events kept in memory while the store fails: hours of a busy plant room in some 20 MB."""
RETRY_FIRST, RETRY_CAP = 0.5, 30.0
"""Pauses between attempts to commit, in seconds."""

log = structlog.get_logger()


class Store(Protocol):
    """The part of the journal that takes effects."""

    @property
    def durable(self) -> bool:
        """Whether what is stored survives a power cut."""

    async def commit(self, effects: Effects, at: Instant) -> object:
        """Store rows and events in one transaction; raises StoreError, and then stored nothing."""


@dataclass(slots=True)
class StepEffects:
    """The effects of one step, and who waits to hear that they are stored."""

    effects: Effects
    at: Instant
    waiters: list[asyncio.Future[None]] = field(default_factory=list)


class Committer:
    """A bounded queue of batches in front of the store."""

    def __init__(self, store: Store, clock: Clock, allowed: int = PENDING_EVENTS_ALLOWED) -> None:
        """``allowed`` events may wait; beyond that the oldest are lost, counted and reported."""
        self.on_commands: Callable[[list[Command]], object] = _ignore
        """Takes commands that may act now; called once with each."""
        self.on_durable: Callable[[bool], object] = _ignore
        """Told when the store begins to fail (False) and when it works again (True)."""
        self.degraded = False
        """Whether the store is failing: decisions go on, proofs wait in memory."""
        self.error = ""
        """Message code of the last failure."""
        self.particulars: dict[str, str] = {}
        """What fills the text of ``error``."""
        self.lost = 0
        """Events dropped since the start of the process."""
        self._unreported = 0
        self._held: list[Command] = []
        self._store = store
        self._clock = clock
        self._allowed = allowed
        self._batches: deque[StepEffects] = deque()
        self._waiting = 0
        self._work = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._ended = False
        self._backoff = Backoff(RETRY_FIRST, RETRY_CAP)

    @property
    def pending(self) -> int:
        """Events that wait to be stored."""
        return self._waiting

    def put(self, effects: Effects, at: Instant, waiters: list[asyncio.Future[None]] | None = None) -> None:
        """Queue the effects of one step; ``waiters`` are resolved once they and all before them are stored."""
        self._batches.append(StepEffects(effects, at, waiters or []))
        if self._ended:
            _refuse(self._batches[-1].waiters, StoreError("store.closed", path=""))
        if self.degraded:
            self._release(self._batches[-1], lambda command: command.safe)
        self._waiting += len(effects.events)
        while self._waiting > self._allowed and len(self._batches) > 2:
            self._give_up_oldest()
        self._empty.clear()
        self._work.set()

    async def store(self, effects: Effects, at: Instant) -> None:
        """Queue the effects of one step; returns once they are stored. Raises StoreError when they are not yet."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.put(effects, at, [stored])
        await stored

    async def run(self) -> None:
        """Commit batch after batch, until cancelled; whoever still waits then is told that it will not be stored."""
        try:
            while True:
                await self._work.wait()
                while self._batches:
                    await self._settle_first()
                self._work.clear()
                self._empty.set()
        finally:
            self._ended = True
            for batch in self._batches:
                _refuse(batch.waiters, StoreError("store.closed", path=""))

    async def drain(self) -> None:
        """Wait until everything queued is stored."""
        await self._empty.wait()

    async def caught_up(self) -> None:
        """Wait until what is queued now is stored; not while the store fails: then memory is all there is."""
        if self._batches and not self.degraded:
            with suppress(StoreError):
                await self.store(Effects(), self._clock.now())

    def plain(self) -> dict[str, object]:
        """As JSON values for ``status``."""
        why = {"error": self.error, "error_arguments": self.particulars}
        return {"degraded": self.degraded, **why, "pending_events": self._waiting, "lost": self.lost}

    async def _settle_first(self) -> None:
        if self._batches[0].effects:
            await keep_trying("store", self._attempt, expected=(StoreError,), clock=self._clock, backoff=self._backoff)
        batch = self._batches.popleft()
        self._waiting -= len(batch.effects.events)
        if self.degraded and batch.effects:
            # Memory has it, which is enough to be told and too little to act on.
            _refuse(batch.waiters, StoreError("store.volatile"))
            self._held += batch.effects.commands
        else:
            self._release(batch, lambda _: True)
        for waiter in batch.waiters:
            if not waiter.done():
                waiter.set_result(None)
        if self._unreported:
            self._report_loss()

    async def _attempt(self) -> None:
        batch = self._batches[0]
        try:
            await self._store.commit(batch.effects, batch.at)
        except StoreError as error:
            self._failed(error)
            raise
        if self.degraded and self._store.durable:
            self._recovered()
        elif not self._store.durable:
            self._failed(StoreError("store.volatile"))

    def _failed(self, error: StoreError) -> None:
        if not self.degraded:
            log.error("store.degraded", error=error.code)
            self.degraded = True
            self.on_durable(False)
        self.error, self.particulars = error.code, error.particulars
        for batch in self._batches:
            _refuse(batch.waiters, error)
            # What gives equipment back to its duty does not wait for a disk.
            self._release(batch, lambda command: command.safe)

    def _recovered(self) -> None:
        self.degraded = False
        self.error, self.particulars = "", {}
        self.on_durable(True)
        held, self._held = self._held, []
        if held:
            self.on_commands(held)
        log.warning("store.recovered", pending=self._waiting, lost=self._unreported)

    def _release(self, batch: StepEffects, may_act: Callable[[Command], bool]) -> None:
        acting = [command for command in batch.effects.commands if may_act(command)]
        batch.effects.commands = [command for command in batch.effects.commands if not may_act(command)]
        if acting:
            self.on_commands(acting)

    def _report_loss(self) -> None:
        at = self._clock.now()
        fact = system_fact("agent.events-lost", at, simulated=self._clock.simulated, count=self._unreported)
        self._unreported = 0
        # Past the bound if need be: the report of a loss must not cause one.
        self._batches.append(StepEffects(Effects(events=[fact]), at))
        self._waiting += 1

    def _give_up_oldest(self) -> None:
        # The head may be in the hands of the store at this moment: the one behind it goes. Its rows stay, as state.
        head, oldest, following = self._batches.popleft(), self._batches.popleft(), self._batches.popleft()
        dropped = len(oldest.effects.events)
        rows = _newest_rows([*oldest.effects.rows, *following.effects.rows])
        commands = [*oldest.effects.commands, *following.effects.commands]
        merged = Effects(rows, following.effects.events, commands)
        self._batches.extendleft([StepEffects(merged, following.at, [*oldest.waiters, *following.waiters]), head])
        self._waiting -= dropped
        self.lost += dropped
        self._unreported += dropped


def system_fact(code: str, at: Instant, *, simulated: bool, **arguments: object) -> SystemFact:
    """An event about the agent itself; its text is the message ``code``."""
    texts = {key: str(value) for key, value in arguments.items()}
    return SystemFact(code, texts, When(at.wall, at.trusted, at.boot, at.mono), simulated)


def _ignore(_: object) -> None:
    """Nobody is interested."""


def _newest_rows(rows: list[Row]) -> list[Row]:
    return list({(row.table, row.key): row for row in rows}.values())


def _refuse(waiters: list[asyncio.Future[None]], error: StoreError) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_exception(error)
