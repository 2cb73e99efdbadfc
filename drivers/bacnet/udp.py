"""The UDP endpoint of a BACnet link: ours, so that any address, any port and any fault is ours to decide."""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import cast

from drivers.contract import LinkDown, NoAnswer

Place = tuple[str, int]
"""IPv4 address in digits and port."""

Receive = Callable[[bytes, Place], None]
"""Takes one datagram and who sent it."""

_BIND_ERRORS = {errno.EADDRINUSE: "bacnet.port-taken", errno.EADDRNOTAVAIL: "bacnet.no-such-interface"}
_DOWN = frozenset({errno.ENETDOWN, errno.ENODEV})
"""Errors of a send that mean the interface a socket is bound to; bound to none, they mean the way to one peer."""
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EINVAL})
"""Errors that come with a lost interface address, and as well with one destination nobody can reach."""
_ANY = ("", "0.0.0.0")  # noqa: S104 - compared with, not bound to


class UdpSocket(asyncio.DatagramProtocol):
    """One bound UDP socket. Received datagrams are handled at once: nothing queues here."""

    def __init__(self, receive: Receive) -> None:
        self.failure: LinkDown | None = None
        """Why the endpoint is of no more use."""
        self._receive = receive
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()
        self._error: OSError | None = None
        """What the system said of the datagram that is being sent."""

    @property
    def place(self) -> Place:
        """Where we are bound."""
        if self._transport is None:
            raise LinkDown("link.not-open")
        host, port = self._transport.get_extra_info("sockname")
        return host, port

    def send(self, data: bytes, to: Place) -> None:
        """Send one datagram; raises LinkDown when the interface is gone, NoAnswer when there is no way to ``to``."""
        if self.failure is not None:
            raise self.failure
        if self._transport is None or self._transport.is_closing():
            raise LinkDown("link.not-open")
        self._error = None
        self._transport.sendto(data, to)
        if self.failure is not None:
            raise self.failure
        if self._error is not None:
            raise NoAnswer("bacnet.no-route", host=to[0], port=to[1], error=_words(self._error))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, sender: Place) -> None:
        """Hand it on."""
        self._receive(data, sender)

    def error_received(self, error: Exception) -> None:
        """Remember that the interface is gone; an unreachable peer is a silent one."""
        if not isinstance(error, OSError):
            return
        self._error = error
        if self._concerns_interface(error):
            self.failure = LinkDown("bacnet.interface-gone", error=_words(error))

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing can be sent any more."""
        self.failure = self.failure or LinkDown("link.not-open")
        self._closed.set()

    def _concerns_interface(self, error: OSError) -> bool:
        """Whether no peer can be reached any more; one that a stranger made us answer must not end the link."""
        host = self.place[0]
        if host in _ANY:
            return False
        return error.errno in _DOWN or (error.errno in _NO_WAY and not _is_ours(host))

    async def close(self) -> None:
        """Let go of the port; it is free when this returns."""
        if self._transport is not None:
            self._transport.abort()
            await self._closed.wait()


async def open_endpoint(place: Place, receive: Receive, *, shared: bool = False) -> UdpSocket:
    """Bind ``place`` (port 0: a free one) and receive; raises LinkDown.

    ``shared`` lets several programs hear the broadcasts of one port.
    """
    wire = _bound(place, shared)
    loop = asyncio.get_running_loop()
    _, endpoint = await loop.create_datagram_endpoint(lambda: UdpSocket(receive), sock=wire)
    return endpoint


def _is_ours(host: str) -> bool:
    """Whether this machine still has the address ``host``."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((host, 0))
        except OSError:
            return False
    return True


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _bound(place: Place, shared: bool) -> socket.socket:
    """A bound socket. The port is not shared otherwise: the kernel would give each answer to only one of its owners."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        wire.setblocking(False)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            wire.setsockopt(socket.SOL_SOCKET, option, int(shared))
        wire.bind(place)
    except OSError as error:
        wire.close()
        code = _BIND_ERRORS.get(error.errno or 0, "bacnet.cannot-bind")
        reason = error.strerror or str(error)
        raise LinkDown(code, host=place[0], port=place[1], error=reason) from error
    return wire
