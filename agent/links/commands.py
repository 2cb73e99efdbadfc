"""Carries out what the engine decided, once its audit is stored: handed to the link of its device, done there once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from math import isclose
from typing import Protocol

import structlog

from drivers.contract import Driver, DriverError, Refused, Write
from drivers.identification import Identification
from drivers.points import PlantgateError, Value
from drivers.templates import Device, PointWrite, TemplateCommand
from rules.effects import Command
from rules.facts import Objection
from rules.inputs import CommandResult, Outcome
from runtime.clock import Clock
from runtime.errors import AgentError

REASONS_KEPT = 50

log = structlog.get_logger()


class CommandLink(Protocol):
    """The part of a link task that takes commands."""

    @property
    def devices(self) -> Mapping[str, Device]:
        """Those on it, by id."""

    def put(self, operation: Callable[[Driver], Awaitable[None]], unit: str) -> asyncio.Future[None]:
        """Do ``operation`` between two polls, those of one ``unit`` in order; raises LinkDown when nobody would."""

    async def identify(self, device: str) -> Identification:
        """Who answers as ``device``, asked now by an operation; raises LinkDown, NoAnswer, Refused."""


class Commands:
    """Commands under way. Nothing is retried here: the engine alone decides what is given again."""

    def __init__(
        self,
        wires: Sequence[CommandLink],
        clock: Clock,
        report: Callable[[CommandResult], asyncio.Future[None]],
        may_still: Callable[[Command], Sequence[Objection]] = lambda _: (),
    ) -> None:
        """``wires`` are always those of this moment; ``report`` takes an outcome to the engine.

        ``may_still`` tells what forbids a command, and is asked in the same turn of the wire as each of its writes.
        """
        self._wires = wires
        self._clock = clock
        self._report = report
        self._may_still = may_still
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = 0
        self._reasons: dict[str, PlantgateError] = {}

    def why(self, command: str) -> PlantgateError | None:
        """Why one of the last commands was not simply done; None: it was, or nobody remembers."""
        return self._reasons.get(command)

    def put(self, commands: Sequence[Command]) -> None:
        """Take commands whose audit is stored, in the order they were decided. Each gets its outcome."""
        for command in commands:
            self._open += 1
            self._idle.clear()
            try:
                self._begin(command)
            except (DriverError, AgentError) as error:
                self._tell(command, Outcome.REFUSED, error.code, error)

    async def settled(self) -> None:
        """Wait until every command taken has its outcome."""
        await self._idle.wait()

    def _begin(self, command: Command) -> None:
        """Hand it to its wire; raises DriverError, AgentError when it cannot be."""
        wire, device, found = self._found(command)
        attempt = Attempt(command, found, wire, device, self._clock, self._may_still)
        wire.put(attempt.run, device.address).add_done_callback(partial(self._done, attempt))

    def _found(self, command: Command) -> tuple[CommandLink, Device, TemplateCommand]:
        """Where it goes now: since it was decided the site may have lost its device. Raises AgentError."""
        name, _, verb = command.target.partition(".")
        for wire in self._wires:
            device = wire.devices.get(name)
            found = device.template.command(verb) if device else None
            if device and found:
                return wire, device, found
        raise AgentError("command.no-device", target=command.target)

    def _done(self, attempt: "Attempt", done: asyncio.Future[None]) -> None:
        error = done.exception()
        if error is not None and not isinstance(error, PlantgateError):
            log.error("command.failed", command=attempt.command.id, exc_info=error)
            error = AgentError("command.failed")
        self._tell(attempt.command, *attempt.outcome(error), error)

    def _tell(self, command: Command, outcome: Outcome, detail: str, why: PlantgateError | None = None) -> None:
        if why is None and detail:
            why = AgentError(detail)
        if why is not None:
            self._reasons[command.id] = why
            for forgotten in list(self._reasons)[:-REASONS_KEPT]:
                del self._reasons[forgotten]
        log.info("command.carried-out", command=command.id, target=command.target, outcome=outcome, detail=detail)
        self._report(CommandResult(command.id, outcome, detail)).add_done_callback(partial(self._told, command))

    def _told(self, command: Command, stored: asyncio.Future[None]) -> None:
        error = None if stored.cancelled() else stored.exception()
        if error is not None:
            # The engine knows; only the proof waits in memory.
            log.warning("command.not-stored", command=command.id, error=str(error))
        self._open -= 1
        if not self._open:
            self._idle.set()


class Forbidden(AgentError):
    """Something forbids a command that was on its way."""


class Attempt:
    """The writes of one command, each read back where it can be, and how far they came."""

    def __init__(
        self,
        command: Command,
        found: TemplateCommand,
        wire: CommandLink,
        device: Device,
        clock: Clock,
        may_still: Callable[[Command], Sequence[Objection]],
    ) -> None:
        self.command = command
        self.begun = self.expired = False
        self.written = 0
        self.unseen = ""
        """Message code that says why what was written is not seen; empty while all of it is."""
        self._wire = wire
        self._device = device
        self._writes = [Write(device.id, what) for what in found.writes]
        self._clock = clock
        self._may_still = may_still

    def outcome(self, error: PlantgateError | None) -> tuple[Outcome, str]:
        """What became of it, with the message code that says why; ``error`` is what ended it."""
        if isinstance(error, Refused | Forbidden):
            return (Outcome.REFUSED if self.written == 0 else Outcome.UNKNOWN), error.code
        if error is not None:
            # A wire that never took it has done nothing; one that failed under way may have done it.
            return (Outcome.UNKNOWN if self.begun else Outcome.REFUSED), error.code
        if self.unseen:
            return Outcome.UNKNOWN, self.unseen
        return (Outcome.EXPIRED, "") if self.expired else (Outcome.DONE, "")

    async def run(self, driver: Driver) -> None:
        """On the wire. A command too old by now is left alone: the world has moved on."""
        if self._clock.now().mono > self.command.expires:
            self.expired = True
            return
        for write in self._writes:
            await self._recognise()
            self._last_look()
            self.begun = True
            await driver.write(write)
            self.written += 1
            self.unseen = self.unseen or await self._read_back(driver, write)

    async def _recognise(self) -> None:
        """Raise Forbidden when another device answers in the place of the one that was meant."""
        if (await self._wire.identify(self._device.id)).matches is False:
            raise Forbidden("command.other-device", device=self._device.id)

    def _last_look(self) -> None:
        """Raise Forbidden when what forbids the command came after it was decided: between the two lay a queue."""
        for cause in self._may_still(self.command):
            raise Forbidden(cause.code, **cause.arguments)

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
