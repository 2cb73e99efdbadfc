"""Commands on their way to the wire: in order, once, not too late, and their outcome told as it is known."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.links.commands import Commands
from drivers.contract import Driver, DriverError, LinkDown, NoAnswer, Refused, Request, Write
from drivers.identification import Identification
from drivers.points import Instant, Quality, Reading, Reason, Value
from drivers.templates import Device, PointWrite, Template, TemplateCommand, WordWrite
from rules.effects import Command
from rules.facts import Objection
from rules.inputs import CommandResult, Outcome
from runtime.clock import ManualClock
from tests.unit.agent.links.fakes import storing

START = TemplateCommand("start", {}, (WordWrite(10, (1, 2)), WordWrite(12, (3,))))
AUTO = TemplateCommand("auto", {}, (WordWrite(10, (9,)),))
SET = TemplateCommand("set", {}, (PointWrite("level", 4.2),))
DEVICE = Device("genset", "bus", "1", Template("t", {}, "modbus", (), commands=(START, AUTO, SET)))


class FakeWire:
    """A link and its driver in one; ``errors`` are raised write by write, None lets one through."""

    def __init__(self) -> None:
        self.devices = {DEVICE.id: DEVICE}
        self.written: list[tuple[object, ...]] = []
        self.errors: list[Exception | None] = []
        self.closed: DriverError | None = None
        self.units: list[str] = []
        self.who: list[bool | DriverError | None] = []
        """Whether the right device answers, look by look; yes once they are used up."""
        self._jobs: list[tuple[Callable[[Driver], Awaitable[None]], asyncio.Future[None]]] = []
        self.shown: Reading | DriverError | None = None
        """What a read-back brings; None: nothing can be read back."""

    def put(self, operation: Callable[[Driver], Awaitable[None]], unit: str) -> asyncio.Future[None]:
        if self.closed:
            raise self.closed
        self.units.append(unit)
        outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._jobs.append((operation, outcome))
        return outcome

    async def identify(self, _: str) -> Identification:
        told = self.who.pop(0) if self.who else True
        if isinstance(told, DriverError):
            raise told
        return Identification(told)

    async def serve(self) -> None:
        """Do everything that was put."""
        while self._jobs:
            operation, outcome = self._jobs.pop(0)
            try:
                outcome.set_result(await operation(self))  # type: ignore[arg-type, func-returns-value]
            except Exception as error:
                outcome.set_exception(error)

    def stop(self, error: DriverError) -> None:
        """As a link that is told to end answers everybody."""
        for _, outcome in self._jobs:
            outcome.set_exception(error)

    async def write(self, write: Write) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.written.append(write.what.words if isinstance(write.what, WordWrite) else (write.what.value,))

    def read_back(self, _: Write) -> Request | None:
        return None if self.shown is None else Request("genset", "fast", ("genset.level",), timeout=1.0)

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
        self.causes: list[list[Objection]] = []
        """What forbids, look by look; nothing once they are used up."""
        self.commands = Commands([self.wire], self.clock, storing(self.told), self.may_still)

    def may_still(self, _: Command) -> list[Objection]:
        return self.causes.pop(0) if self.causes else []

    async def do(self, *verbs: str) -> list[tuple[Outcome, str]]:
        self.commands.put([self.command(verb) for verb in verbs])
        await self.wire.serve()
        await self.commands.settled()
        return [(result.outcome, result.detail) for result in self.told]

    def command(self, verb: str, seconds: float = 20.0, device: str = "genset") -> Command:
        expires = self.clock.now().mono + seconds
        return Command(f"r/{verb}", "r", "generator-1", verb, f"{device}.{verb}", False, expires)


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
        ([TypeError("a bug")], Outcome.UNKNOWN, 0),
    ],
)
async def test_failure_is_never_retried(errors: list[Exception | None], outcome: Outcome, written: int) -> None:
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


async def test_wire_that_takes_nothing_did_nothing() -> None:
    bench = Bench()
    bench.wire.closed = LinkDown("link.not-open")
    assert await bench.do("start") == [(Outcome.REFUSED, "link.not-open")]


async def test_command_that_waited_too_long_is_left_alone() -> None:
    bench = Bench()
    bench.commands.put([bench.command("start", seconds=5.0)])
    await bench.clock.advance(6)
    await bench.wire.serve()
    await bench.commands.settled()
    assert ([result.outcome for result in bench.told], bench.wire.written) == ([Outcome.EXPIRED], [])


async def test_a_link_that_ends_leaves_no_command_open() -> None:
    bench = Bench()
    bench.commands.put([bench.command("start"), bench.command("auto")])
    bench.wire.stop(LinkDown("link.stopped"))
    await bench.commands.settled()
    assert [(result.outcome, result.detail) for result in bench.told] == [(Outcome.REFUSED, "link.stopped")] * 2


@pytest.mark.parametrize(("device", "verb"), [("gone", "start"), ("genset", "fly")])
async def test_what_the_site_has_lost_since_is_refused(device: str, verb: str) -> None:
    bench = Bench()
    bench.commands.put([bench.command(verb, device=device)])
    await bench.commands.settled()
    assert [(result.outcome, result.detail) for result in bench.told] == [(Outcome.REFUSED, "command.no-device")]


LOCKED = Objection("procedure.locked-out", {"equipment": "generator-1", "by": "Li"})


@pytest.mark.parametrize(
    ("causes", "outcome", "written"),
    [
        ([[LOCKED]], (Outcome.REFUSED, LOCKED.code), []),
        ([[], [LOCKED]], (Outcome.UNKNOWN, LOCKED.code), [(1, 2)]),
        ([[], []], (Outcome.DONE, ""), [(1, 2), (3,)]),
    ],
    ids=["before the first write", "before the second", "not at all"],
)
async def test_what_came_to_forbid_it_on_the_way_is_seen_before_each_write(
    causes: list[list[Objection]], outcome: tuple[Outcome, str], written: list[tuple[int, ...]]
) -> None:
    bench = Bench()
    bench.causes = causes
    assert await bench.do("start") == [outcome]
    assert bench.wire.written == written


@pytest.mark.parametrize(
    ("who", "outcome", "written"),
    [
        ([False], (Outcome.REFUSED, "command.other-device"), []),
        ([True, False], (Outcome.UNKNOWN, "command.other-device"), [(1, 2)]),
        ([SILENT], (Outcome.REFUSED, "modbus.no-answer"), []),
        ([True, SILENT], (Outcome.UNKNOWN, "modbus.no-answer"), [(1, 2)]),
        ([LinkDown("modbus.closed")], (Outcome.REFUSED, "modbus.closed"), []),
        # Whether a machine that nobody has recorded may be moved is for the engine to say.
        ([None, None], (Outcome.DONE, ""), [(1, 2), (3,)]),
    ],
)
async def test_who_answers_is_asked_in_the_same_turn_as_each_write(
    who: list[bool | DriverError | None], outcome: tuple[Outcome, str], written: list[tuple[int, ...]]
) -> None:
    bench = Bench()
    bench.wire.who = list(who)
    assert await bench.do("start") == [outcome]
    assert bench.wire.written == written


async def test_commands_for_one_unit_are_told_to_be_of_one_unit() -> None:
    bench = Bench()
    await bench.do("start", "auto")
    assert bench.wire.units == ["1", "1"]
