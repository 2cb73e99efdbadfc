"""The BACnet driver: one UDP endpoint, many requests under way, one total deadline each; reads are sent again in it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from drivers.bacnet.address import Address, parse_address
from drivers.bacnet.identity import told_instance, told_octets
from drivers.bacnet.ladder import UNRECOGNIZED_SERVICE, Ladder, divisible
from drivers.bacnet.request import BacnetRequest, request_of_point, requests_of
from drivers.bacnet.services import (
    ObjectRead,
    PropertyFailure,
    Service,
    as_read_many,
    read_many,
    read_many_answer,
    read_one,
    read_one_answer,
    write_one,
)
from drivers.bacnet.source import ObjectKey, PropertyKey, object_key, property_key
from drivers.bacnet.stack import Stack
from drivers.bacnet.tags import MalformedError
from drivers.bacnet.udp import Place, Receive, UdpSocket, open_endpoint
from drivers.bacnet.values import encoded
from drivers.codec import EncodeError
from drivers.contract import NO_STRAYS, Busy, LinkDown, NoAnswer, Refused, Request, Strays, WireWrite, Write
from drivers.identification import Identification, compared
from drivers.points import Instant, Reading, Reason
from drivers.templates import Device, PointWrite, WordWrite
from drivers.writing import check_span

Opened = Callable[[Place, Receive], Awaitable[UdpSocket]]

IN_FLIGHT = 50
"""Requests under way on one endpoint."""
PER_DEVICE = 4
"""Requests under way to one device; field controllers answer one after the other."""

TURN_SHARE = 0.5
"""Share of its deadline a request may wait for its turn; the rest is the device's, so nothing is sent too late."""

INSTANCE = "instance"
"""What the number of a device object is called in an identification."""
_INVALID_DATA_TYPE = 9
"""BACnetErrorCode, for a write that we refuse ourselves."""


class BacnetDriver:
    """One BACnet/IP endpoint; implements ``drivers.contract.Driver``."""

    def __init__(self, place: Place, devices: Sequence[Device], opened: Opened = open_endpoint) -> None:
        """``opened`` binds our end of the wire at ``place``."""
        self._place = place
        self._opened = opened
        self._devices = {device.id: device for device in devices}
        self.endpoint: UdpSocket | None = None
        """Our end of the wire while it is open."""
        self._stack: Stack | None = None
        self._turns = asyncio.Semaphore(IN_FLIGHT)
        self._device_turns: dict[Place, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_DEVICE))
        self._ladders: dict[str, Ladder] = defaultdict(Ladder)
        """How each device takes to be asked."""

    @property
    def in_flight(self) -> int:
        """Many: devices answer independently."""
        return IN_FLIGHT

    @property
    def serial(self) -> bool:
        """No: every answer carries the number of its question."""
        return False

    def strays(self, device: Device) -> Strays:
        """Nothing: what is not asked for has another number."""
        return NO_STRAYS

    def plan(self, device: Device) -> Sequence[BacnetRequest]:
        """The fewest requests that bring every point of ``device``; raises BacnetAddressError, SourceError."""
        return requests_of(device)

    def occupies(self, request: Request) -> float:
        """Nothing: other devices are asked meanwhile."""
        return 0.0

    async def open(self) -> None:
        """Bind the endpoint; raises LinkDown."""
        await self.close()
        self.endpoint = await self._opened(self._place, self._received)
        self._stack = Stack(self.endpoint)

    async def read(self, request: Request) -> bytes:
        """The bytes of a ReadPropertyMultiple-Ack; raises LinkDown, NoAnswer, Refused."""
        wanted = _bacnet(request)
        ladder = self._ladders[wanted.device]
        if not wanted.singly and (objection := ladder.objection(len(wanted.objects))):
            raise objection
        async with self._turn(wanted.address, wanted.timeout) as stack:
            if not wanted.singly:
                return await _read_many(stack, wanted, ladder)
            answer = await _read_singly(stack, wanted)
            ladder.answered_one()
            return answer

    def split(self, request: Request, refusal: Refused) -> Sequence[BacnetRequest]:
        """Smaller requests where the device wants them; nothing when it was asked property by property."""
        wanted = _bacnet(request)
        if wanted.singly:
            return ()
        if refusal.code == "bacnet.reject" and refusal.number == UNRECOGNIZED_SERVICE:
            return wanted.by_property()
        return wanted.smaller() if divisible(refusal) else ()

    def probe(self, request: Request, seconds: float) -> BacnetRequest:
        """The first value of ``request`` by itself."""
        return _bacnet(request).probe(seconds)

    def decode(self, request: Request, answer: bytes, at: Instant) -> list[Reading]:
        """One reading a point."""
        return _bacnet(request).decode(answer, at)

    async def identify(self, device: Device) -> Identification:
        """The instance of its device object; every address names the one it should be."""
        address = parse_address(device.address)
        async with self._turn(address, device.timeout) as stack:
            instance = await told_instance(stack, address.place, address.instance, device.timeout)
            await self._learn(stack, device, address)
        return compared({INSTANCE: address.instance}, {INSTANCE: instance})

    async def write(self, write: Write) -> None:
        """Write once at the priority of the point or of the write; None relinquishes. Raises as the contract says."""
        device = self._devices[write.device]
        data = _write_data(device, write.what)
        address = parse_address(device.address)
        async with self._turn(address, device.timeout) as stack:
            await stack.ask(address.place, Service.WRITE_PROPERTY, data)

    def written(self, write: Write) -> WireWrite:
        """The property, and where in its priority array."""
        device, what = self._devices[write.device], write.what
        # What cannot be encoded is refused here too.
        _write_data(device, what)
        return _written(device, what)

    def read_back(self, write: Write) -> BacnetRequest | None:
        """The property itself: a write of a higher priority may keep another value there. None after relinquishing."""
        if isinstance(write.what, WordWrite) or write.what.value is None:
            return None
        return request_of_point(self._devices[write.device], write.what.point)

    async def close(self) -> None:
        """Let go of the port."""
        endpoint, self.endpoint, self._stack = self.endpoint, None, None
        if endpoint is not None:
            await endpoint.close()

    def _received(self, data: bytes, sender: Place) -> None:
        if self._stack is not None:
            self._stack.receive(data, sender)

    @asynccontextmanager
    async def _turn(self, address: Address, seconds: float) -> AsyncIterator[Stack]:
        """The right to ask one device; waiting for it and all that is asked in it share one deadline."""
        try:
            async with asyncio.timeout(seconds), AsyncExitStack() as held:
                await self._take_turn(held, address.place, seconds * TURN_SHARE)
                if self._stack is None:
                    raise LinkDown("link.not-open")
                yield self._stack
        except TimeoutError as error:
            raise NoAnswer("bacnet.silent", seconds=seconds) from error

    async def _take_turn(self, held: AsyncExitStack, place: Place, seconds: float) -> None:
        """Wait for this device first: those who wait for a silent one must not use up the turns of all."""
        try:
            async with asyncio.timeout(seconds):
                await held.enter_async_context(self._device_turns[place])
                await held.enter_async_context(self._turns)
        except TimeoutError as error:
            raise NoAnswer("bacnet.busy", seconds=seconds) from error

    async def _learn(self, stack: Stack, device: Device, address: Address) -> None:
        """Ask once how long a message it takes, before it is asked for much."""
        ladder = self._ladders[device.id]
        ladder.answered_one()
        if not ladder.octets and (octets := await told_octets(stack, address.place, address.instance, device.timeout)):
            ladder.limit(octets)


