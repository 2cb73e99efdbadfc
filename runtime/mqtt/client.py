"""The broker: the only module that imports aiomqtt and paho.

What aiomqtt 2.5 leaves to us: a refusal in PUBACK is an error, a lost connection ends every wait at once, a message is
confirmed only after it was handled, and an old broker is met with MQTT 3.1.1.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from runtime.clock import Clock
from runtime.credentials import secret
from runtime.errors import AgentError, PublishRefused, SubscriptionRefused, UplinkError
from runtime.mqtt.diagnosis import rejected, unreachable
from runtime.mqtt.inbox import Inbox, Receipt
from runtime.mqtt.message import MAX_BYTES, Message
from runtime.mqtt.session import notice_cancellation
from runtime.mqtt.tls import TlsFiles

log = structlog.get_logger()

WINDOW = 20
"""Publishes in flight at once: what mosquitto accepts by default."""
DEADLINE = 15.0
"""Seconds for a connect, a publish or a subscribe."""
KEEPALIVE = 30
"""Seconds; a dead WAN is noticed after twice this at the latest, by a publish after ``DEADLINE``."""
TAKEN_AT_ONCE = 200
"""Messages one ``receive`` hands over at most."""
REFUSED = 0x80
"""Reason codes from here on are failures (MQTT 5, 2.4); 0x10, no matching subscribers, is none."""
TAKEN_OVER = 0x8E
"""DISCONNECT reason: another client connected under our name (MQTT 5, 3.14.2.1)."""
NO_HEARTBEAT = 0x8D
"""Reason when the broker did not answer our pings (MQTT 5, 3.14.2.1): a dead link that nobody closed."""
HANDSHAKE = 5.0
"""Seconds an open connection may wait for CONNACK: some old brokers choke on MQTT 5 without a word."""
_OTHER_VERSION = {
    aiomqtt.ProtocolVersion.V5: aiomqtt.ProtocolVersion.V311,
    aiomqtt.ProtocolVersion.V311: aiomqtt.ProtocolVersion.V5,
}
_DISLIKES_VERSION = ("uplink.version", "uplink.hung-up", "uplink.silent")
"""How a broker may take a protocol version it does not know."""
PACKET_ALLOWED = MAX_BYTES + 4096
"""Bytes of one packet we take (MQTT 5, 3.1.2.11.4): the longest message with its topic and whatever is beside it."""
FRAME = 16
"""Bytes of a PUBLISH beside topic and payload, at most (MQTT 5, 3.3): fixed header 5, lengths 2, identifier 2, no
properties 1, and some spare."""


class Connection(Protocol):
    """One connection to a broker, until it fails; every method raises UplinkError once it has."""

    protocol: str
    """``5`` or ``3.1.1``; the latter cannot tell us that a publish was refused."""

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        """Hand over a message as soon as the window has room; await the result for the broker's confirmation.

        The result raises PublishRefused when the broker declined this message.
        """

    async def subscribe(self, *topics: str) -> None:
        """Ask for messages; raises SubscriptionRefused when the broker declines one of them."""

    async def receive(self, limit: int = TAKEN_AT_ONCE) -> list[Message]:
        """Wait for messages, at most ``limit`` at once. Those of the last call count as handled now."""


class Connector(Protocol):
    """Makes connections; remembers what it learned about the broker."""

    def connect(self, will: Message | None = None) -> AbstractAsyncContextManager[Connection]:
        """Open a connection for the length of the context; raises UplinkError."""


async def publish(connection: Connection, topic: str, payload: bytes, *, retain: bool = False) -> None:
    """Send one message and wait for its confirmation. Raises UplinkError."""
    await (await connection.send(topic, payload, retain=retain))


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the broker. Two clients of one name throw each other out."""

    client: str
    username: str = ""
    password: str = ""
    """A reference (see ``runtime.credentials``), read anew for each connection."""
    trust: TlsFiles = field(default_factory=TlsFiles)
    """Of ``mqtts``."""


