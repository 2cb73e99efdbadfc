"""Modbus TCP's frames over UDP: one request a datagram, one datagram an answer."""

import asyncio
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from emulators.modbus.framing import MbapRequests
from emulators.modbus.session import Served, Session
from emulators.modbus.unit import ModbusUnit, SharedUnit

_READ_SIZE = 1024
"""More than any frame."""


class ModbusUdpServer:
    """Many units behind one UDP port; an async context manager."""

    def __init__(self, units: Mapping[int, ModbusUnit | SharedUnit], host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve ``units`` by number; port 0 takes a free one."""
        self.served = Served(units)
        self.host = host
        self.port = port
        self._sessions: set[Session] = set()
        self._wire: socket.socket | None = None

    @property
    def url(self) -> str:
        """The link URL of this server."""
        return f"modbus-udp://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        self.restore()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()

    def drop(self) -> None:
        """Close the port: the host refuses what comes for it."""
        for session in self._sessions:
            session.close()
        if self._wire is not None:
            asyncio.get_running_loop().remove_reader(self._wire)
            self._wire.close()
            self._wire = None

    def restore(self) -> None:
        """Listen; raises OSError (port taken)."""
        self._wire = _bound(self.host, self.port)
        self.port = self._wire.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._wire, self._readable, self._wire)

    def _readable(self, wire: socket.socket) -> None:
        try:
            data, sender = wire.recvfrom(_READ_SIZE)
        except OSError:
            return  # a client that is gone refused an answer

        def write(answer: bytes) -> None:
            if wire is self._wire:
                wire.sendto(answer, sender)

        # Nothing of a datagram is left for the next one, and there is no connection to cut.
        session = Session(self.served, MbapRequests(), write, lambda: None)
        session.receive(data)
        self._sessions = {kept for kept in (*self._sessions, session) if kept.pending}


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    wire = socket.socket(family, kind, protocol)
    try:
        wire.setblocking(False)
        wire.bind(place)
    except OSError:
        wire.close()
        raise
    return wire
