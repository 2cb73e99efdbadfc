"""Serves emulated BACnet devices on UDP, each on a port of its own. No tasks: callbacks only."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self

from drivers.bacnet.stack import Wire
from drivers.bacnet.udp import Place, UdpSocket, open_endpoint
from drivers.contract import NoAnswer
from emulators.bacnet.faults import DelayedDatagram, tell
from emulators.bacnet.peer import server_wire
from emulators.bacnet.unit import BacnetUnit


class BacnetServer:
    """Many devices behind one address; an async context manager. Raises LinkDown when a port is taken."""

    def __init__(self, units: Sequence[BacnetUnit], host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve ``units`` on ``port`` and those behind it, or on free ports with port 0."""
        self.units = {unit.instance: unit for unit in units}
        self.requests: dict[int, int] = dict.fromkeys(self.units, 0)
        """Datagrams received since the start, by instance."""
        self._ports = {unit.instance: port and port + index for index, unit in enumerate(units)}
        self._host = host
        self._mouths: dict[int, _Mouth] = {}
        self._open = AsyncExitStack()

    def address(self, instance: int) -> str:
        """The address of a device as a plant file writes it: ``127.0.0.1:40001/2001``."""
        host, port = self._mouths[instance].place
        return f"{host}:{port}/{instance}"

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            for instance, unit in self.units.items():
                mouth = _Mouth(self, unit)
                await mouth.open((self._host, self._ports[instance]))
                opened.push_async_callback(mouth.close)
                self._mouths[instance] = mouth
            self._open = opened.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()


class _Mouth:
    """What one device hears and says, lies included."""

    def __init__(self, server: BacnetServer, unit: BacnetUnit) -> None:
        self._server = server
        self._unit = unit
        self._timers: set[asyncio.TimerHandle] = set()
        self._endpoint: UdpSocket | None = None
        self._wire: Wire | None = None

    @property
    def place(self) -> Place:
        if self._endpoint is None:
            raise RuntimeError("not served")
        return self._endpoint.place

    async def open(self, place: Place) -> None:
        self._endpoint = await open_endpoint(place, self._hear)
        self._wire = server_wire(self._unit, self)

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        if self._endpoint is not None:
            await self._endpoint.close()

    def send(self, data: bytes, to: Place) -> None:
        for sending in tell(data, self._unit.faults):
            if sending.delay:
                self._timers.add(asyncio.get_running_loop().call_later(sending.delay, self._say, sending, to))
            else:
                self._say(sending, to)

    def _say(self, sending: DelayedDatagram, to: Place) -> None:
        if self._endpoint is None or self._endpoint.failure is not None:
            return
        # A peer that cannot be reached hears nothing; who asked in its name is no reason to stop.
        with suppress(NoAnswer):
            self._endpoint.send(sending.data, to)

    def _hear(self, data: bytes, sender: Place) -> None:
        self._server.requests[self._unit.instance] += 1
        if self._wire is not None and "silent" not in self._unit.faults:
            self._wire.receive(data, sender)
