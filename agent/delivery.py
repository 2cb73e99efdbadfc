"""What goes over one connection, and in which order: live events, then replays, then the backlog."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from agent import wire
from agent.clock import Clock
from agent.errors import PublishRefused, WireError
from agent.journal import Entry, Journal
from agent.mqtt import Connection
from agent.wire import Envelope, EventMessage, Replay, Topics
from rules.facts import When

log = structlog.get_logger()

LIVE_BATCH = 100
"""Events between two looks at what is more urgent; a live event waits for one batch at most."""
BACKLOG_BATCH = 50
"""Small, since a live event waits for a batch: 50 kB take 2 s on a poor mobile link."""


class Delivery:
    """What is delivered over one connection, and in which order."""

    def __init__(
        self,
        journal: Journal,
        topics: Topics,
        connection: Connection,
        clock: Clock,
        work: asyncio.Event,
        boundary: int,
    ) -> None:
        self.boundary = boundary
        self.on_sent: Callable[[int], None] = lambda _: None
        self._journal = journal
        self._topics = topics
        self._connection = connection
        self._clock = clock
        self._work = work
        self._replays: dict[tuple[str, str], Replay] = {}

    @classmethod
    async def begin(
        cls, journal: Journal, topics: Topics, connection: Connection, clock: Clock, work: asyncio.Event
    ) -> "Delivery":
        """Everything committed before now is backlog."""
        await journal.retry_refused()
        return cls(journal, topics, connection, clock, work, await journal.last_position())

    def ask(self, replay: Replay) -> None:
        """Send these again soon; a consumer's newer question about an epoch replaces its older one."""
        self._replays[replay.consumer, replay.epoch] = replay
        self._work.set()

    async def deliver(self) -> None:
        """Send what there is and wait for more, until the connection fails."""
        while True:
            self._work.clear()
            await self.flush()
            await self._work.wait()

    async def flush(self) -> None:
        """Send what there is."""
        while batch := await self._next():
            await self._send(batch)

    async def _next(self) -> list[Entry]:
        """Live events, else what a consumer asked for, else backlog."""
        live = await self._journal.unsent(LIVE_BATCH, after=self.boundary)
        return live or await self._next_replay() or await self._journal.unsent(BACKLOG_BATCH, until=self.boundary)

    async def _next_replay(self) -> list[Entry]:
        while self._replays:
            key, replay = next(iter(self._replays.items()))
            entries = await self._journal.read_range(
                replay.epoch, replay.first, min(replay.last, replay.first + BACKLOG_BATCH - 1)
            )
            rest = Replay(replay.consumer, replay.gateway, replay.epoch, replay.first + BACKLOG_BATCH, replay.last)
            if entries and rest.first <= rest.last:
                self._replays[key] = rest
            else:
                del self._replays[key]
            if entries:
                return entries
            log.warning("replay.unavailable", consumer=replay.consumer, epoch=replay.epoch, first=replay.first)
        return []

    async def _send(self, batch: list[Entry]) -> None:
        """Send a batch and note each outcome, also of those before a failure: a flapping link must make progress."""
        flying: list[tuple[Entry, asyncio.Future[None]]] = []
        try:
            for entry in batch:
                flying.append((entry, await self._hand_over(entry)))
            for _, ack in flying:
                with suppress(PublishRefused):  # noted below
                    await ack
        finally:
            await self._note([(entry, ack) for entry, ack in flying if ack.done() and not ack.cancelled()])

    async def _note(self, flown: list[tuple[Entry, asyncio.Future[None]]]) -> None:
        sent = [entry for entry, ack in flown if ack.exception() is None]
        refused = [(entry, ack.exception()) for entry, ack in flown if isinstance(ack.exception(), PublishRefused)]
        if sent:
            await self._journal.mark_sent(sent)
            self.on_sent(len(sent))
        if refused:
            await self._journal.mark_refused([entry for entry, _ in refused])
        for entry, reason in refused:
            log.error("uplink.refused", epoch=entry.epoch, seq=entry.seq, reason=str(reason))

    async def _hand_over(self, entry: Entry) -> asyncio.Future[None]:
        try:
            payload = wire.encode_event(self._message(entry), entry.body)
        except WireError as error:
            unsendable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            unsendable.set_exception(PublishRefused(error.code, **error.arguments))
            return unsendable
        return await self._connection.send(self._topics.event(entry.kind), payload)

    def _message(self, entry: Entry) -> EventMessage:
        at = entry.committed
        envelope = Envelope(
            committed=When(at.wall, at.trusted, at.boot, at.mono),
            sent=self._clock.real_now().wall,
            historical=entry.position <= self.boundary,
            attempt=entry.sent + 1,
        )
        gateway = self._journal.gateway
        return EventMessage(gateway, entry.epoch, entry.seq, entry.kind, entry.hash, entry.previous, envelope, {})
