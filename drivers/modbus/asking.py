"""Asking a unit what only reads, on a wire of our own or on one that the running gateway owns."""

from typing import Protocol

from drivers.contract import NoAnswer, Refused
from drivers.modbus.pdu import check_read, read_pdu
from drivers.modbus.request import ModbusRequest, Need
from drivers.modbus.transaction import Check
from drivers.planner import Block, payload_size


class Asker(Protocol):
    """A wire that is open."""

    async def ask(self, unit: int, pdu: bytes, check: Check, seconds: float) -> bytes:
        """Ask once and return what ``check`` makes of the answer; raises LinkDown, NoAnswer, Refused."""


class Blocks:
    """Reads planned requests over a wire, each with what its points need of other blocks."""

    def __init__(self, wire: Asker) -> None:
        self._wire = wire
        self._known: dict[tuple[str, str], bytes] = {}
        """Device and point -> the registers, as last read, of a point that others need."""

    async def read(self, wanted: ModbusRequest) -> bytes:
        """The data bytes of one request; raises LinkDown, NoAnswer, Refused."""
        data = await self._read(wanted, wanted.block)
        for name, span in wanted.layout.gives:
            self._known[wanted.device, name] = data[span]
        return data + await self._needed(wanted) if wanted.layout.needs else data

    def forget(self) -> None:
        """Read everything anew: the devices may be others now."""
        self._known.clear()

    async def _read(self, request: ModbusRequest, block: Block) -> bytes:
        pdu, size = read_pdu(block.table, block.address, block.count), payload_size(block.table, block.count)
        try:
            return await self._wire.ask(
                request.unit, pdu, lambda answer: check_read(pdu, answer, size), request.timeout
            )
        except NoAnswer:
            # It may come back as another device.
            self._known = {key: data for key, data in self._known.items() if key[0] != request.device}
            raise

    async def _needed(self, request: ModbusRequest) -> bytes:
        """The registers its points need of other blocks; nothing when the device refuses any of them."""
        try:
            return b"".join([await self._known_of(request, need) for need in request.layout.needs])
        except Refused:
            return b""

    async def _known_of(self, request: ModbusRequest, need: Need) -> bytes:
        """The registers of ``need`` as last read, or read now."""
        key = (request.device, need.point.name)
        if key not in self._known:
            self._known[key] = (await self._read(request, need.block))[need.span]
        return self._known[key]
