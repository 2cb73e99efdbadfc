"""Carries out what the engine decided, once its audit is stored: each command once, one at a time on a wire."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from math import isclose
from typing import Any, Protocol, TypeVar

import structlog

from agent.clock import Clock
from agent.errors import AgentError, StoreError
from drivers.contract import Driver, DriverError, Refused, Write
from drivers.points import Value
from drivers.templates import Device, PointWrite, TemplateCommand
from rules.effects import Command
from rules.inputs import CommandResult, Outcome

T = TypeVar("T")

log = structlog.get_logger()


class Wire(Protocol):
    """The part of a link task that takes commands."""

    async def call(self, operation: Callable[[Driver], Awaitable[T]]) -> T:
        """Do ``operation`` between two polls; raises DriverError or AgentError."""


class Commands:
    """One queue for each wire. Nothing is retried here: the engine alone decides what is given again."""

    def __init__(
        self,
        devices: Sequence[Device],
        wires: Mapping[str, Wire],
        clock: Clock,
        report: Callable[[CommandResult], Awaitable[None]],
    ) -> None:
        """``report`` takes the outcome back to the engine; ``wires`` are by link id."""
        self._clock = clock
        self._report = report
        self._queues: dict[str, deque[Command]] = {}
        self._work: dict[str, asyncio.Event] = {}
        self.change(devices, wires)
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = 0

    def change(self, devices: Sequence[Device], wires: Mapping[str, Wire]) -> None:
        """Other devices and wires from now on. No command may be open for a wire that goes."""
        self._devices = {device.id: device for device in devices}
        self._wires = wires
        self._queues = {link: self._queues.get(link) or deque() for link in wires}
        self._work = {link: self._work.get(link) or asyncio.Event() for link in wires}

    def put(self, commands: Sequence[Command]) -> None:
        """Take commands whose audit is stored, in the order they were decided."""
        for command in commands:
            link = self._device(command).link
            self._queues[link].append(command)
            self._open += 1
            self._idle.clear()
            self._work[link].set()

    def workers(self) -> dict[str, Coroutine[Any, Any, object]]:
        """What must run beside the links, until cancelled."""
        return {f"commands {link}": self.serve(link) for link in self._wires}

    async def settled(self) -> None:
        """Wait until every command taken has its outcome."""
        await self._idle.wait()

    def _device(self, command: Command) -> Device:
        return self._devices[command.target.partition(".")[0]]

    async def serve(self, link: str) -> None:
        """Carry out the commands for one wire, until cancelled."""
        queue, work = self._queues[link], self._work[link]
        while True:
            await work.wait()
            while queue:
                await self._do(queue.popleft(), self._wires[link])
            work.clear()

    async def _do(self, command: Command, wire: Wire) -> None:
        outcome, detail = await self._carry_out(command, wire)
        log.info("command.carried-out", command=command.id, target=command.target, outcome=outcome, detail=detail)
        try:
            await self._report(CommandResult(command.id, outcome, detail))
        except StoreError as error:
            # The engine knows; only the proof waits in memory.
            log.warning("command.not-stored", command=command.id, error=error.code)
        self._open -= 1
        if not self._open:
            self._idle.set()

    async def _carry_out(self, command: Command, wire: Wire) -> tuple[Outcome, str]:
        attempt = _Attempt(command, self._device(command), self._clock)
        try:
            await wire.call(attempt.run)
        except Refused as error:
            return (Outcome.REFUSED if attempt.written == 0 else Outcome.UNKNOWN), error.code
        except (DriverError, AgentError) as error:
            # A wire that never took it has done nothing; one that failed under way may have done it.
            return (Outcome.UNKNOWN if attempt.begun else Outcome.REFUSED), error.code
        if attempt.unseen:
            return Outcome.UNKNOWN, attempt.unseen
        return (Outcome.EXPIRED, "") if attempt.expired else (Outcome.DONE, "")


class _Attempt:
    """The writes of one command, each read back where it can be, and how far they came."""

    def __init__(self, command: Command, device: Device, clock: Clock) -> None:
        self.begun = self.expired = False
        self.written = 0
        self.unseen = ""
        """Message code that says why what was written is not seen; empty while all of it is."""
        self._expires = command.expires
        self._device = device
        self._command = _template_command(device, command)
        self._clock = clock

    async def run(self, driver: Driver) -> None:
        """On the wire. A command too old by now is left alone: the world has moved on."""
        if self._clock.now().mono > self._expires:
            self.expired = True
            return
        self.begun = True
        for what in self._command.writes:
            write = Write(self._device.id, what)
            await driver.write(write)
            self.written += 1
            self.unseen = self.unseen or await self._read_back(driver, write)

    async def _read_back(self, driver: Driver, write: Write) -> str:
        """Why the device does not show what it confirmed; empty where it does, or where nothing can be read back."""
        request = driver.read_back(write)
        if request is None or not isinstance(write.what, PointWrite):
            return ""
        reading = driver.decode(request, await driver.read(request), self._clock.now())[0]
        if reading.value is None:
            return "command.not-readable"
        return "" if _same(reading.value, write.what.value) else "command.not-held"


def _same(found: Value, written: Value | None) -> bool:
    """Whether a device holds what it was given: floating point of 32 bits keeps seven digits."""
    if isinstance(found, str) or isinstance(written, str) or written is None:
        return found == written
    return isclose(found, written, rel_tol=1e-6)


def _template_command(device: Device, command: Command) -> TemplateCommand:
    name = command.target.partition(".")[2]
    found = device.template.command(name)
    if found is None:
        raise KeyError(command.target)
    return found
