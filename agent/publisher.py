"""Delivers the journal to headquarters: live events first, the backlog behind them, replays when asked.

A broker's confirmation means *sent*. Only a consumer's acknowledgement means *settled*; what lies between is sent again
when a consumer asks for it, so a receiver that lost its memory gets everything back.
"""

import asyncio
from dataclasses import dataclass

import structlog

from agent import wire
from agent.clock import Clock
from agent.delivery import Delivery
from agent.errors import UplinkError, WireError
from agent.journal import Journal, Settlement
from agent.mqtt import Connection, Connector, Message, publish
from agent.session import keep_connected, until_failure
from agent.supervisor import Backoff
from agent.wire import Ack, Birth, Replay, State, Topics
from config.plant import Uplink
from drivers.points import PlantgateError

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between attempts to connect."""
ANNOUNCE_EVERY = 3.0
"""Seconds between looks at whether headquarters still knows our head, and that our backlog is sent."""
RETRY_REFUSED_EVERY = 300.0
"""Seconds a refused event waits, the connection lasting that long."""
FAREWELL = 3.0
"""Seconds to flush when stopping."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who publishes."""

    org: str
    site: str
    gateway: str
    fingerprint: str = ""
    version: str = ""

    @property
    def topics(self) -> Topics:
        """Our topics."""
        return Topics(self.org, self.site, self.gateway)


@dataclass(frozen=True, slots=True)
class UplinkStatus:
    """How the connection to the broker is."""

    connected: bool = False
    since: float = 0.0
    """UTC seconds of the last change of ``connected``; 0 before the first attempt ended."""
    protocol: str = ""
    """MQTT version of the connection, or of the last one."""
    error: str = ""
    """Message code of the last failure; empty while connected."""
    sent: int = 0
    """Events the broker confirmed since start."""


