"""A wire without wire, devices and a sink for the run-time tests: production protocols, faults to inject."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.contract import NO_STRAYS, DriverError, NoAnswer, Refused, Request, Strays, Write
from drivers.identification import Identification
from drivers.points import Instant, Kind, Quality, Reading, Reason
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint
from rules.inputs import CommandResult
from runtime.clock import Clock


def device(
    name: str, points: Sequence[str] = ("level",), *, period: float = 10.0, timeout: float = 1.0, unit: str = ""
) -> Device:
    """Behind a unit of its own unless ``unit`` names one."""
    entries = tuple(
        TemplatePoint(point, {}, Kind.ANALOG, ModbusSource(Table.HOLDING, address), poll="normal")
        for address, point in enumerate(points)
    )
    return Device(name, "bus", unit or name, Template("t", {}, "modbus", entries), timeout, {"normal": period})


@dataclass(frozen=True, slots=True)
class FakeRequest(Request):
    """Nothing but what every request is."""


class FakeDriver:
    """Answers what it is told to: bytes (one byte a point), or an error to raise."""

    def __init__(self, clock: Clock, *, per_point: bool = False, latency: float = 0.0, in_flight: int = 1) -> None:
        self.in_flight = in_flight
        self.serial = in_flight == 1
        self.answers: dict[str, bytes | DriverError] = {}
        self.once: dict[str, DriverError] = {}
        """Device -> an error its next read raises."""
        self.dead: set[str] = set()
        """Devices that let every request wait in vain."""
        self.lost_seconds: Counter[str] = Counter()
        """Device -> how long the wire waited for it in vain."""
        self.probes: list[tuple[float, str, float]] = []
        """When which device was asked whether it is there, and how long it had for the answer."""
        self.open_errors: list[DriverError] = []
        self.asked: list[tuple[float, str]] = []
        self.opened: list[float] = []
        self.unasked: dict[str, Strays] = {}
        self.written: list[Write] = []
        self.identities: dict[str, Identification | DriverError] = {}
        """Who answers as a device; the right one unless it is said otherwise."""
        self.decoded = 0
        self.closed = 0
        self.latency = latency
        self.latencies: dict[str, float] = {}
        self.under_way: list[str] = []
        self.most_under_way: Counter[str] = Counter()
        self._clock = clock
        self._per_point = per_point

    def strays(self, device: Device) -> Strays:
        return self.unasked.get(device.id, NO_STRAYS)

    def plan(self, device: Device) -> list[Request]:
        points = tuple(point.id for point in device.all_points())
        groups = [(point,) for point in points] if self._per_point else [points]
        return [FakeRequest(device.id, "normal", group, timeout=device.timeout) for group in groups]

    async def open(self) -> None:
        self.opened.append(self._clock.now().mono)
        if self.open_errors:
            raise self.open_errors.pop(0)

    async def read(self, request: Request) -> bytes:
        self.asked.append((self._clock.now().mono, request.points[0]))
        self.under_way.append(request.device)
        self.most_under_way |= Counter(self.under_way)
        try:
            await self._answer_or_wait(request)
        finally:
            self.under_way.remove(request.device)
        answer = self.answers.get(request.points[0], self.answers.get(request.device, bytes(len(request.points))))
        answer = self.once.pop(request.device, answer)
        if isinstance(answer, DriverError):
            raise answer
        return answer

    async def _answer_or_wait(self, request: Request) -> None:
        assert isinstance(request, FakeRequest)
        if request.device in self.dead:
            await self._clock.sleep(request.timeout)
            self.lost_seconds[request.device] += request.timeout
            raise NoAnswer("modbus.silent", seconds=request.timeout)
        await self._clock.sleep(self.latencies.get(request.device, self.latency))

    def probe(self, request: Request, seconds: float) -> Request:
        self.probes.append((self._clock.now().mono, request.device, seconds))
        return FakeRequest(request.device, request.poll, request.points[:1], timeout=seconds)

    def split(self, request: Request, refusal: Refused) -> list[Request]:
        if len(request.points) == 1:
            return []
        return [
            FakeRequest(request.device, request.poll, (point,), timeout=request.timeout) for point in request.points
        ]

    def decode(self, request: Request, answer: bytes, at: Instant) -> list[Reading]:
        self.decoded += 1
        pairs = zip(request.points, answer, strict=False)
        return [Reading(point, float(value), Quality.GOOD, Reason.NONE, at) for point, value in pairs]

    async def identify(self, device: Device) -> Identification:
        told = self.identities.get(device.id, Identification(True))
        if isinstance(told, DriverError):
            raise told
        if told.found:
            self.asked.append((self._clock.now().mono, f"identity {device.id}"))
            await self._clock.sleep(self.latency)
        return told

    async def write(self, write: Write) -> None:
        self.asked.append((self._clock.now().mono, f"write {write.device}.{write.what.point}"))
        self.written.append(write)

    async def close(self) -> None:
        self.closed += 1

    def moments(self, point: str) -> list[float]:
        return [mono for mono, asked in self.asked if asked == point]


class FakeSink:
    """Remembers what a link delivered."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.refreshed: list[tuple[str, Instant]] = []

    def deliver(self, readings: Sequence[Reading], block: str = "") -> None:
        self.readings.extend(readings)

    def refresh(self, block: str, at: Instant) -> None:
        self.refreshed.append((block, at))

    def last(self, point: str) -> tuple[object, str]:
        reading = [entry for entry in self.readings if entry.point == point][-1]
        return reading.value, str(reading.reason)


def storing(told: list[CommandResult]) -> Callable[[CommandResult], asyncio.Future[None]]:
    """Whom outcomes of commands are reported to: kept in ``told``, and stored at once."""

    def report(result: CommandResult) -> asyncio.Future[None]:
        told.append(result)
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stored.set_result(None)
        return stored

    return report
