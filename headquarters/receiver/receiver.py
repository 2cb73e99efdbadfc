"""Headquarters' receiver: takes events from the broker, proves and stores them, acknowledges what its store holds.

It may be killed at any instant: it acknowledges only what is committed, and asks for whatever it finds missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from drivers.points import PlantgateError
from headquarters.contract import protocol
from headquarters.contract.protocol import Ack, Birth, Claim, EventMessage, Gone, Held, Replay, State, Telemetry, Topics
from headquarters.receiver.gaps import Gaps
from headquarters.stores.sqlite import ReceiverStore
from headquarters.stores.values import Announcement, Arrival, ArrivalVerdict, GatewayMessage, Watermark
from runtime.clock import Clock
from runtime.errors import PublishRefused, WireError
from runtime.mqtt.client import TAKEN_AT_ONCE, Connection, Connector, publish
from runtime.mqtt.message import Message
from runtime.mqtt.session import keep_connected, until_failure
from runtime.supervisor import Backoff

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between attempts to connect."""
LOOK_EVERY = 1.0
"""Seconds between looks for gaps."""
ASKED_AT_ONCE = 2000
"""Events one replay asks for, so that a live event is never far behind."""
GATHER = 0.02
"""Seconds left to what is under way after a small batch of the past, so that the next one is larger: a commit and an
acknowledgement cost more than an event."""
SMALL = TAKEN_AT_ONCE // 2
"""Events of a batch behind which there is room for more under way."""
_ANNOUNCEMENTS: dict[str, type[Announcement]] = {"birth": Birth, "state": State, "gone": Gone, "telemetry": Telemetry}
"""Topic -> what comes on it, beside events."""
_HEARD = (*protocol.EVENT_TOPICS, "claim", "birth", "state", "gone", "telemetry/+")


@dataclass(frozen=True, slots=True)
class Received:
    """An arrival and what became of it."""

    topic: str
    verdict: ArrivalVerdict
    event: EventMessage | None = None
    """None when malformed."""
    reason: str = ""
    """Message code, when malformed."""


@dataclass(slots=True)
class Batch:
    """What arrived at once, sorted."""

    events: list[tuple[str, Arrival]] = field(default_factory=list)
    """With the topic each came on."""
    announcements: list[GatewayMessage[Announcement]] = field(default_factory=list)
    claims: list[GatewayMessage[Claim]] = field(default_factory=list)

    def past(self) -> dict[tuple[str, str], int]:
        """(gateway, epoch) -> the highest seq of a historical event."""
        found: dict[tuple[str, str], int] = {}
        for _, arrival in self.events:
            key = arrival.gateway, arrival.message.epoch
            if arrival.message.envelope.historical:
                found[key] = max(found.get(key, 0), arrival.message.seq)
        return found

    def greeted(self) -> set[str]:
        """The gateways that were born."""
        return {announcement.gateway for announcement in self.announcements if isinstance(announcement.message, Birth)}

    def touched(self) -> set[tuple[str, str]]:
        """(gateway, epoch) of what may have got further."""
        gone = {(one.gateway, one.message.epoch) for one in self.announcements if isinstance(one.message, Gone)}
        return gone | {(arrival.gateway, arrival.message.epoch) for _, arrival in self.events}