class Publisher:
    """Keeps one connection and empties the journal through it."""

    def __init__(
        self, journal: Journal, uplink: Uplink, identity: Identity, connector: Connector, clock: Clock
    ) -> None:
        """``connector`` reaches the broker of ``uplink``, whose consumers must acknowledge."""
        self._journal = journal
        self._consumers = uplink.consumers
        self._identity = identity
        self._connector = connector
        self._clock = clock
        self._status = UplinkStatus()
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._work = asyncio.Event()
        journal.on_commit(self._work.set)

    def status(self) -> UplinkStatus:
        """How the connection is now."""
        return self._status

    async def run(self) -> None:
        """Connect, deliver, and after any failure of broker or store try again, for ever.

        Cancelled, it sends what it can within FAREWELL seconds and says that it goes.
        """
        await keep_connected(self._connect, self._failed, self._clock, self._backoff)

    async def _connect(self) -> None:
        will = await self._state(online=False)
        async with self._connector.connect(Message(self._identity.topics.named("state"), will, True)) as connection:
            delivery = await Delivery.begin(self._journal, self._identity.topics, connection, self._clock, self._work)
            delivery.on_sent = self._count
            try:
                await self._say_hello(connection, delivery.boundary)
                self._change(connected=True, protocol=connection.protocol, error="")
                await self._serve(connection, delivery)
            except asyncio.CancelledError:
                await self._farewell(connection, delivery)
                raise

    async def _serve(self, connection: Connection, delivery: Delivery) -> None:
        await until_failure(
            {
                "publisher-listen": self._listen(connection, delivery),
                "publisher-deliver": delivery.deliver(),
                "publisher-announce": self._announce(connection),
                "publisher-retry": self._retry_refused(),
            }
        )

    async def _say_hello(self, connection: Connection, boundary: int) -> None:
        topics = self._identity.topics
        asked = [topics.named("replay"), *(topics.named(f"ack/{consumer}") for consumer in self._consumers)]
        await connection.subscribe(*asked)
        await publish(connection, topics.named("birth"), await self._birth(boundary), retain=True)
        await publish(connection, topics.named("state"), await self._state(online=True), retain=True)

    async def _birth(self, boundary: int) -> bytes:
        epoch, stats = self._journal.epoch, await self._journal.stats()
        backlog = [e.seq for e in await self._journal.unsent(1, until=boundary) if e.epoch == epoch.id]
        who = self._identity
        birth = Birth(
            org=who.org, site=who.site, gateway=who.gateway, version=who.version, contract=wire.CONTRACT,
            fingerprint=who.fingerprint, epoch=epoch.id, reason=epoch.reason, predecessor=epoch.predecessor,
            first=stats.first, head=stats.head, backlog_first=backlog[0] if backlog else 0,
            backlog_last=stats.head if backlog else 0, at=self._clock.real_now().wall,
        )  # fmt: skip
        return wire.encode(birth)

    async def _state(self, *, online: bool) -> bytes:
        stats = await self._journal.stats()
        wall = self._clock.real_now().wall
        return wire.encode(State(online, self._identity.gateway, stats.epoch, stats.head, stats.unsent, wall))

    async def _announce(self, connection: Connection) -> None:
        """Keep the retained state true, so that a receiver that was away learns of events it never heard of."""
        told: tuple[int, int] | None = None
        while True:
            await self._clock.real_sleep(ANNOUNCE_EVERY)
            stats = await self._journal.stats()
            if (stats.head, stats.unsent) != told:
                told = (stats.head, stats.unsent)
                state = await self._state(online=True)
                await publish(connection, self._identity.topics.named("state"), state, retain=True)

    async def _retry_refused(self) -> None:
        while True:
            await self._clock.real_sleep(RETRY_REFUSED_EVERY)
            await self._journal.retry_refused()
            self._work.set()

    async def _listen(self, connection: Connection, delivery: Delivery) -> None:
        while True:
            for message in await connection.receive():
                try:
                    await self._hear(message, delivery)
                except WireError as error:
                    log.warning("uplink.malformed", topic=message.topic, reason=str(error))

    async def _hear(self, message: Message, delivery: Delivery) -> None:
        _, name = wire.parse_topic(message.topic)
        if name == "replay":
            delivery.ask(wire.decode(message.payload, Replay))
            return
        ack = wire.decode(message.payload, Ack)
        if name != f"ack/{ack.consumer}" or ack.gateway != self._identity.gateway:
            raise WireError("wire.malformed", what="Ack", reason=message.topic)
        await self._settle(ack)

    async def _settle(self, ack: Ack) -> None:
        outcome = await self._journal.settle(ack.consumer, ack.epoch, ack.seq, ack.hash)
        if outcome is Settlement.SETTLED:
            return
        log.warning("uplink.ack", consumer=ack.consumer, epoch=ack.epoch, seq=ack.seq, outcome=outcome.value)
        if outcome is Settlement.AHEAD and ack.epoch == self._journal.epoch.id:
            # This store is an older copy of itself: going on would use keys headquarters already has.
            await self._journal.renew("ahead")
            raise UplinkError("uplink.epoch-renewed", consumer=ack.consumer)

    async def _farewell(self, connection: Connection, delivery: Delivery) -> None:
        try:
            async with asyncio.timeout(FAREWELL):
                await delivery.flush()
                await publish(
                    connection, self._identity.topics.named("state"), await self._state(online=False), retain=True
                )
        except (PlantgateError, TimeoutError) as error:
            log.warning("uplink.farewell", reason=str(error) or type(error).__name__)
        self._change(connected=False)

    def _failed(self, error: PlantgateError) -> None:
        if error.code != self._status.error:
            log.warning("uplink.down", error=error.code, reason=str(error))
        self._change(connected=False, error=error.code)

    def _change(self, *, connected: bool, protocol: str | None = None, error: str = "") -> None:
        before = self._status
        changed = connected != before.connected or not before.since
        since = self._clock.real_now().wall if changed else before.since
        self._status = UplinkStatus(
            connected, since, before.protocol if protocol is None else protocol, error, before.sent
        )

    def _count(self, sent: int) -> None:
        s = self._status
        self._status = UplinkStatus(s.connected, s.since, s.protocol, s.error, s.sent + sent)
