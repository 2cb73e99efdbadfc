"""What comes from the broker: acknowledgements, replays, births in our name. Anything else is refused and told."""

from collections.abc import Callable

import structlog

from agent.clock import Clock
from agent.complaints import Complaints, Tell
from agent.errors import SubscriptionRefused, WireError
from agent.journal import Journal, Settlement
from agent.uplink import wire
from agent.uplink.mqtt import Connection, Message
from agent.uplink.twins import Twins
from agent.uplink.wire import Ack, Replay, Topics

log = structlog.get_logger()

Ask = Callable[[Replay], None]
"""Sends events again; raises WireError."""


class Hearing:
    """Believes what the contract allows from the consumers that are configured, and nothing else."""

    def __init__(
        self, journal: Journal, consumers: tuple[str, ...], topics: Topics, twins: Twins, clock: Clock, tell: Tell
    ) -> None:
        """Without ``consumers`` nobody's acknowledgement counts, and anybody may ask for a replay."""
        self._journal = journal
        self._consumers = consumers
        self._topics = topics
        self._twins = twins
        self._complaints = Complaints("uplink.input-refused", tell, clock)
        self._unheard = Complaints("uplink.unheard", tell, clock)
        self._renewed = False

    @property
    def asked(self) -> list[str]:
        """The topics to subscribe to."""
        return [self._topics.named("replay"), *(self._topics.named(f"ack/{consumer}") for consumer in self._consumers)]

    @property
    def refused(self) -> int:
        """Messages refused since the start."""
        return self._complaints.total

    async def subscribe(self, connection: Connection) -> None:
        """Ask for what is to be heard. What the broker declines is told, and is no reason to deliver nothing.

        Raises UplinkError when the connection fails.
        """
        for topic in self.asked:
            try:
                await connection.subscribe(topic)
            except SubscriptionRefused as error:
                log.warning("uplink.unheard", topic=topic, reason=str(error))
                self._unheard.note(topic=topic)

    async def hear(self, message: Message, ask: Ask) -> None:
        """Do what a message says. Raises UplinkError when the connection must begin anew, and StoreError."""
        try:
            await self._obey(message, ask)
        except WireError as error:
            log.warning("uplink.malformed", topic=message.topic, reason=str(error))
            self._complaints.note(topic=message.topic, reason=str(error))

    async def _obey(self, message: Message, ask: Ask) -> None:
        topics, name = wire.parse_topic(message.topic)
        if topics != self._topics:
            raise WireError("wire.gateway", topic=message.topic, gateway=self._topics.gateway)
        if name == "birth":
            self._twins.heard(message.payload, retained=message.retained)
        elif message.retained:
            # What a broker kept was meant for another moment.
            raise WireError("wire.retained", topic=message.topic)
        elif name == "replay":
            ask(self._checked(wire.decode(message.payload, Replay)))
        else:
            await self._settle(self._acknowledgement(name, message.payload))

    def _acknowledgement(self, name: str, payload: bytes) -> Ack:
        ack = wire.decode(payload, Ack)
        if name != f"ack/{ack.consumer}":
            raise WireError("wire.unknown", topic=name)
        return self._checked(ack)

    def _checked(self, message: wire.Asked) -> wire.Asked:
        if message.gateway != self._topics.gateway:
            raise WireError("wire.gateway", topic=self._topics.gateway, gateway=message.gateway)
        if self._consumers and message.consumer not in self._consumers:
            raise WireError("wire.consumer", consumer=message.consumer)
        return message

    async def _settle(self, ack: Ack) -> None:
        outcome = await self._journal.settle(ack.consumer, ack.epoch, ack.seq, ack.hash)
        if outcome is Settlement.SETTLED:
            return
        if outcome is Settlement.AHEAD and not self._renewed:
            # This store is an older copy of itself: going on would use keys headquarters already has. It was put
            # back before we started, so it happens once; a second time somebody makes it up.
            self._renewed = True
            await self._journal.renew("ahead")
            log.warning("uplink.ahead", consumer=ack.consumer, epoch=ack.epoch, seq=ack.seq)
            return
        raise WireError("wire.ack", consumer=ack.consumer, epoch=ack.epoch, seq=ack.seq, outcome=outcome.value)