class Broker:
    """A broker by its URL, ``mqtt://host:port`` or ``mqtts://host:port``.

    Tries MQTT 5 first. A broker that refuses the version, hangs up on it or says nothing is tried with 3.1.1, which is
    remembered until the broker does the same to that.
    """

    def __init__(self, url: str, login: Login, deadline: float = DEADLINE, clock: Clock | None = None) -> None:
        """``clock`` tells a wrong certificate from a wrong clock; raises UplinkError for a URL it cannot read."""
        self._host, self._port, self._secure = _endpoint(url)
        self._login = login
        self._deadline = deadline
        self._clock = clock or Clock()
        self._version = aiomqtt.ProtocolVersion.V5

    @asynccontextmanager
    async def connect(self, will: Message | None = None) -> AsyncIterator[Connection]:
        """See Connector. Every connection is a new client: a reused one would repeat publishes that timed out."""
        client = await self._enter(will)
        try:
            yield client
        finally:
            await client.leave()

    async def _enter(self, will: Message | None) -> "_Client":
        try:
            return await self._open(will)
        except UplinkError as error:
            if error.code not in _DISLIKES_VERSION:
                raise
        self._version = _OTHER_VERSION[self._version]
        return await self._open(will)

    async def _open(self, will: Message | None) -> "_Client":
        login = self._login
        # Authorities and keys are files: reading and parsing them must not hold up the polls.
        tls = await asyncio.to_thread(login.trust.context) if self._secure else None
        client = _Client(
            self._host,
            self._port,
            identifier=login.client,
            username=login.username or None,
            password=_password(login.password),
            protocol=self._version,
            tls_context=tls,
            will=will and aiomqtt.Will(will.topic, will.payload, qos=1, retain=will.retained),
            timeout=self._deadline,
            keepalive=KEEPALIVE,
            max_inflight_messages=WINDOW,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],  # else small messages wait 40 ms for an ACK
            **_session(self._version),
        )
        await client.enter(self._clock)
        return client


