"""Commands on their way to the wire: in order, once, not too late, and their outcome told as it is known."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from agent.clock import ManualClock
from agent.commands import Commands
from agent.errors import AgentError
from agent.supervisor import running
from drivers.contract import Driver, DriverError, LinkDown, NoAnswer, Refused, Request, Write
from drivers.points import Instant, Quality, Reading, Reason, Value
from drivers.templates import Device, PointWrite, Template, TemplateCommand, WordWrite
from rules.effects import Command
from rules.inputs import CommandResult, Outcome

START = TemplateCommand("start", {}, (WordWrite(10, (1, 2)), WordWrite(12, (3,))))
AUTO = TemplateCommand("auto", {}, (WordWrite(10, (9,)),))
SET = TemplateCommand("set", {}, (PointWrite("level", 4.2),))
DEVICE = Device("genset", "bus", "1", Template("t", {}, "modbus", (), commands=(START, AUTO, SET)))


class FakeWire:
    """A link and its driver in one; ``errors`` are raised write by write, None lets one through."""

    def __init__(self) -> None:
        self.written: list[tuple[object, ...]] = []
        self.errors: list[DriverError | None] = []
        self.closed: DriverError | AgentError | None = None
        self.free = asyncio.Event()
        self.free.set()
        self.shown: Reading | DriverError | None = None
        """What a read-back brings; None: nothing can be read back."""

    async def call(self, operation: Callable[[Driver], Awaitable[object]]) -> object:
        if self.closed:
            raise self.closed
        await self.free.wait()
        return await operation(self)  # type: ignore[arg-type]

    async def write(self, write: Write) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.written.append(write.what.words if isinstance(write.what, WordWrite) else (write.what.value,))

    def read_back(self, _: Write) -> Request | None:
        return None if self.shown is None else Request("genset", "fast", ("genset.level",))

    async def read(self, _: Request) -> bytes:
        if isinstance(self.shown, DriverError):
            raise self.shown
        return b""

    def decode(self, _: Request, __: bytes, ___: Instant) -> list[Reading]:
        return [self.shown]  # type: ignore[list-item]


class Bench:
    def __init__(self) -> None:
        self.clock, self.wire = ManualClock(), FakeWire()
        self.told: list[CommandResult] = []
        self.commands = Commands([DEVICE], {"bus": self.wire}, self.clock, self.tell)  # type: ignore[dict-item]

    async def tell(self, result: CommandResult) -> None:
        self.told.append(result)

    async def do(self, *verbs: str) -> list[tuple[Outcome, str]]:
        async with running(self.commands.workers()):
            self.commands.put([self.command(verb) for verb in verbs])
            await self.commands.settled()
        return [(result.outcome, result.detail) for result in self.told]

    def command(self, verb: str, seconds: float = 20.0) -> Command:
        return Command(f"r/{verb}", "r", "generator-1", verb, f"genset.{verb}", False, self.clock.now().mono + seconds)


async def test_writes_in_order_and_tells_the_outcome() -> None:
    bench = Bench()
    assert await bench.do("start", "auto") == [(Outcome.DONE, ""), (Outcome.DONE, "")]
    assert bench.wire.written == [(1, 2), (3,), (9,)]
    assert [result.command for result in bench.told] == ["r/start", "r/auto"]


REFUSED, SILENT = Refused("modbus.exception", number=2), NoAnswer("modbus.no-answer")


@pytest.mark.parametrize(
    ("errors", "outcome", "written"),
    [
        ([REFUSED], Outcome.REFUSED, 0),
        ([None, REFUSED], Outcome.UNKNOWN, 1),
        ([SILENT], Outcome.UNKNOWN, 0),
        ([None, SILENT], Outcome.UNKNOWN, 1),
        ([LinkDown("modbus.closed")], Outcome.UNKNOWN, 0),
    ],
)
async def test_failure_is_never_retried(errors: list[DriverError | None], outcome: Outcome, written: int) -> None:
    bench = Bench()
    bench.wire.errors = list(errors)
    assert [one for one, _ in await bench.do("start")] == [outcome]
    assert len(bench.wire.written) == written


def seen(value: Value | None) -> Reading:
    quality = Quality.BAD if value is None else Quality.GOOD
    return Reading("genset.level", value, quality, Reason.NONE, Instant("b", 0, 0))


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        (None, (Outcome.DONE, "")),
        (seen(4.2), (Outcome.DONE, "")),
        (seen(4.199999809265137), (Outcome.DONE, "")),
        (seen(4.3), (Outcome.UNKNOWN, "command.not-held")),
        (seen("off"), (Outcome.UNKNOWN, "command.not-held")),
        (seen(None), (Outcome.UNKNOWN, "command.not-readable")),
        (SILENT, (Outcome.UNKNOWN, "modbus.no-answer")),
        (REFUSED, (Outcome.UNKNOWN, "modbus.exception")),
    ],
)
async def test_a_point_that_was_written_is_read_back_once(
    shown: Reading | DriverError | None, outcome: tuple[Outcome, str]
) -> None:
    bench = Bench()
    bench.wire.shown = shown
    assert await bench.do("set") == [outcome]
    assert bench.wire.written == [(4.2,)]


@pytest.mark.parametrize("error", [LinkDown("link.not-open"), AgentError("link.queue-full")])
async def test_wire_that_takes_nothing_did_nothing(error: LinkDown | AgentError) -> None:
    bench = Bench()
    bench.wire.closed = error
    assert await bench.do("start") == [(Outcome.REFUSED, error.code)]


async def test_command_that_waited_too_long_is_left_alone() -> None:
    bench = Bench()
    bench.wire.free.clear()
    async with running(bench.commands.workers()):
        bench.commands.put([bench.command("start", seconds=5.0)])
        await asyncio.sleep(0)
        await bench.clock.advance(6)
        bench.wire.free.set()
        await bench.commands.settled()
    assert ([result.outcome for result in bench.told], bench.wire.written) == ([Outcome.EXPIRED], [])


async def test_next_command_waits_for_the_one_before() -> None:
    bench = Bench()
    bench.wire.free.clear()
    async with running(bench.commands.workers()):
        bench.commands.put([bench.command("start"), bench.command("auto")])
        await asyncio.sleep(0)
        assert (bench.told, bench.wire.written) == ([], [])
        bench.wire.free.set()
        await bench.commands.settled()
    assert bench.wire.written == [(1, 2), (3,), (9,)]


async def test_other_wires_take_the_commands_given_from_then_on() -> None:
    bench, other = Bench(), FakeWire()
    bench.commands.change([DEVICE, replace(DEVICE, id="spare", link="new")], {"bus": other, "new": other})  # type: ignore[dict-item]
    assert await bench.do("start") == [(Outcome.DONE, "")]
    assert (bench.wire.written, other.written) == ([], [(1, 2), (3,)])
