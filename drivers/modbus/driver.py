"""The Modbus driver: one wire, one request in flight, one total deadline each, no retries."""

import asyncio
from collections.abc import Sequence

from drivers.contract import LinkDown, NoAnswer, Refused, Request, Strays, WireWrite, Write
from drivers.identification import Identification
from drivers.modbus.asking import Blocks
from drivers.modbus.conversation import Conversation
from drivers.modbus.nameplate import read_identity
from drivers.modbus.pdu import check_write
from drivers.modbus.request import ModbusRequest, request_of, requests_of, unit_of
from drivers.modbus.transaction import Check, Transactions
from drivers.modbus.transport import Endpoint
from drivers.modbus.units import ON_LINE, ON_NETWORK, unit_number
from drivers.modbus.writing import cells_of, written_of
from drivers.points import Instant, Reading
from drivers.templates import Device, WordWrite


class ModbusDriver:
    """One Modbus link of any transport; implements ``drivers.contract.Driver``."""

    def __init__(self, endpoint: Endpoint, devices: Sequence[Device]) -> None:
        self._endpoint = endpoint
        self._devices = {device.id: device for device in devices}
        self._transactions = Transactions()
        self._conversation: Conversation | None = None
        self._discarded = False
        self._blocks = Blocks(self)

    @property
    def in_flight(self) -> int:
        """One: Modbus devices and gateways queue badly or not at all."""
        return 1

    @property
    def serial(self) -> bool:
        """Whether it speaks RTU; a network before it makes no difference as long as nobody there takes requests in."""
        return self._endpoint.serial

    def strays(self, device: Device) -> Strays:
        """What came from its unit without being asked for; nothing where frames have numbers."""
        return self._transactions.strays.of(unit_of(device), asyncio.get_running_loop().time())

    def plan(self, device: Device) -> Sequence[ModbusRequest]:
        """The cheapest requests that bring every point of ``device``; raises UnitNumberError, PlanError."""
        return requests_of(device, self._endpoint.cost)

    def occupies(self, request: Request) -> float:
        """A round trip, or the time of its characters on the line."""
        block = _modbus(request).block
        return self._endpoint.cost.of(block.table, block.count)

    async def open(self) -> None:
        """Connect; raises LinkDown."""
        await self.close()
        self._conversation = await self._endpoint.connect(self._transactions)

    async def read(self, request: Request) -> bytes:
        """The data bytes of one block; raises LinkDown, NoAnswer, Refused."""
        return await self._blocks.read(_modbus(request))

    def split(self, request: Request, refusal: Refused) -> Sequence[ModbusRequest]:
        """Two halves after exception 02 or 03; nothing otherwise."""
        return _modbus(request).split(refusal)

    def probe(self, request: Request, seconds: float) -> ModbusRequest:
        """The first register or bit of ``request``."""
        return _modbus(request).probe(seconds)

    def decode(self, request: Request, answer: bytes, at: Instant) -> list[Reading]:
        """One reading a point."""
        return _modbus(request).decode(answer, at)

    async def identify(self, device: Device) -> Identification:
        """Its identity registers; those that it does not know are told as such."""
        return await read_identity(self._blocks, device, self._endpoint.cost)

    async def write(self, write: Write) -> None:
        """Write once; raises LinkDown, NoAnswer (outcome unknown), Refused (also by us: not expressible)."""
        device = self._devices[write.device]
        pdu = cells_of(device, write.what).pdu
        await self.ask(unit_of(device), pdu, lambda answer: check_write(pdu, answer), device.timeout)

    def written(self, write: Write) -> WireWrite:
        """The registers or the coil."""
        return written_of(self._devices[write.device], write.what)

    def read_back(self, write: Write) -> ModbusRequest | None:
        """The registers of the point; those beside any point are written only."""
        if isinstance(write.what, WordWrite):
            return None
        return request_of(self._devices[write.device], write.what.point)

    async def close(self) -> None:
        """Let go of the wire."""
        self._discarded = False
        self._blocks.forget()
        if self._conversation is not None:
            self._conversation.abort()
            self._conversation = None

    async def ask(self, unit: int, pdu: bytes, check: Check, seconds: float) -> bytes:
        """Ask once and return what ``check`` makes of the answer; raises LinkDown, NoAnswer, Refused, UnitNumberError.

        Connecting anew, the answer and its checks share the one deadline.
        """
        unit_number(str(unit), self._endpoint.place, ON_LINE if self.serial else ON_NETWORK)
        exchange = self._transactions.begin(unit, pdu, check, seconds)
        if self._conversation is not None:
            await self._conversation.prepare(unit, pdu)
        until = asyncio.get_running_loop().time() + seconds
        conversation = await self._ready(until, seconds)
        try:
            return await conversation.ask(exchange, until)
        except NoAnswer:
            self._discarded = conversation.closed
            raise

    async def _ready(self, until: float, seconds: float) -> Conversation:
        """The wire. One that we dropped ourselves is renewed: the next device shall not suffer from the last."""
        if self._discarded:
            try:
                async with asyncio.timeout_at(until):
                    self._conversation = await self._endpoint.connect(self._transactions)
            except TimeoutError as error:
                raise LinkDown("link.no-connection", place=self._endpoint.place, seconds=seconds) from error
            self._discarded = False
        if self._conversation is None:
            raise LinkDown("link.not-open")
        return self._conversation


def _modbus(request: Request) -> ModbusRequest:
    if not isinstance(request, ModbusRequest):
        raise TypeError(request)
    return request
