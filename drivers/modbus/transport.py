"""Network channels and how they are opened: TCP, TLS and UDP, each with a deadline."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from drivers.contract import LinkDown
from drivers.modbus.conversation import Conversation, DatagramConversation, StreamConversation
from drivers.modbus.rtu import Timing
from drivers.modbus.transaction import Transactions
from drivers.modbus.turns import TurnsConversation
from drivers.planner import ROUND_TRIP, Cost

CONNECT_TIMEOUT = 3.0
"""Seconds a connect may take: two lost SYN (1 s and 2 s apart, RFC 6298) and not longer."""
_KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10_000),
)
"""A peer that vanished is noticed after 10 s of unacknowledged data or 25 s of silence."""


class Endpoint(Protocol):
    """Where the other side is and how it is reached."""

    @property
    def place(self) -> str:
        """As messages name it."""

    @property
    def cost(self) -> Cost:
        """What a read costs there."""

    @property
    def serial(self) -> bool:
        """Whether RTU is spoken there."""

    async def connect(self, transactions: Transactions) -> Conversation:
        """Open a conversation; raises LinkDown."""


@dataclass(frozen=True, slots=True)
class TcpEndpoint:
    """A TCP port, perhaps behind TLS, that speaks Modbus TCP or, with a ``timing``, RTU."""

    host: str
    port: int
    tls: Callable[[], ssl.SSLContext] | None = None
    """Makes the context; raises OSError when a file cannot be read (SSLError among them)."""
    name: str | None = None
    """Whom the certificate must be for; None: the host."""
    timing: Timing | None = None
    """Of the serial line behind the port."""
    pause: float = 0.0
    """Seconds between an answer and the next request, where the device wants any; without a ``timing``."""

    @property
    def place(self) -> str:
        """As messages name it."""
        return f"{self.host}:{self.port}"

    @property
    def cost(self) -> Cost:
        """A round trip, or time on the line behind."""
        return self.timing.cost if self.timing else ROUND_TRIP

    @property
    def serial(self) -> bool:
        """Whether there is a line behind the port."""
        return self.timing is not None

    async def connect(self, transactions: Transactions) -> Conversation:
        """Connect; raises LinkDown when refused, unreachable, not trusted or not there within CONNECT_TIMEOUT."""
        conversation = self._conversation(transactions)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await self._open(conversation)
        except TimeoutError as error:
            raise LinkDown("link.connect-timeout", host=self.host, port=self.port) from error
        except OSError as error:
            raise _cannot_connect(self.host, self.port, error) from error
        return conversation

    def _conversation(self, transactions: Transactions) -> Conversation:
        if self.timing:
            return TurnsConversation(self.timing, transactions.strays)
        return StreamConversation(transactions, self.pause)

    async def _open(self, conversation: Conversation) -> None:
        context = self.tls() if self.tls else None
        name = (self.name or self.host) if context else None
        await asyncio.get_running_loop().create_connection(
            lambda: StreamChannel(conversation), self.host, self.port, ssl=context, server_hostname=name
        )


@dataclass(frozen=True, slots=True)
class UdpEndpoint:
    """A UDP port that speaks Modbus TCP's frames."""

    host: str
    port: int
    pause: float = 0.0
    """Seconds between an answer and the next request, where the device wants any."""

    @property
    def place(self) -> str:
        """As messages name it."""
        return f"{self.host}:{self.port}"

    @property
    def cost(self) -> Cost:
        """A round trip."""
        return ROUND_TRIP

    @property
    def serial(self) -> bool:
        """No: its frames have numbers."""
        return False

    async def connect(self, transactions: Transactions) -> Conversation:
        """Bind to the peer; whether it is there only an answer shows. Raises LinkDown (name not known, no route)."""
        conversation = DatagramConversation(transactions, self.pause)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: DatagramChannel(conversation), remote_addr=(self.host, self.port)
                )
        except TimeoutError as error:
            raise LinkDown("link.connect-timeout", host=self.host, port=self.port) from error
        except OSError as error:
            raise _cannot_connect(self.host, self.port, error) from error
        return conversation


class StreamChannel(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._transport: asyncio.Transport | None = None

    def send(self, data: bytes) -> None:
        """Queue ``data``; at most one request waits, because each has to be answered first."""
        if self._transport is not None:
            self._transport.write(data)

    def abort(self) -> None:
        """Drop the connection now, unsent and unread bytes with it."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the kernel watch the peer."""
        self._transport = cast(asyncio.Transport, transport)
        wire = transport.get_extra_info("socket")
        for level, option, value in _KEEPALIVE:
            wire.setsockopt(level, option, value)
        self._conversation.attach(self)

    def data_received(self, data: bytes) -> None:
        """Hand it on."""
        self._conversation.receive(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits for an answer."""
        self._conversation.lost(LinkDown("link.closed-by-peer"))


class DatagramChannel(asyncio.DatagramProtocol):
    """One UDP socket that hears its peer only."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._transport: asyncio.DatagramTransport | None = None

    def send(self, data: bytes) -> None:
        """Send one datagram."""
        if self._transport is not None:
            self._transport.sendto(data)

    def abort(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        self._conversation.attach(self)

    def datagram_received(self, data: bytes, _: object) -> None:
        """Hand it on."""
        self._conversation.receive(data)

    def error_received(self, error: Exception) -> None:
        """Nobody listens there, or there is no way: the wire is gone."""
        self.abort()
        self._conversation.lost(LinkDown("link.unreachable", error=_words(error)))

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing can be sent any more."""
        self._conversation.lost(LinkDown("link.closed-by-peer"))


def _cannot_connect(host: str, port: int, error: OSError) -> LinkDown:
    return LinkDown("link.cannot-connect", host=host, port=port, error=_words(error))


def _words(error: Exception) -> str:
    """What the system says; TLS has its sentence in ``verify_message``."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (isinstance(error, OSError) and error.strerror) or str(error)
