"""A broker in memory (``runtime.mqtt.client.Connector``) that can be told to misbehave; and makers of events."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.journal import Journal
from agent.uplink.publisher import GatewayIdentity, Publisher
from config.plant import Uplink
from headquarters.receiver import audit
from rules.effects import Effects, Row
from rules.facts import AlarmFact, Evidence, SystemFact, When, Why
from runtime.clock import Clock, ManualClock
from runtime.complaints import Tell
from runtime.errors import PublishRefused, SubscriptionRefused, UplinkError
from runtime.mqtt.client import Connection, Connector
from runtime.mqtt.message import Message

IDENTITY = GatewayIdentity("acme", "tower", "gw-1", "f" * 64, "0.1.0")
UPLINK = Uplink("mqtt://unused", consumers=("hq",))


def facts(*names: str, rows: tuple[Row, ...] = ()) -> Effects:
    """Effects with one event for each name."""
    when = When(1_800_000_000.0, True, "boot-1", 1000.0)
    return Effects(list(rows), [SystemFact("test.fact", {"name": name}, when) for name in names])


def alarm_about(alarm: str, state: str = "active", title: str = "水箱低水位") -> Effects:
    """Effects with one event: the alarm ``equipment/rule`` in this state."""
    equipment, rule = alarm.split("/")
    when = When(1_800_000_000.0, True, "boot-1", 1000.0)
    fact = AlarmFact(
        alarm, rule, equipment, {"zh": title, "en": "Tank level low"}, "medium", "pending", state, False, 1, "engine",
        when, Why("level <= low", [Evidence("level", 29.0, "%", "good", "", 0.1)], "water-supply.yaml", 2),
    )  # fmt: skip
    return Effects([], [fact])


def numbered(first: int, last: int) -> Effects:
    """Effects with events named ``first`` to ``last``."""
    return facts(*(f"事件 {number}" for number in range(first, last + 1)))


def crash_image(path: Path, to: Path) -> Path:
    """What a power cut leaves: the file and its logs as they are now, the writer never closing them."""
    log = path.with_suffix(".redo"), to.with_suffix(".redo")
    for source, target in (
        *((path.with_name(path.name + tail), to.with_name(to.name + tail)) for tail in ("", "-wal")),
        log,
    ):
        if source.exists():
            shutil.copyfile(source, target)
    return to


@dataclass
class FakeBroker:
    """Routes messages between its connections. Each fault is off until set."""

    refuse: Callable[[Message], bool] = lambda _: False
    """Decline these messages in the confirmation."""
    swallow: Callable[[Message], bool] = lambda _: False
    """Confirm these messages, deliver them to nobody: a broker that dies with its queue."""
    deaf: Callable[[str], bool] = lambda _: False
    """Decline these subscriptions."""
    copies: int = 1
    """Deliveries of each message."""
    reorder: bool = False
    """Deliver the newest first."""
    poison: Callable[[Message], bool] = lambda _: False
    """Hang up on these messages without a word."""
    drop_after: int | None = None
    """Lose every connection after so many publishes of it."""
    hold: Callable[[Message], bool] = lambda _: False
    """Take these messages and confirm them only when told to: a slow broker."""
    held: list[asyncio.Future[None]] = field(default_factory=list)
    up: bool = True
    published: list[Message] = field(default_factory=list)
    retained: dict[str, Message] = field(default_factory=dict)
    connections: list["FakeConnection"] = field(default_factory=list)

    @asynccontextmanager
    async def connect(self, will: Message | None = None) -> AsyncIterator[Connection]:
        if not self.up:
            raise UplinkError("uplink.unreachable", reason="down")
        connection = FakeConnection(self, will)
        self.connections.append(connection)
        try:
            yield connection
        finally:
            if connection in self.connections:
                self.connections.remove(connection)

    def route(self, message: Message) -> None:
        self.published.append(message)
        if message.retained:
            self.retained[message.topic] = message
        if self.swallow(message):
            return
        for connection in self.connections:
            if any(matches(topic, message.topic) for topic in connection.topics):
                connection.deliver([Message(message.topic, message.payload)] * self.copies)

    def release(self) -> None:
        """Confirm what was held, and hold nothing from now on."""
        self.hold = lambda _: False
        while self.held:
            self.held.pop().set_result(None)

    def stop(self) -> None:
        """Lose every connection, and let nobody in."""
        self.up = False
        for connection in [*self.connections]:
            connection.lose()

    def on(self, name: str) -> list[bytes]:
        """What was published to our gateway's topic ``name``."""
        topic = IDENTITY.topics.named(name)
        return [message.payload for message in self.published if message.topic == topic]