async def _read_many(stack: Stack, wanted: BacnetRequest, ladder: Ladder) -> bytes:
    objects = len(wanted.objects)
    place, data = wanted.address.place, read_many(wanted.objects)
    try:
        answer = await stack.ask(place, Service.READ_PROPERTY_MULTIPLE, data, again=wanted.timeout)
        read_many_answer(answer, wanted.objects)
    except Refused as refusal:
        ladder.refused(objects, refusal)
        raise
    except MalformedError as error:
        ladder.silent(objects)
        raise NoAnswer(error.code, reason=Reason.DECODE) from error
    except asyncio.CancelledError:
        # The deadline has passed, as a rule; who stops us otherwise does not ask this device again.
        ladder.silent(objects)
        raise
    ladder.answered_many()
    return answer


async def _read_singly(stack: Stack, wanted: BacnetRequest) -> bytes:
    again = wanted.timeout / sum(len(entry.properties) for entry in wanted.objects)
    parts = [await _read_object(stack, wanted.address.place, entry, again) for entry in wanted.objects]
    return b"".join(parts)


async def _read_object(stack: Stack, place: Place, entry: ObjectRead, again: float) -> bytes:
    answers = [(key, await _read_property(stack, place, entry.object, key, again)) for key in entry.properties]
    return as_read_many(entry.object, answers)


async def _read_property(
    stack: Stack, place: Place, object: ObjectKey, property: PropertyKey, again: float
) -> bytes | PropertyFailure:
    """The tagged value, or the error of this one property; rejects and aborts are raised."""
    try:
        data = await stack.ask(place, Service.READ_PROPERTY, read_one(object, property), again=again)
        return read_one_answer(data, object, property)
    except MalformedError as error:
        raise NoAnswer(error.code, reason=Reason.DECODE) from error
    except Refused as refusal:
        if refusal.code != "bacnet.error" or isinstance(refusal, Busy):
            raise
        return PropertyFailure(0, refusal.number)


def _bacnet(request: Request) -> BacnetRequest:
    if not isinstance(request, BacnetRequest):
        raise TypeError(request)
    return request


def _write_data(device: Device, what: WordWrite | PointWrite) -> bytes:
    if isinstance(what, WordWrite):
        raise TypeError(what)
    point = device.template.point(what.point)
    check_span(point, what.value)
    source = point.bacnet
    try:
        value = encoded(source, what.value)
    except EncodeError as error:
        raise Refused(error.code, number=_INVALID_DATA_TYPE, **error.arguments) from error
    return write_one(object_key(source), property_key(source), value, what.priority or source.priority)


def _written(device: Device, what: WordWrite | PointWrite) -> WireWrite:
    if isinstance(what, WordWrite):
        raise TypeError(what)
    source = device.template.point(what.point).bacnet
    value = "" if what.value is None else str(what.value)
    place = f"{source.object_type} {source.instance} {source.property}"
    return WireWrite(place, None, value, what.point, what.priority or source.priority)
