"""Delivers the journal to headquarters: live events first, the backlog behind them, replays when asked.

A broker's confirmation means *sent*. Only a consumer's acknowledgement means *settled*; what lies between is sent again
when a consumer asks for it, so a receiver that lost its memory gets everything back.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from agent.journal import Journal
from agent.uplink.broker import trust_of
from agent.uplink.claims import Claims
from agent.uplink.delivery import Delivery
from agent.uplink.duplicate_gateway import DuplicateGateway
from agent.uplink.inbound import Inbound
from agent.uplink.quarantine import Quarantine
from agent.uplink.telemetry import TelemetryQueue
from config.plant import Uplink
from drivers.points import PlantgateError
from headquarters.contract import protocol
from headquarters.contract.protocol import Birth, State, Topics
from runtime.clock import Clock
from runtime.complaints import Tell
from runtime.errors import SubscriptionRefused, UplinkError
from runtime.mqtt.client import Connection, Connector, publish
from runtime.mqtt.message import Message
from runtime.mqtt.session import keep_connected, until_failure
from runtime.supervisor import Backoff

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between attempts to connect."""
ANNOUNCE_EVERY = 3.0
"""Seconds between looks at whether headquarters still knows our head, and that our backlog is sent."""
FAREWELL = 3.0
"""Seconds to flush when stopping."""


@dataclass(frozen=True, slots=True)
class GatewayIdentity:
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
    arguments: dict[str, str] = field(default_factory=dict)
    """What its text needs."""
    sent: int = 0
    """Events the broker confirmed since start."""
    telemetry_lost: int = 0
    """Messages of telemetry dropped since start."""
    refused: int = 0
    """Messages from the broker that were refused since start."""
    certificate_until: float | None = None
    """UTC seconds at which our own certificate expires, if we have one."""


