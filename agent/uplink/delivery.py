"""What goes over one connection, and in which order: live events, then replays, then the backlog at its pace."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from agent.journal import Entry, Journal
from agent.uplink.telemetry import TelemetryQueue
from agent.uplink.window import SendWindow
from drivers.points import Instant
from headquarters.contract import protocol
from headquarters.contract.protocol import Ack, Envelope, EventMessage, Range, Replay, Topics
from rules.facts import When
from runtime.clock import Clock
from runtime.errors import PublishRefused, UplinkError, WireError
from runtime.mqtt.client import Connection, publish
from runtime.parsing import MAX_INTEGER

log = structlog.get_logger()

LIVE_BATCH = 100
"""Events between two looks at what is more urgent; a live event waits for one batch at most."""
BACKLOG_BATCH = 50
"""Small, since a live event waits for a batch: 50 kB take 2 s on a poor mobile link."""
BACKLOG_PAGE = 500
"""Events of the backlog read at once."""
TELEMETRY_BATCH = 20
"""Messages of telemetry between two looks at events."""
REPLAYS_KEPT = 16
"""Questions of consumers that wait for their answer; each replaces the older one of the same consumer and epoch."""


class BacklogRate:
    """How fast the backlog may go: so many a second, on average over a batch."""

    def __init__(self, rate: float) -> None:
        """``rate`` in events a second."""
        self._rate = rate
        self._free = float("-inf")

    def wait(self, at: Instant) -> float:
        """Seconds until more may go."""
        return max(0.0, self._free - at.mono)

    def spend(self, count: int, at: Instant) -> None:
        """So many went."""
        self._free = max(self._free, at.mono) + count / self._rate


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
        rate: float = 5000.0,
        lane: TelemetryQueue | None = None,
        consumers: Sequence[str] = (),
    ) -> None:
        """Everything up to position ``boundary`` is backlog, and goes at ``rate`` events a second.

        It goes no faster than ``consumers`` acknowledge it, and so does what they ask for again.

        Telemetry of ``lane`` goes before it, and after events of now.
        """
        self.boundary = boundary
        self.on_sent: Callable[[int], None] = lambda _: None
        self.on_parked: Callable[[Entry, str], None] = lambda _, __: None
        """Told of each event the broker declined, and why."""
        self.unconfirmed: Entry | None = None
        """The first event under way when the connection broke: after its end, who may have broken it."""
        self._journal = journal
        self._topics = topics
        self._connection = connection
        self._clock = clock
        self._work = work
        self._pace = BacklogRate(rate)
        self._window = SendWindow(consumers)
        self._lane = lane
        self._page: deque[Entry] = deque()
        self._unmarked: list[Entry] = []
        self._replays: dict[tuple[str, str], Replay] = {}

    def ask(self, replay: Replay) -> None:
        """Send these again soon. Raises WireError for an impossible range, and when too many have asked."""
        key = replay.consumer, replay.epoch
        if not 1 <= replay.first <= replay.last < replay.first + protocol.MAX_REPLAY:
            raise WireError("wire.malformed", what="Replay", reason=f"{replay.first}..{replay.last}")
        if key not in self._replays and len(self._replays) >= REPLAYS_KEPT:
            raise WireError("wire.too-many", allowed=REPLAYS_KEPT)
        self._replays[key] = replay
        self._work.set()

    def heard(self, ack: Ack) -> None:
        """A consumer acknowledged something: there is room for more."""
        self._window.heard(ack, self._clock.real_now())
        self._work.set()

    async def deliver(self) -> None:
        """Send what there is and wait for more, until the connection fails."""
        try:
            while True:
                await self._clock.real_wait(self._work, await self.flush())
        finally:
            await self._mark()

    async def flush(self, *, hurry: bool = False) -> float | None:
        """Send what may go now, in a ``hurry`` all; returns after how many seconds there will be more, if any."""
        looked = False
        while True:
            # What is urgent wakes us: without a call there is nothing to look for between two batches.
            if not looked or self._work.is_set():
                self._work.clear()
                looked = not await self._send_urgent()
                continue
            at = self._clock.real_now()
            room = BACKLOG_BATCH if hurry else min(self._window.room(at), BACKLOG_BATCH)
            if room <= 0:
                return self._window.wait(at)
            if await self._send_replay(room, at):
                continue
            if (pause := self._pace.wait(at)) and not hurry:
                return pause
            if not await self._send_backlog(room, at):
                return None

    async def _send_replay(self, room: int, at: Instant) -> bool:
        if batch := await self._next_replay(room):
            self._window.sent(batch, at, again=True)
            await self._send(batch)
        return bool(batch)

    async def _send_backlog(self, room: int, at: Instant) -> bool:
        if batch := await self._next_backlog(room):
            self._pace.spend(len(batch), at)
            self._window.sent(batch, at)
            await self._send(batch, mark=False)
        return bool(batch)

    async def _send_urgent(self) -> bool:
        """Send some live events, else telemetry; whether there was any."""
        if batch := await self._journal.unsent(LIVE_BATCH, after=self.boundary):
            await self._send(batch)
        return bool(batch) or await self._send_telemetry()

    async def _next_backlog(self, room: int) -> list[Entry]:
        if not self._page:
            await self._mark()
            self._page.extend(await self._journal.unsent(BACKLOG_PAGE, until=self.boundary))
        return [self._page.popleft() for _ in range(min(room, len(self._page)))]

    async def _next_replay(self, room: int) -> list[Entry]:
        held_back = await self._journal.held_back() if self._replays else ()
        for key in [key for key in self._replays if key[1] in held_back]:
            del self._replays[key]  # it is asked for again, when it is known what of it there is
        while self._replays:
            key, replay = next(iter(self._replays.items()))
            asked = Range(replay.first, min(replay.last, replay.first + room - 1, self._end(replay.epoch)))
            await self._mark()  # what is read says how often it was sent
            entries = await self._journal.read_range(replay.epoch, asked.first, asked.last)
            # A newer question may have taken its place meanwhile.
            if self._replays.get(key) is replay:
                del self._replays[key]
                if asked.last < min(replay.last, self._end(replay.epoch)):
                    self._replays[key] = replace(replay, first=asked.last + 1)
            await self._tell_gone(replay, protocol.holes(asked, [entry.seq for entry in entries]))
            if entries:
                return entries
        return []

    def _end(self, epoch: str) -> int:
        """Beyond the head of the epoch that goes on nothing is gone: it has not been yet."""
        return self._journal.head if epoch == self._journal.epoch.id else MAX_INTEGER

    async def _tell_gone(self, replay: Replay, ranges: list[Range]) -> None:
        epoch = replay.epoch
        if epoch != self._journal.epoch.id and not self._journal.durable:
            return  # it may well be in the file that cannot be read now
        if ranges:
            log.warning("replay.unavailable", epoch=epoch, first=ranges[0].first)
            gone = protocol.Gone(replay.gateway, epoch, ranges)
            topic = self._named(replay.gateway).named("gone")
            try:
                await publish(self._connection, topic, protocol.encode(gone))
            except PublishRefused as error:  # a broker may keep a former name from us: it is no reason to end
                log.warning("replay.unanswered", topic=topic, reason=str(error))

    async def _send(self, batch: list[Entry], *, mark: bool = True) -> None:
        """Send a batch and note each outcome, also of those before a failure: a flapping link must make progress.

        Without ``mark`` the journal hears of it with the page: an fsync for each batch would cost more than sending it,
        and a power cut before it costs duplicates only.
        """
        flying: list[tuple[Entry, asyncio.Future[None]]] = []
        try:
            for entry in batch:
                flying.append((entry, await self._hand_over(entry)))
            for _, ack in flying:
                with suppress(PublishRefused):  # noted below
                    await ack
        finally:
            self.unconfirmed = next((entry for entry, ack in flying if _broken(ack)), None)
            await self._note([(entry, ack) for entry, ack in flying if ack.done() and not ack.cancelled()])
            if mark:
                await self._mark()

    async def _send_telemetry(self) -> bool:
        """Send a little of what the lane holds; what does not arrive is counted there."""
        if self._lane is None or not (messages := self._lane.take(TELEMETRY_BATCH)):
            return False
        flying: list[asyncio.Future[None]] = []
        try:
            for message in messages:
                topic = self._topics.named(f"telemetry/{message.equipment}")
                flying.append(await self._connection.send(topic, protocol.encode(message)))
            for ack in flying:
                with suppress(PublishRefused):
                    await ack
        finally:
            arrived = sum(ack.done() and not ack.cancelled() and ack.exception() is None for ack in flying)
            self._lane.drop(len(messages) - arrived)
        return True

    async def _note(self, flown: list[tuple[Entry, asyncio.Future[None]]]) -> None:
        sent = [entry for entry, ack in flown if ack.exception() is None]
        refused = [(entry, ack.exception()) for entry, ack in flown if _refused(ack)]
        if sent:
            self._unmarked += sent
            self.on_sent(len(sent))
        if refused:
            await self._journal.mark_refused([entry for entry, _ in refused])
        for entry, reason in refused:
            self.on_parked(entry, str(reason))

    async def _mark(self) -> None:
        """Let the journal know what the broker confirmed."""
        marked, self._unmarked = self._unmarked, []
        if marked:
            await self._journal.mark_sent(marked)

    async def _hand_over(self, entry: Entry) -> asyncio.Future[None]:
        try:
            payload = protocol.encode_event(self._message(entry), entry.body)
        except WireError as error:
            unsendable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            unsendable.set_exception(PublishRefused(error.code, **error.arguments))
            return unsendable
        return await self._connection.send(self._named(entry.gateway).event(entry.kind), payload)

    def _named(self, gateway: str) -> Topics:
        """Where an event goes whose chain begins with this name of ours: under another one nobody could prove it."""
        return self._topics if gateway == self._topics.gateway else replace(self._topics, gateway=gateway)

    def _message(self, entry: Entry) -> EventMessage:
        at = entry.committed
        envelope = Envelope(
            committed=When(at.wall, at.trusted, at.boot, at.mono),
            sent=self._clock.real_now().wall,
            historical=entry.position <= self.boundary,
            attempt=entry.sent + 1,
        )
        return EventMessage(
            entry.gateway, entry.epoch, entry.seq, entry.kind, entry.hash, entry.previous, envelope, {}
        )  # fmt: skip


def _broken(ack: asyncio.Future[None]) -> bool:
    """Whether the connection ended before the broker said anything about it."""
    return not ack.done() or (not ack.cancelled() and isinstance(ack.exception(), UplinkError) and not _refused(ack))


def _refused(ack: asyncio.Future[None]) -> bool:
    return isinstance(ack.exception(), PublishRefused)
