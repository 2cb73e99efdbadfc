"""The wires of a site and what their devices say, looked at once; or, while the gateway runs, what it knows of them."""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from agent.doctor.finding import Check, ill, well
from agent.doctor.line import answering_settings, other_settings
from agent.doctor.port import check_port
from agent.doctor.values import wrong_orders
from agent.links.outcome import BUSY_PAUSE, BUSY_TRIES
from config.catalogue import Catalogue
from config.plant import Link
from drivers.bacnet.ladder import STRIKES
from drivers.contract import Busy, LinkDown, NoAnswer, Refused, Request
from drivers.identification import Identification, shown
from drivers.links import LinkUrl, driver_for, parse_link
from drivers.modbus.asking import Asker, Blocks
from drivers.modbus.nameplate import read_identity
from drivers.modbus.request import ModbusRequest, requests_of
from drivers.points import Instant, Quality, Reading, Reason
from drivers.templates import Device
from runtime.clock import Clock

_NOW = Instant("", 0.0, 0.0, trusted=False)
"""Nobody looks at the time of these readings."""
_SWEEP_SECONDS = 0.5
"""Longest wait for an answer while settings are tried."""


async def check_link(link: Link, devices: Sequence[Device], texts: Catalogue) -> AsyncIterator[Check]:
    """The wire itself, then each of ``devices`` on it; nothing is written to anybody."""
    url = parse_link(link.url)
    if url.path:
        port = check_port(Path(url.path))
        yield port
        if not port.well:
            return
    driver = driver_for(link.url, devices)
    silent: list[Device] = []
    try:
        await driver.open()
        yield well("link", link=link.id, url=link.url)
        for device in devices:
            async for check in _check_device(driver, device, texts):
                silent += [device] if check.code == "silent" else []
                yield check
            if octets := driver.strays(device).octets:
                yield ill("unasked", device=device.id, octets=octets)
    except LinkDown as error:
        yield ill("link-down", link=link.id, url=link.url, reason=texts.error(error))
    finally:
        await driver.close()
    if url.path and devices and len(silent) == len(devices):
        yield await _sweep(link, url, devices[0])


def check_running(status: dict[str, Any], texts: Catalogue) -> Iterator[Check]:
    """What the running gateway says of its links and devices, which are its own to ask."""
    for name, link in status["links"].items():
        yield (ill if link["online"] is False else well)("owned", link=name)
        for device, known in link["devices"].items():
            if known["online"] is False:
                yield ill("silent", device=device, reason=_reason(known["last_error"], texts))
            else:
                yield well("online", device=device)
            if known.get("unasked"):
                yield ill("unasked", device=device, octets=known["unasked"])


def _reason(error: dict[str, Any] | None, texts: Catalogue) -> str:
    return texts.text(error["code"], **error["arguments"]) if error else texts.text("reason.device-offline")


async def _sweep(link: Link, url: LinkUrl, device: Device) -> Check:
    """Every usual setting of the line is tried for one device."""
    found = await answering_settings(other_settings(url), [int(device.address)], _SWEEP_SECONDS)
    if found is None:
        return ill("line-dead", link=link.id, device=device.id)
    return ill("line-settings", link=link.id, device=device.id, url=found)


async def check_owned(wire: Asker, devices: Sequence[Device], texts: Catalogue) -> AsyncIterator[Check]:
    """What ``devices`` of a Modbus link say that the running gateway owns; ``wire`` leads through it."""
    reader = _Through(wire)
    for device in devices:
        try:
            async for check in _check_device(reader, device, texts):
                yield check
        except LinkDown as error:
            yield ill("silent", device=device.id, reason=texts.error(error))


class _Reader(Protocol):
    """The part of a driver that is needed to look at a device."""

    def plan(self, device: Device) -> Sequence[Request]:
        """The requests that bring every point of ``device``."""

    async def read(self, request: Request) -> bytes:
        """Ask once; raises LinkDown, NoAnswer, Refused."""

    def split(self, request: Request, refusal: Refused) -> Sequence[Request]:
        """Smaller requests that may be taken; none when it is refused for good."""

    def probe(self, request: Request, seconds: float) -> Request:
        """The smallest part of ``request``."""

    def decode(self, request: Request, answer: bytes, at: Instant) -> list[Reading]:
        """One reading a point."""

    async def identify(self, device: Device) -> Identification:
        """Who it says it is; raises LinkDown, NoAnswer, Refused."""


