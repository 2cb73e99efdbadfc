"""What comes from the broker: acknowledgements, replays, births in our name. Anything else is refused and told."""

from collections.abc import Callable, Sequence

import structlog

from agent.journal import Journal, Settlement
from agent.uplink.duplicate_gateway import DuplicateGateway
from headquarters.contract import protocol
from headquarters.contract.protocol import Ack, Held, Replay, Topics
from runtime.clock import Clock
from runtime.complaints import Complaints, Tell
from runtime.errors import SubscriptionRefused, WireError
from runtime.mqtt.client import Connection
from runtime.mqtt.message import Message

log = structlog.get_logger()

Ask = Callable[[Replay], None]
"""Sends events again; raises WireError."""
_ANSWERS: dict[str, type[Ack | Held]] = {"ack": Ack, "held": Held}
"""Topic below which each consumer has its own -> what it says there."""


class Inbound:
    """Believes what the contract allows from the consumers that are configured, and nothing else."""

    def __init__(
        self,
        journal: Journal,
        consumers: tuple[str, ...],
        topics: Topics,
        twins: DuplicateGateway,
        clock: Clock,
        tell: Tell,
    ) -> None:
        """Without ``consumers`` nobody's acknowledgement counts, and anybody may ask for a replay."""
        self._journal = journal
        self._consumers = consumers
        self._topics = topics
        self._twins = twins
        self._complaints = Complaints("uplink.input-refused", tell, clock)
        self._unheard = Complaints("uplink.unheard", tell, clock)
        self._tell = tell
        self._renewed = False
        self._names = {topics.gateway: topics}
        self.on_ack: Callable[[Ack], object] = lambda _: None
        """Told of each acknowledgement that was believed, which one may be of a former name."""
        self.on_held: Callable[[Held], object] = lambda _: None
        """Told of each answer to a claim."""

    @property
    def asked(self) -> list[str]:
        """The topics to subscribe to: of our name, and of those under which we have events from before."""
        mine = [f"{answer}/{consumer}" for answer in _ANSWERS for consumer in self._consumers]
        former = [f"ack/{consumer}" for consumer in self._consumers]
        return [
            topics.named(name)
            for topics in self._names.values()
            for name in ("replay", *(mine if topics == self._topics else former))
        ]

    def former(self, gateways: Sequence[str]) -> None:
        """We were called so when we told some of what we keep: it is acknowledged, and asked for, under these names."""
        own = self._topics
        self._names = {name: Topics(own.org, own.site, name) for name in (own.gateway, *gateways)}

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
        topics, name = protocol.parse_topic(message.topic)
        if self._names.get(topics.gateway) != topics or (topics != self._topics and name == "birth"):
            raise WireError("wire.gateway", topic=message.topic, gateway=self._topics.gateway)
        if name == "birth":
            self._twins.heard(message.payload, retained=message.retained)
        elif message.retained:
            # What a broker kept was meant for another moment.
            raise WireError("wire.retained", topic=message.topic)
        elif name == "replay":
            await self._asked_again(self._checked(topics, protocol.decode(message.payload, Replay)), ask)
        else:
            await self._answered(topics, name, message.payload)

    async def _answered(self, topics: Topics, name: str, payload: bytes) -> None:
        kind, _, consumer = name.partition("/")
        if kind not in _ANSWERS:
            raise WireError("wire.unknown", topic=name)
        answer = self._checked(topics, protocol.decode(payload, _ANSWERS[kind]))
        if answer.consumer != consumer:
            raise WireError("wire.unknown", topic=name)
        if isinstance(answer, Held):
            self.on_held(answer)
        else:
            await self._settle(answer)

    def _checked(self, topics: Topics, message: protocol.Asked) -> protocol.Asked:
        if message.gateway != topics.gateway:
            raise WireError("wire.gateway", topic=topics.gateway, gateway=message.gateway)
        if self._consumers and message.consumer not in self._consumers:
            raise WireError("wire.consumer", consumer=message.consumer)
        return message

    async def _asked_again(self, replay: Replay, ask: Ask) -> None:
        # We never told of a head like that: a former self of ours did.
        beyond = replay.epoch == self._journal.epoch.id and replay.last > self._journal.head
        if not (beyond and await self._doubt("ahead", replay, replay.last)):
            ask(replay)

    async def _settle(self, ack: Ack) -> None:
        self.on_ack(ack)
        outcome = await self._journal.settle(ack.consumer, ack.epoch, ack.seq, ack.hash, ack.gateway)
        if outcome is Settlement.DOUBTED or (outcome is Settlement.SETTLED and not ack.conflict):
            return
        reason = "ahead" if outcome is Settlement.AHEAD else "conflict"
        doubted = outcome is not Settlement.UNKNOWN and await self._doubt(reason, ack, ack.seq)
        if not doubted and outcome is not Settlement.SETTLED:  # else it is a conflict that was dealt with before
            raise WireError("wire.ack", consumer=ack.consumer, epoch=ack.epoch, seq=ack.seq, outcome=outcome.value)

    async def _doubt(self, reason: str, said: Ack | Replay, seq: int) -> bool:
        """Headquarters and we do not mean the same by the same keys: this store is, or was, an older copy of itself.

        Going on would use keys headquarters already has. It was put back before we started, so it happens once to the
        epoch that goes on; a second time somebody makes it up.
        """
        present = said.epoch == self._journal.epoch.id
        if said.gateway != self._topics.gateway or not self._consumers or (present and self._renewed):
            return False
        if not await self._journal.doubt(said.epoch, reason, self._consumers):
            return False
        self._renewed = self._renewed or present
        told = {"reason": reason, "consumer": said.consumer, "epoch": said.epoch, "seq": seq}
        log.warning("uplink.doubt", **told)
        self._tell("uplink.doubt", **told)
        return True
