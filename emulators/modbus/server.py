"""A server on a TCP port that answers pipelined requests in order and lies when told to. No tasks: callbacks only."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, cast

from emulators.modbus.framing import MbapRequests, RequestFraming
from emulators.modbus.session import Served, Session
from emulators.modbus.unit import ModbusUnit, SharedUnit

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on with zero seconds: close sends RST instead of FIN."""


class ModbusServer:
    """Many units behind one listener; an async context manager."""

    def __init__(
        self,
        units: Mapping[int, ModbusUnit | SharedUnit],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        scheme: str = "modbus-tcp",
        framing: Callable[[], RequestFraming] = MbapRequests,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Serve ``units`` by number; port 0 takes a free one."""
        self.served = Served(units)
        self.units = units
        self.host = host
        self.port = port
        self._scheme = scheme
        self._framing = framing
        self._tls = tls
        self._clients: set[_Client] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The link URL of this server."""
        return f"{self._scheme}://{self.host}:{self.port}"

    @property
    def requests(self) -> int:
        """Requests received since the start."""
        return self.served.requests

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._client, self.host, self.port, ssl=self._tls, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            self.drop()
            await self._server.wait_closed()

    def drop(self) -> None:
        """Cut every connection; new ones are still accepted."""
        for client in tuple(self._clients):
            client.reset()

    def restore(self) -> None:
        """Nothing to mend: connections were cut, the port was not."""

    def _client(self) -> "_Client":
        return _Client(self.served, self._framing(), self._clients)


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, served: Served, framing: RequestFraming, clients: set["_Client"]) -> None:
        self._session = Session(served, framing, self._write, self.reset)
        self._clients = clients
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._clients.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._session.close()
        self._clients.discard(self)

    def data_received(self, data: bytes) -> None:
        self._session.receive(data)

    def reset(self) -> None:
        """Cut the connection with RST."""
        if self._transport is not None and not self._transport.is_closing():
            wire = self._transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