class _Through:
    """Reads a Modbus device over somebody else's wire."""

    def __init__(self, wire: Asker) -> None:
        self._blocks = Blocks(wire)

    def plan(self, device: Device) -> Sequence[ModbusRequest]:
        return requests_of(device)

    async def read(self, request: Request) -> bytes:
        return await self._blocks.read(cast(ModbusRequest, request))

    def split(self, request: Request, refusal: Refused) -> Sequence[ModbusRequest]:
        return cast(ModbusRequest, request).split(refusal)

    def probe(self, request: Request, seconds: float) -> ModbusRequest:
        return cast(ModbusRequest, request).probe(seconds)

    def decode(self, request: Request, answer: bytes, at: Instant) -> list[Reading]:
        return cast(ModbusRequest, request).decode(answer, at)

    async def identify(self, device: Device) -> Identification:
        return await read_identity(self._blocks, device)


async def _patiently(driver: _Reader, request: Request) -> bytes:
    """The answer, be it after some pauses of a busy device; raises LinkDown, NoAnswer, Refused."""
    for number in range(BUSY_TRIES):
        try:
            return await driver.read(request)
        except Busy:
            await Clock().real_sleep(BUSY_PAUSE * 2**number)
    return await driver.read(request)


async def _answers(driver: _Reader, plan: Sequence[Request]) -> AsyncIterator[tuple[Request, bytes | Refused]]:
    """Each request as the device takes it, be it in parts, and its answer; raises LinkDown, NoAnswer."""
    waiting = deque(plan)
    while waiting:
        request = waiting.popleft()
        answer = await _answer(driver, request)
        parts = driver.split(request, answer) if isinstance(answer, Refused) else ()
        waiting.extendleft(reversed(parts))
        if not parts:
            yield request, answer


async def _answer(driver: _Reader, request: Request) -> bytes | Refused:
    """What it says to ``request``; raises LinkDown, NoAnswer.

    One that is silent to it, but hears a smaller one, is asked until the driver takes that for its habit.
    """
    for last in [False] * STRIKES + [True]:
        try:
            return await _patiently(driver, request)
        except Refused as refusal:
            return refusal
        except NoAnswer:
            if last or not await _hears(driver, driver.probe(request, request.timeout)):
                raise
    raise RuntimeError("the last try answers or raises")


async def _hears(driver: _Reader, probe: Request) -> bool:
    try:
        await _patiently(driver, probe)
    except NoAnswer:
        return False
    except Refused:
        return True
    return True


async def _check_device(driver: _Reader, device: Device, texts: Catalogue) -> AsyncIterator[Check]:
    readings: list[Reading] = []
    try:
        async for request, answer in _answers(driver, driver.plan(device)):
            if isinstance(answer, Refused):
                yield ill("refused", device=device.id, points=_names(request), reason=texts.error(answer))
                continue
            read = driver.decode(request, answer, _NOW)
            readings += read
            for check in _odd_values(device, request, answer, read):
                yield check
    except NoAnswer as error:
        code = "garbage" if error.reason is Reason.DECODE and not readings else "silent"
        yield ill(code, device=device.id, reason=texts.error(error))
        return
    good = sum(reading.quality is not Quality.BAD for reading in readings)
    if good:
        yield well("device", device=device.id, points=len(device.template.points), good=good)
    elif readings:
        yield ill("no-value", device=device.id, points=len(device.template.points))
    if identity := await _identity(driver, device, texts):
        yield identity


async def _identity(driver: _Reader, device: Device, texts: Catalogue) -> Check | None:
    """Who the device says it is, beside what is on record; None where it can be asked nothing."""
    try:
        told = await driver.identify(device)
    except (NoAnswer, Refused) as error:
        return ill("identity-silent", device=device.id, reason=texts.error(error))
    other = "identity-other" if device.template.identity else "identity-instance"
    codes = {True: "identity", False: other, None: "identity-unrecorded"}
    arguments: dict[str, object] = {"device": device.id, "found": shown(told.found), "recorded": shown(told.recorded)}
    return Check(codes[told.matches], told.matches is True, arguments, told) if told.found else None


def _odd_values(device: Device, request: Request, answer: bytes, read: Sequence[Reading]) -> Iterator[Check]:
    swapped: set[str] = set()
    if device.template.protocol == "modbus":
        for point, value, other in wrong_orders(request, answer):
            swapped.add(f"{device.id}.{point.name}")
            shown = {"value": _number(value), "other": _number(other), "unit": point.unit.symbol}
            yield ill("word-order", device=device.id, point=point.name, **shown)
    for reading in read:
        if reading.reason is Reason.RANGE and reading.point not in swapped:
            odd = device.point(reading.point.partition(".")[2])
            limits = {"low": _number(odd.low), "high": _number(odd.high), "unit": odd.unit.symbol}
            yield ill("range", point=reading.point, template=device.template.id, **limits)


def _names(request: Request) -> str:
    return ", ".join(point.partition(".")[2] for point in request.points)


def _number(value: object) -> str:
    return "?" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