class _Client(aiomqtt.Client):
    """A connection that tells the truth about confirmations and losses, and is bounded. It lives once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as aiomqtt.Client
        super().__init__(*args, **kwargs)
        self._client.manual_ack_set(True)
        self._client.connect_timeout = self.timeout
        self._read = self._client._sock_recv
        self._client._sock_recv = self._bounded  # type: ignore[method-assign]  # paho has no other place for a limit
        self.protocol = "5" if kwargs["protocol"] == aiomqtt.ProtocolVersion.V5 else "3.1.1"
        self._window = asyncio.Semaphore(WINDOW)
        self._longest = sys.maxsize
        self._acks: dict[int, asyncio.Future[None]] = {}
        self._inbox = Inbox()
        self._lost: UplinkError | None = None
        self._abandoned = False
        self._opened = False
        self._disconnected.add_done_callback(self._on_loss)

    async def enter(self, clock: Clock) -> None:
        """Connect within the deadline, name resolution and TLS included. Raises UplinkError with a diagnosis."""
        entered = False
        try:
            async with asyncio.timeout(self.timeout) as self._patience:
                await self._resolve()
                await self.__aenter__()
        except aiomqtt.MqttCodeError as error:
            raise rejected(_code(error), str(error)) from error
        except (aiomqtt.MqttError, OSError) as error:  # TimeoutError is an OSError
            raise self._diagnosis(error, clock) from error
        else:
            notice_cancellation()  # aiomqtt waits with wait_for
            entered = True
        finally:
            if not entered:
                self._abandon()

    async def _resolve(self) -> None:
        """Look the name up by itself, so that a dead DNS is told from a broker that does not answer."""
        try:
            await self._loop.getaddrinfo(self._hostname, self._port, type=socket.SOCK_STREAM)
        except asyncio.CancelledError:
            self._lost = UplinkError("uplink.dns", host=self._hostname, port=self._port, reason="no answer")
            raise

    def _diagnosis(self, error: Exception, clock: Clock) -> UplinkError:
        if self._opened and isinstance(error, TimeoutError):
            return UplinkError("uplink.silent", seconds=HANDSHAKE)
        # aiomqtt keeps only the text of what went wrong; the error itself is its context.
        cause = error.__context__ if isinstance(error, aiomqtt.MqttError) and error.__context__ else error
        return self._lost or unreachable(cause, self._hostname, self._port, clock.real_now())

    async def leave(self) -> None:
        """Say goodbye; a broker that does not listen any more is not waited for long."""
        self._lose(UplinkError("uplink.closed"))
        try:
            await self.__aexit__(None, None, None)
        except aiomqtt.MqttError as error:
            log.debug("uplink.leave", reason=str(error))
        self._abandon()

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        """See Connection."""
        size = len(topic.encode()) + len(payload) + FRAME
        if size > self._longest:
            # The broker would hang up on it, and on every connection after this one.
            return self._declined(PublishRefused("uplink.too-long", bytes=size, most=self._longest))
        await self._window.acquire()
        if self._lost:
            self._window.release()
            raise self._lost
        info = self._client.publish(topic, payload, 1, retain)
        ack: asyncio.Future[None] = self._loop.create_future()
        ack.add_done_callback(self._confirmed)
        self._acks[info.mid] = ack
        timer = self._loop.call_later(self.timeout, self._lose, UplinkError("uplink.timeout", topic=topic))
        ack.add_done_callback(lambda _: timer.cancel())
        return ack

    def _declined(self, refusal: PublishRefused) -> asyncio.Future[None]:
        declined: asyncio.Future[None] = self._loop.create_future()
        declined.set_exception(refusal)
        return declined

    async def subscribe(self, *topics: str) -> None:  # type: ignore[override]  # ours is the narrower Connection
        """See Connection."""
        try:
            codes = await super().subscribe([(topic, 1) for topic in topics])
            notice_cancellation()
        except (aiomqtt.MqttError, OSError) as error:
            raise self._lost or UplinkError("uplink.closed", reason=error) from error
        for topic, code in zip(topics, codes, strict=True):
            if code >= REFUSED:  # type: ignore[operator]  # an int, or a ReasonCode, which compares with one
                raise SubscriptionRefused("uplink.subscription-refused", topic=topic, reason=str(code))

    async def receive(self, limit: int = TAKEN_AT_ONCE) -> list[Message]:
        """See Connection."""
        for receipt in self._inbox.handled():
            self._client.ack(receipt.mid, receipt.qos)
        await self._inbox.arrived.wait()
        if self._lost:
            raise self._lost
        return self._inbox.take(limit)

    def _bounded(self, bufsize: int) -> bytes:
        """Read for paho, which collects a packet of 256 MB as willingly as one byte: the rest of one too long goes.

        What is left is still longer than a message may be, so whoever reads it refuses it, and the connection lives:
        ended for it, it would meet a retained one again each time.
        """
        del self._client._in_packet["packet"][PACKET_ALLOWED:]
        return self._read(min(bufsize, PACKET_ALLOWED))

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:  # noqa: ANN401
        _hurry(client)
        # A broker of MQTT 3.1.1 knows no limit, see _bounded: one byte too many is refused by whoever reads it.
        payload = message.payload[: MAX_BYTES + 1]
        arrived = Message(_topic(message), payload, message.retain)
        if not self._inbox.put(arrived, Receipt(message.mid, message.qos)):
            self._client.ack(message.mid, message.qos)

    def _on_publish(self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:  # noqa: ANN401
        _hurry(client)
        ack = self._acks.pop(mid, None)
        if ack is None or ack.done():
            return
        if reason_code.value >= REFUSED:
            ack.set_exception(PublishRefused("uplink.refused", reason=str(reason_code)))
        else:
            ack.set_result(None)

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:  # noqa: ANN401
        room = getattr(properties, "ReceiveMaximum", WINDOW)
        if room < WINDOW:
            self._window = asyncio.Semaphore(room)
        self._longest = getattr(properties, "MaximumPacketSize", self._longest)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:  # noqa: ANN401
        if self._connected.done():
            super()._on_disconnect(client, userdata, flags, reason_code, properties)
        elif not self._disconnected.done():
            self._disconnected.set_exception(aiomqtt.MqttCodeError(reason_code))

    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:  # noqa: ANN401
        if self._abandoned:
            # The connect outlived its deadline in its thread; completed, it would throw out our next connection.
            sock.close()
            raise OSError("abandoned")
        super()._on_socket_open(client, userdata, sock)
        self._loop.call_soon_threadsafe(self._await_connack)

    def _await_connack(self) -> None:
        self._opened = True
        if not self._connected.done():
            end = self._patience.when() or 0.0
            self._patience.reschedule(min(end, self._loop.time() + HANDSHAKE))

    def _on_loss(self, disconnected: asyncio.Future[None]) -> None:
        self._lose(_cause(disconnected) if self._connected.done() else UplinkError("uplink.hung-up"))
        if not self._connected.done():
            # aiomqtt would wait for its whole deadline
            self._connected.set_exception(aiomqtt.MqttError("closed before it was accepted"))

    def _confirmed(self, ack: asyncio.Future[None]) -> None:
        self._window.release()
        if not ack.cancelled():
            ack.exception()  # seen here: a sender that was cancelled never asks

    def _lose(self, cause: UplinkError) -> None:
        """End every wait; the first cause counts."""
        self._lost = self._lost or cause
        self._inbox.arrived.set()
        for ack in [*self._acks.values()]:
            if not ack.done():
                ack.set_exception(self._lost)
        self._acks.clear()

    def _abandon(self) -> None:
        """Free the socket whatever state aiomqtt left it in, a connect that still runs in its thread included."""
        self._abandoned = True
        if self._misc_task is not None:
            self._misc_task.cancel()
        sock = self._client.socket()
        if sock is not None and sock.fileno() >= 0:
            self._loop.remove_reader(sock.fileno())
            self._loop.remove_writer(sock.fileno())
            sock.close()


def _hurry(client: Any) -> None:  # noqa: ANN401 - of paho
    """Have the kernel acknowledge what arrived.

    Mosquitto keeps Nagle's rule unless told otherwise: its next small packet, such as a PUBACK, waits until the one
    before is acknowledged, which Linux puts off by 40 ms. Linux forgets the wish soon (tcp(7), TCP_QUICKACK).
    """
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _endpoint(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UplinkError("uplink.url", url=url) from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise UplinkError("uplink.url", url=url)
    secure = parts.scheme == "mqtts"
    return parts.hostname, port or (8883 if secure else 1883), secure


def _session(version: aiomqtt.ProtocolVersion) -> dict[str, Any]:
    """No session is kept at the broker: what was missed is asked for again, from the journal."""
    if version != aiomqtt.ProtocolVersion.V5:
        return {"clean_session": True}
    # An old broker takes their bytes for the length of a name and waits: it counts as silent, and 3.1.1 is tried.
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = PACKET_ALLOWED
    properties.ReceiveMaximum = TAKEN_AT_ONCE
    return {"clean_start": True, "properties": properties}


def _topic(message: Any) -> str:  # noqa: ANN401 - of paho
    """The topic of a message; empty, which is none of ours, when it is not UTF-8."""
    try:
        return str(message.topic)
    except UnicodeDecodeError:
        return ""


def _password(reference: str) -> str | None:
    try:
        return secret(reference) or None
    except AgentError as error:
        raise UplinkError(error.code, **error.arguments) from error


def _code(error: aiomqtt.MqttCodeError) -> int:
    return int(error.rc.value if isinstance(error.rc, ReasonCode) else error.rc or 0)


def _cause(disconnected: asyncio.Future[None]) -> UplinkError:
    error = None if disconnected.cancelled() else disconnected.exception()
    code = _code(error) if isinstance(error, aiomqtt.MqttCodeError) else 0
    if code == TAKEN_OVER:
        return UplinkError("uplink.taken-over")
    if code == NO_HEARTBEAT:
        return UplinkError("uplink.no-heartbeat", seconds=KEEPALIVE)
    return UplinkError("uplink.closed", reason=error)
