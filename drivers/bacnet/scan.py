"""Who is there: Who-Is to one host or to the broadcast of an interface, and what the devices say of themselves."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from drivers.bacnet.address import DEFAULT_PORT
from drivers.bacnet.interfaces import broadcast_of
from drivers.bacnet.names import DEVICE, MODEL_NAME, NO_INSTANCE, OBJECT_NAME, VENDOR_NAME
from drivers.bacnet.services import I_AM, WHO_IS, Service, i_am, read_one, read_one_answer, who_is
from drivers.bacnet.stack import Stack
from drivers.bacnet.tags import MalformedError, Reader
from drivers.bacnet.udp import Place, Receive, open_endpoint
from drivers.contract import LinkDown, NoAnswer, Refused
from drivers.links import LinkUrl
from drivers.words import printable

_ASK_SECONDS = 1.0
"""Longest wait for one name of a device that has just announced itself."""
_MOST = 10_000
"""Announcements kept; more is a storm."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FoundInstance:
    """A device that announced itself. Two with one instance are a conflict somebody has to resolve."""

    instance: int
    address: str
    """As a plant file writes it: ``192.168.1.30:47808/2001``."""
    vendor: int
    """Vendor number (ASHRAE assigns them)."""
    name: str
    model: str
    vendor_name: str


class _Heard:
    """Announcements as they come, each once."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[tuple[int, Place, int]] = asyncio.Queue()
        """Instance, place and vendor."""
        self._seen: set[tuple[int, Place]] = set()

    def received(self, service: int, data: bytes, sender: Place) -> None:
        """Note an I-Am; raises MalformedError, which the stack reports."""
        if service != I_AM or len(self._seen) >= _MOST:
            return
        announced = i_am(data)
        if (announced.instance, sender) not in self._seen:
            self._seen.add((announced.instance, sender))
            self.waiting.put_nowait((announced.instance, sender, announced.vendor))


async def scan(
    url: LinkUrl, targets: Sequence[Place] = (), low: int = 0, high: int = NO_INSTANCE, *, seconds: float = 3.0
) -> AsyncGenerator[FoundInstance, None]:
    """Every device with an instance from ``low`` to ``high`` that announces itself within ``seconds``, as it comes.

    Asks ``targets``; without any, the broadcast of our interface ``url``, or the one host ``url`` if it is not ours.
    Raises LinkDown.
    """
    heard = _Heard()
    async with AsyncExitStack() as opened:
        stack = await _open(opened, url, heard, listen=not targets)
        for place in targets or [_place(url)]:
            stack.tell(place, WHO_IS, who_is(low, high))
        until = asyncio.get_running_loop().time() + seconds
        while announced := await _next(heard.waiting, until):
            yield await _describe(stack, *announced)


async def _next(waiting: asyncio.Queue[tuple[int, Place, int]], until: float) -> tuple[int, Place, int] | None:
    """The next announcement, those that came while others were asked included; None after loop time ``until``."""
    if not waiting.empty():
        return waiting.get_nowait()
    try:
        async with asyncio.timeout_at(until):
            return await waiting.get()
    except TimeoutError:
        return None


async def _open(opened: AsyncExitStack, url: LinkUrl, heard: _Heard, *, listen: bool) -> Stack:
    """A stack on a free port that also hears what is broadcast on our interface, where answers may go."""
    stacks: list[Stack] = []
    broadcast = _broadcast(url)

    def received(data: bytes, sender: Place) -> None:
        for stack in stacks:
            stack.receive(data, sender)

    endpoint = await open_endpoint((url.host if broadcast else "", 0), received)
    opened.push_async_callback(endpoint.close)
    if broadcast and listen:
        await _listen(opened, (broadcast, url.port or DEFAULT_PORT), received)
    stacks.append(Stack(endpoint, heard.received))
    return stacks[0]


async def _listen(opened: AsyncExitStack, place: Place, received: Receive) -> None:
    """Hear broadcasts. Where another program keeps them to itself, only devices that answer to us alone are found."""
    try:
        ear = await open_endpoint(place, received, shared=True)
    except LinkDown as error:
        log.warning("bacnet.deaf", host=place[0], port=place[1], error=error.code)
    else:
        opened.push_async_callback(ear.close)


def _place(url: LinkUrl) -> Place:
    return _broadcast(url) or url.host, url.port or DEFAULT_PORT


def _broadcast(url: LinkUrl) -> str | None:
    """What the link says (``?broadcast=192.168.1.255``), else what the machine knows of its first addresses."""
    return url.options.get("broadcast") or broadcast_of(url.host)


async def _describe(stack: Stack, instance: int, place: Place, vendor: int) -> FoundInstance:
    names = [await _name(stack, instance, place, number) for number in (OBJECT_NAME, MODEL_NAME, VENDOR_NAME)]
    return FoundInstance(instance, f"{place[0]}:{place[1]}/{instance}", vendor, *names)


async def _name(stack: Stack, instance: int, place: Place, property: int) -> str:
    """A text property of the device object; empty when the device does not tell."""
    object, key = (DEVICE, instance), (property, None)
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            answer = await stack.ask(place, Service.READ_PROPERTY, read_one(object, key))
        return printable(str(Reader(read_one_answer(answer, object, key)).datum().value))
    except (TimeoutError, LinkDown, NoAnswer, Refused, MalformedError):
        return ""