class Publisher:
    """Keeps one connection and empties the journal through it."""

    def __init__(
        self,
        journal: Journal,
        uplink: Uplink,
        identity: GatewayIdentity,
        connector: Connector,
        clock: Clock,
        tell: Tell = lambda code, **_: None,
        lane: TelemetryQueue | None = None,
    ) -> None:
        """``connector`` reaches the broker of ``uplink``, whose consumers must acknowledge.

        ``tell`` makes events of what headquarters should know about the way to it; ``lane`` brings telemetry.
        """
        self._journal = journal
        self._uplink = uplink
        self._trust = trust_of(uplink)
        self._identity = identity
        self._connector = connector
        self._clock = clock
        self._status = UplinkStatus()
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._parking = Quarantine(journal, clock, tell)
        self._twins = DuplicateGateway(clock, tell)
        self._hearing = Inbound(journal, uplink.consumers, identity.topics, self._twins, clock, tell)
        self._work = asyncio.Event()
        self._lane = lane
        if lane is not None:
            lane.on_put = self._work.set
        self._renewed = asyncio.Event()

    def status(self) -> UplinkStatus:
        """How the connection is now."""
        until = self._trust.valid_until()
        lost = self._telemetry_lost()
        return replace(self._status, refused=self._hearing.refused, certificate_until=until, telemetry_lost=lost)

    async def run(self) -> None:
        """Connect, deliver, and after any failure of broker or store try again, for ever.

        Cancelled, it sends what it can within FAREWELL seconds and says that it goes.
        """
        with self._journal.listening(self._work.set, self._renewed.set):
            await keep_connected(self._connect, self._failed, self._clock, self._backoff)

    async def _connect(self) -> None:
        self._renewed.clear()
        will = await self._state(online=False)
        await self._parking.judge()
        self._hearing.former(await self._journal.resume_former(self._uplink.consumers))
        async with self._connector.connect(Message(self._identity.topics.named("state"), will, True)) as connection:
            delivery = await self._delivery(connection)
            claims = self._listeners(delivery)
            try:
                await self._say_hello(connection, delivery)
                self._change(connected=True, protocol=connection.protocol)
                await self._serve(connection, delivery, claims)
            except asyncio.CancelledError:
                await self._farewell(connection, delivery)
                raise

    async def _delivery(self, connection: Connection) -> Delivery:
        """Everything committed before now is backlog."""
        boundary, topics = await self._journal.last_position(), self._identity.topics
        rate, consumers = self._uplink.backlog_rate, self._uplink.consumers
        delivery = Delivery(
            self._journal, topics, connection, self._clock, self._work, boundary, rate, self._lane, consumers
        )  # fmt: skip
        delivery.on_sent = self._count
        self._parking.watch(delivery)
        return delivery

    def _listeners(self, delivery: Delivery) -> Claims:
        """Who hears over this connection what consumers say."""
        claims = Claims(self._journal, self._uplink.consumers, self._identity.topics, self._clock)
        self._hearing.on_ack = delivery.heard
        self._hearing.on_held = claims.heard
        return claims

    async def _serve(self, connection: Connection, delivery: Delivery, claims: Claims) -> None:
        await until_failure(
            {
                "publisher-listen": self._listen(connection, delivery),
                "publisher-deliver": delivery.deliver(),
                "publisher-claims": claims.run(connection),
                "publisher-announce": self._announce(connection),
                "publisher-epoch": self._greet_anew(),
                "publisher-retry": self._parking.retry(self._work),
            }
        )

    async def _say_hello(self, connection: Connection, delivery: Delivery) -> None:
        topics = self._identity.topics
        await self._hearing.subscribe(connection)
        with suppress(SubscriptionRefused):  # a broker may keep births from us; then a twin is not noticed
            await connection.subscribe(topics.named("birth"))
        birth = await self._birth(delivery.boundary)
        self._twins.born(birth)
        await publish(connection, topics.named("birth"), protocol.encode(birth), retain=True)
        await publish(connection, topics.named("state"), await self._state(online=True), retain=True)

    async def _birth(self, boundary: int) -> Birth:
        epoch, stats = self._journal.epoch, await self._journal.stats()
        oldest = await self._journal.unsent(1, until=boundary)
        # Behind the backlog of a former epoch all of this one may be backlog.
        backlog = [entry.seq if entry.epoch == epoch.id else stats.first for entry in oldest if stats.first]
        who = self._identity
        return Birth(
            org=who.org, site=who.site, gateway=who.gateway, version=who.version, contract=protocol.CONTRACT,
            fingerprint=who.fingerprint, epoch=epoch.id, reason=epoch.reason, predecessor=epoch.predecessor,
            former=await self._journal.former_epochs(), first=stats.first, head=stats.head,
            backlog_first=backlog[0] if backlog else 0, backlog_last=stats.head if backlog else 0,
            at=self._clock.real_now().wall,
        )  # fmt: skip

    async def _state(self, *, online: bool) -> bytes:
        stats, gateway = await self._journal.stats(), self._identity.gateway
        wall, lost = self._clock.real_now().wall, self._telemetry_lost()
        return protocol.encode(State(online, gateway, stats.epoch, stats.head, stats.unsent, wall, lost))

    async def _announce(self, connection: Connection) -> None:
        """Keep the retained state true, so that a receiver that was away learns of events it never heard of."""
        told: tuple[int, int, int] | None = None
        while True:
            await self._clock.real_sleep(ANNOUNCE_EVERY)
            stats = await self._journal.stats()
            if (now := (stats.head, stats.unsent, self._telemetry_lost())) != told:
                told = now
                state = await self._state(online=True)
                await publish(connection, self._identity.topics.named("state"), state, retain=True)

    async def _greet_anew(self) -> None:
        """A birth tells which epoch we are in and why: another one needs another birth, and that another connection."""
        await self._renewed.wait()
        raise UplinkError("uplink.epoch-renewed")

    async def _listen(self, connection: Connection, delivery: Delivery) -> None:
        while True:
            for message in await connection.receive():
                await self._hearing.hear(message, delivery.ask)

    async def _farewell(self, connection: Connection, delivery: Delivery) -> None:
        try:
            async with asyncio.timeout(FAREWELL):
                await delivery.flush(hurry=True)
                await publish(
                    connection, self._identity.topics.named("state"), await self._state(online=False), retain=True
                )
        except (PlantgateError, TimeoutError) as error:
            log.warning("uplink.farewell", reason=str(error) or type(error).__name__)
        self._change(connected=False)

    def _failed(self, error: PlantgateError) -> None:
        self._parking.ended(error)
        if error.code == "uplink.closed" and self._twins.suspected():
            error = UplinkError("uplink.taken-over")
        arguments = {key: str(value) for key, value in error.arguments.items()}
        if error.code != self._status.error:
            log.warning("uplink.down", **{"reason": str(error)} | arguments | {"error": error.code})
        self._change(connected=False, error=error.code, arguments=arguments)

    def _change(self, *, connected: bool, **changes: Any) -> None:  # noqa: ANN401 - fields of UplinkStatus
        before = self._status
        changed = connected != before.connected or not before.since
        since = self._clock.real_now().wall if changed else before.since
        reason = {"error": "", "arguments": {}}
        self._status = replace(before, connected=connected, since=since, **(reason | changes))

    def _telemetry_lost(self) -> int:
        return self._lane.lost if self._lane else 0

    def _count(self, sent: int) -> None:
        self._status = replace(self._status, sent=self._status.sent + sent)