class FakeConnection:
    """A connection to a FakeBroker."""

    protocol = "5"

    def __init__(self, broker: FakeBroker, will: Message | None) -> None:
        self.topics: list[str] = []
        self._broker = broker
        self._will = will
        self._inbox: list[Message] = []
        self._arrived = asyncio.Event()
        self._lost = False
        self._count = 0

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        await asyncio.sleep(0)
        self._count += 1
        if self._broker.drop_after is not None and self._count > self._broker.drop_after:
            self.lose()
        ack: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        message = Message(topic, payload, retain)
        if self._lost:
            raise UplinkError("uplink.closed", reason="lost")
        if self._broker.poison(message):
            self.lose()
            ack.set_exception(UplinkError("uplink.closed"))
        elif self._broker.refuse(message):
            ack.set_exception(PublishRefused("uplink.refused", reason="Not authorized"))
        else:
            self._broker.route(message)
            if self._broker.hold(message):
                self._broker.held.append(ack)
            else:
                ack.set_result(None)
        return ack

    async def subscribe(self, *topics: str) -> None:
        if refused := [topic for topic in topics if self._broker.deaf(topic)]:
            raise SubscriptionRefused("uplink.subscription-refused", topic=refused[0], reason="Not authorized")
        self.topics.extend(topics)
        kept = [message for topic, message in self._broker.retained.items() if any(matches(t, topic) for t in topics)]
        self.deliver(kept)

    async def receive(self, limit: int = 200) -> list[Message]:
        await self._arrived.wait()
        if self._lost:
            raise UplinkError("uplink.closed", reason="lost")
        taken, self._inbox = self._inbox[:limit], self._inbox[limit:]
        if not self._inbox:
            self._arrived.clear()
        return taken

    def deliver(self, messages: list[Message]) -> None:
        if self._broker.reorder:
            self._inbox[:0] = messages
        else:
            self._inbox.extend(messages)
        if self._inbox:
            self._arrived.set()

    def lose(self) -> None:
        """Break; the broker publishes the will."""
        if self._lost:
            return
        self._lost = True
        self._arrived.set()
        if self in self._broker.connections:
            self._broker.connections.remove(self)
        if self._will is not None:
            self._broker.route(self._will)


def matches(pattern: str, topic: str) -> bool:
    """Whether an MQTT filter with ``+`` matches."""
    want, have = pattern.split("/"), topic.split("/")
    return len(want) == len(have) and all(a in ("+", b) for a, b in zip(want, have, strict=True))


@asynccontextmanager
async def running_task(coroutine: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run beside the body, stop by cancelling; a failure of it fails the test."""
    task = asyncio.get_running_loop().create_task(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object], within: float = 20.0) -> None:
    """Wait for real threads and sockets until ``condition`` holds; TimeoutError when it does not."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - threads and sockets tell no event
            await asyncio.sleep(0.005)


async def drive(clock: ManualClock, condition: Callable[[], object], within: float = 600.0, step: float = 0.1) -> None:
    """Move ``clock`` on, a ``step`` for each turn of the real threads, until ``condition`` holds."""
    end = clock.now().mono + within
    while not condition():
        assert clock.now().mono < end, "it never came true"
        await clock.advance(step)
        await asyncio.sleep(0.001)


@dataclass
class Told:
    """Remembers what was told to headquarters as events about the agent."""

    codes: list[str] = field(default_factory=list)
    arguments: list[dict[str, object]] = field(default_factory=list)

    def __call__(self, code: str, **arguments: object) -> None:
        self.codes.append(code)
        self.arguments.append(arguments)


def new_publisher(
    journal: Journal, broker: Connector, clock: Clock, uplink: Uplink = UPLINK, tell: Tell | None = None
) -> Publisher:
    """The publisher of gw-1."""
    return Publisher(journal, uplink, IDENTITY, broker, clock, tell or Told())


def head(journal: Journal) -> tuple[str, int]:
    """What headquarters should hold in the end."""
    return journal.epoch.id, journal.head


def complete(path: Path, *heads: tuple[str, int]) -> bool:
    """Whether the store at ``path`` holds every event up to these heads, and nothing contradicts."""
    report = audit(path)
    return report.good and {(epoch.epoch, epoch.count) for epoch in report.epochs} >= {*heads}
