"""Headquarters' receiver: takes events from the broker, proves and stores them, acknowledges what its store holds.

It may be killed at any instant: it acknowledges only what is committed, and asks for whatever it finds missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from agent import wire
from agent.clock import Clock
from agent.errors import WireError
from agent.mqtt import Connection, Connector, Message, publish
from agent.receiver.gaps import Gaps
from agent.receiver.store import ReceiverStore, Verdict, Watermark
from agent.session import keep_connected, until_failure
from agent.supervisor import Backoff
from agent.wire import Ack, Birth, EventMessage, Replay, State, Topics
from drivers.points import PlantgateError

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between attempts to connect."""
LOOK_EVERY = 1.0
"""Seconds between looks for gaps."""
ASKED_AT_ONCE = 500
"""Events one replay asks for, so that a live event is never far behind."""


@dataclass(frozen=True, slots=True)
class Received:
    """An arrival and what became of it."""

    topic: str
    verdict: Verdict
    event: EventMessage | None = None
    """None when malformed."""
    reason: str = ""
    """Message code, when malformed."""


class Receiver:
    """One consumer. Two receivers of one consumer name must share one store."""

    def __init__(
        self,
        connector: Connector,
        store: ReceiverStore,
        consumer: str,
        clock: Clock,
        on_received: Callable[[Received], object] = lambda _: None,
    ) -> None:
        """``on_received`` hears of every arrival after it was stored; it must return at once."""
        self._connector = connector
        self._store = store
        self._consumer = consumer
        self._clock = clock
        self._on_received = on_received
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._gaps = Gaps()
        self._topics: dict[str, Topics] = {}

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
            await connection.subscribe(*(wire.every(name) for name in (*wire.EVENT_TOPICS, "birth", "state")))
            jobs = {"receiver-take": self._take(connection), "receiver-chase": self._chase(connection)}
            await until_failure(jobs)

    async def _take(self, connection: Connection) -> None:
        while True:
            greeted: set[str] = set()
            events = self._sort(await connection.receive(), greeted)
            changed = await self._absorb(events) if events else set()
            await self._acknowledge(connection, greeted, changed)

    def _sort(self, messages: Sequence[Message], greeted: set[str]) -> list[tuple[str, EventMessage]]:
        """The events among the messages; gateways that announced themselves are added to ``greeted``."""
        events = []
        for message in messages:
            try:
                if (event := self._read(message, greeted)) is not None:
                    events.append((message.topic, event))
            except WireError as error:
                log.warning("receiver.malformed", topic=message.topic, reason=str(error))
                self._on_received(Received(message.topic, Verdict.MALFORMED, reason=error.code))
        return events

    def _read(self, message: Message, greeted: set[str]) -> EventMessage | None:
        topics, name = wire.parse_topic(message.topic)
        if name not in ("birth", "state"):
            event = wire.decode_event(message.payload)
            self._know(topics, event.gateway)
            return event
        at = self._clock.real_now()
        if name == "birth":
            birth = wire.decode(message.payload, Birth)
            self._know(topics, birth.gateway)
            self._gaps.born(birth, at)
            greeted.add(birth.gateway)
        else:
            state = wire.decode(message.payload, State)
            self._know(topics, state.gateway)
            self._gaps.stated(state, at)
        return None

    def _know(self, topics: Topics, gateway: str) -> None:
        """Remember where to answer a gateway; the broker grants topics, so a message must not claim another's name."""
        if topics.gateway != gateway:
            raise WireError("wire.gateway", topic=topics.gateway, gateway=gateway)
        self._topics[gateway] = topics

    async def _absorb(self, arrivals: list[tuple[str, EventMessage]]) -> set[tuple[str, str]]:
        """Store the events; returns the epochs they belong to."""
        verdicts = await self._store.absorb([event for _, event in arrivals], self._clock.real_now().wall)
        for (topic, event), verdict in zip(arrivals, verdicts, strict=True):
            if verdict is Verdict.CONFLICT:
                log.error("receiver.conflict", gateway=event.gateway, epoch=event.epoch, seq=event.seq)
            self._on_received(Received(topic, verdict, event))
        return {(event.gateway, event.epoch) for _, event in arrivals}

    async def _acknowledge(self, connection: Connection, greeted: set[str], changed: set[tuple[str, str]]) -> None:
        """Tell the gateways how far the store is complete."""
        for gateway in greeted | {gateway for gateway, _ in changed}:
            for mark in await self._store.watermarks(gateway):
                self._gaps.moved(mark, self._clock.real_now())
                if gateway in greeted or (gateway, mark.epoch) in changed:
                    await self._send_ack(connection, mark)

    async def _send_ack(self, connection: Connection, mark: Watermark) -> None:
        ack = Ack(self._consumer, mark.gateway, mark.epoch, mark.seq, mark.hash)
        topic = self._topics[mark.gateway].named(f"ack/{self._consumer}")
        await publish(connection, topic, wire.encode(ack))

    async def _chase(self, connection: Connection) -> None:
        while True:
            await self._clock.real_sleep(LOOK_EVERY)
            for gateway, epoch, head in self._gaps.due(self._clock.real_now()):
                if gateway in self._topics:
                    await self._ask(connection, (gateway, epoch), head)

    async def _ask(self, connection: Connection, key: tuple[str, str], head: int) -> None:
        gateway, epoch = key
        marks = {(mark.gateway, mark.epoch): mark for mark in await self._store.watermarks(gateway)}
        mark = marks.get(key, Watermark(gateway, epoch, 0, wire.genesis(gateway, epoch), 0))
        gap = await self._store.first_gap(mark, head)
        if gap is None:
            return
        first, last = gap[0], min(gap[1], gap[0] + ASKED_AT_ONCE - 1)
        log.warning("receiver.gap", gateway=gateway, epoch=epoch, first=first, last=last)
        replay = Replay(self._consumer, gateway, epoch, first, last)
        await publish(connection, self._topics[gateway].named("replay"), wire.encode(replay))
