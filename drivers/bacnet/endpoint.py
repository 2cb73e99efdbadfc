"""The UDP endpoint of a BACnet link: ours, so that any address, any port and any fault is in our hands."""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import cast

from drivers.contract import LinkDown

Place = tuple[str, int]
"""IPv4 address in digits and port."""

Receive = Callable[[bytes, Place], None]
"""Takes one datagram and who sent it."""

_BIND_ERRORS = {errno.EADDRINUSE: "bacnet.port-taken", errno.EADDRNOTAVAIL: "bacnet.no-such-interface"}
_GONE = frozenset({errno.ENETDOWN, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.ENODEV})
"""Errors of a send that mean the interface, not the peer."""


class Endpoint(asyncio.DatagramProtocol):
    """One bound UDP socket. Received datagrams are handled at once: nothing queues here."""

    def __init__(self, receive: Receive) -> None:
        self.failure: LinkDown | None = None
        """Why the endpoint is of no more use."""
        self._receive = receive
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()

    @property
    def place(self) -> Place:
        """Where we are bound."""
        if self._transport is None:
            raise LinkDown("link.not-open")
        host, port = self._transport.get_extra_info("sockname")
        return host, port

    def send(self, data: bytes, to: Place) -> None:
        """Send one datagram; raises LinkDown when the interface is gone."""
        if self.failure is not None:
            raise self.failure
        if self._transport is None or self._transport.is_closing():
            raise LinkDown("link.not-open")
        self._transport.sendto(data, to)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, sender: Place) -> None:
        """Hand it on."""
        self._receive(data, sender)

    def error_received(self, error: Exception) -> None:
        """Remember that the interface is gone; an unreachable peer is a silent one."""
        if isinstance(error, OSError) and error.errno in _GONE:
            self.failure = LinkDown("bacnet.interface-gone", error=error.strerror or str(error))

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing can be sent any more."""
        self.failure = self.failure or LinkDown("link.not-open")
        self._closed.set()

    async def close(self) -> None:
        """Let go of the port; it is free when this returns."""
        if self._transport is not None:
            self._transport.abort()
            await self._closed.wait()


async def open_endpoint(place: Place, receive: Receive, *, shared: bool = False) -> Endpoint:
    """Bind ``place`` (port 0: a free one) and receive; raises LinkDown.

    ``shared`` lets several programs hear the broadcasts of one port.
    """
    wire = _bound(place, shared)
    loop = asyncio.get_running_loop()
    _, endpoint = await loop.create_datagram_endpoint(lambda: Endpoint(receive), sock=wire)
    return endpoint


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