class Receiver:
    """One consumer. Two receivers of one consumer name must share one store."""

    def __init__(
        self,
        connector: Connector,
        store: ReceiverStore,
        consumer: str,
        clock: Clock,
        on_received: Callable[[Received], object] = lambda _: None,
        on_announcement: Callable[[GatewayMessage[Announcement]], object] = lambda _: None,
        on_refused: Callable[[str, str], object] = lambda _, __: None,
    ) -> None:
        """``on_received`` hears of every event after it was stored, ``on_announcement`` of the rest.

        ``on_refused`` is told topic and reason of an answer the broker declined. All return at once.
        """
        self._connector = connector
        self._store = store
        self._consumer = consumer
        self._clock = clock
        self._on_received = on_received
        self._on_announcement = on_announcement
        self._on_refused = on_refused
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._gaps = Gaps()

    def missing(self) -> int:
        """Events that gateways announced and the store does not hold completely; 0 when it is up to date."""
        return self._gaps.missing()

    async def run(self) -> None:
        """Connect and receive, and after any failure of broker or store try again, for ever."""
        await keep_connected(self._connect, self._failed, self._clock, self._backoff)

    def _failed(self, error: PlantgateError) -> None:
        log.warning("receiver.down", error=error.code, reason=str(error))

    async def _connect(self) -> None:
        for watermark in await self._store.watermarks():
            self._gaps.moved(watermark, self._clock.real_now())
        async with self._connector.connect() as connection:
            await connection.subscribe(*map(protocol.every, _HEARD))
            jobs = {"receiver-take": self._take(connection), "receiver-chase": self._chase(connection)}
            await until_failure(jobs)

    async def _take(self, connection: Connection) -> None:
        while True:
            batch = self._sort(await connection.receive())
            if batch.announcements:
                await self._store.announce(batch.announcements, self._clock.real_now().wall)
                self._note(batch.announcements)
            if batch.events:
                await self._absorb(batch.events)
            await self._acknowledge(connection, batch)
            for claim in batch.claims:
                await self._answer(connection, claim)
            if batch.past() and len(batch.events) < SMALL:
                await self._clock.real_sleep(GATHER)

    def _sort(self, messages: Sequence[Message]) -> Batch:
        batch = Batch()
        for message in messages:
            try:
                self._read(message, batch)
            except WireError as error:
                log.warning("receiver.malformed", topic=message.topic, reason=str(error))
                self._on_received(Received(message.topic, ArrivalVerdict.MALFORMED, reason=error.code))
        return batch

    def _read(self, message: Message, batch: Batch) -> None:
        topics, name = protocol.parse_topic(message.topic)
        shape = _ANNOUNCEMENTS.get(name.partition("/")[0])
        if shape is not None:
            announcement = protocol.decode(message.payload, shape)
            batch.announcements.append(GatewayMessage(self._know(topics, announcement.gateway), announcement))
        elif name == "claim":
            claim = protocol.decode(message.payload, Claim)
            batch.claims.append(GatewayMessage(self._know(topics, claim.gateway), claim))
        elif name in protocol.EVENT_TOPICS:
            event = protocol.decode_event(message.payload)
            batch.events.append((message.topic, GatewayMessage(self._know(topics, event.gateway), event)))
        else:
            raise WireError("wire.unknown", topic=name)

    def _know(self, topics: Topics, gateway: str) -> str:
        """The address of a gateway; the broker grants topics, so a message must not claim another's name."""
        if topics.gateway != gateway:
            raise WireError("wire.gateway", topic=topics.gateway, gateway=gateway)
        self._gaps.heard(topics.address)
        return topics.address

    def _note(self, announcements: Sequence[GatewayMessage[Announcement]]) -> None:
        at = self._clock.real_now()
        for announcement in announcements:
            match announcement.message:
                case Birth() as birth:
                    self._gaps.born(announcement.gateway, birth, at)
                case State() as state:
                    self._gaps.stated(announcement.gateway, state, at)
                case Gone() as gone:
                    self._gaps.answered(announcement.gateway, gone.epoch)
            self._on_announcement(announcement)

    async def _absorb(self, arrivals: list[tuple[str, Arrival]]) -> None:
        verdicts = await self._store.absorb([arrival for _, arrival in arrivals], self._clock.real_now().wall)
        for (topic, arrival), verdict in zip(arrivals, verdicts, strict=True):
            event = arrival.message
            if verdict is ArrivalVerdict.CONFLICT:
                log.error("receiver.conflict", gateway=arrival.gateway, epoch=event.epoch, seq=event.seq)
            self._on_received(Received(topic, verdict, event))

    async def _acknowledge(self, connection: Connection, batch: Batch) -> None:
        """Tell the gateways how far the store is complete."""
        greeted, touched, past = batch.greeted(), batch.touched(), batch.past()
        marks = [mark for gateway in greeted for mark in await self._store.watermarks(gateway)]
        # Not all epochs of these: one that begins epochs without end would make each message of it dearer.
        marks += [mark for key in touched if key[0] not in greeted if (mark := await self._store.watermark(*key))]
        for mark in marks:
            self._gaps.moved(mark, self._clock.real_now())
            await self._send_ack(connection, mark, past.get((mark.gateway, mark.epoch), 0))

    async def _send_ack(self, connection: Connection, mark: Watermark, past: int) -> None:
        topics = Topics.of(mark.gateway)
        ack = Ack(self._consumer, topics.gateway, mark.epoch, mark.seq, mark.hash, past, mark.conflict)
        await self._tell(connection, topics.named(f"ack/{self._consumer}"), protocol.encode(ack))

    async def _answer(self, connection: Connection, claim: GatewayMessage[Claim]) -> None:
        """Say what of an epoch in doubt the store holds."""
        topics, claimed = Topics.of(claim.gateway), claim.message
        agreed, lacking = await self._store.agreed(claim.gateway, claimed)
        log.warning("receiver.claimed", gateway=claim.gateway, epoch=claimed.epoch, agreed=agreed)
        held = Held(self._consumer, topics.gateway, claimed.epoch, agreed, lacking)
        await self._tell(connection, topics.named(f"held/{self._consumer}"), protocol.encode(held))

    async def _tell(self, connection: Connection, topic: str, payload: bytes) -> None:
        """Answer a gateway. A broker that declines it keeps this gateway from settling, and no other."""
        try:
            await publish(connection, topic, payload)
        except PublishRefused as error:
            log.warning("receiver.unanswered", topic=topic, reason=str(error))
            self._on_refused(topic, str(error))

    async def _chase(self, connection: Connection) -> None:
        while True:
            await self._clock.real_sleep(LOOK_EVERY)
            for gateway, epoch in self._gaps.due(self._clock.real_now()):
                await self._ask(connection, gateway, epoch)

    async def _ask(self, connection: Connection, gateway: str, epoch: str) -> None:
        mark = await self._store.watermark(gateway, epoch)
        if mark is None:
            return
        gap = await self._store.first_gap(mark, mark.awaited)
        if gap is None:  # it came, or is gone, since that was found to be due
            self._gaps.moved(mark, self._clock.real_now())
            return
        topics = Topics.of(gateway)
        first, last = gap[0], min(gap[1], gap[0] + ASKED_AT_ONCE - 1)
        log.warning("receiver.gap", gateway=gateway, epoch=epoch, first=first, last=last)
        self._gaps.asked(gateway, epoch, last)
        replay = Replay(self._consumer, topics.gateway, epoch, first, last)
        await self._tell(connection, topics.named("replay"), protocol.encode(replay))
