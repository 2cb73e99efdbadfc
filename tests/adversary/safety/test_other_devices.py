"""Another device at the address of the one that was meant, on the emulators' real servers: not believed, not moved."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from agent.links.commands import Commands
from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from drivers.links import driver_for
from drivers.points import Effect, Kind, Value
from drivers.templates import (
    BacnetSource,
    Device,
    ModbusSource,
    PointWrite,
    Table,
    Template,
    TemplateCommand,
    TemplatePoint,
)
from emulators.bacnet import BacnetServer, BacnetUnit
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from rules.effects import Command
from rules.inputs import CommandResult
from runtime.clock import Clock
from runtime.supervisor import running
from tests.unit.agent.links.fakes import FakeSink, storing
from tests.unit.agent.site import until

MODBUS = Template(
    "set",
    {},
    "modbus",
    (TemplatePoint("level", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 0), poll="fast"),),
    commands=(TemplateCommand("move", {}, (PointWrite("level", 4.0),), Effect.SWITCH),),
    identity=(
        TemplatePoint("model", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 768)),
        TemplatePoint("serial", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 770, "u32")),
    ),
)
BACNET = Template(
    "set",
    {},
    "bacnet",
    (TemplatePoint("level", {}, Kind.ANALOG, BacnetSource("analog-value", 1), poll="fast"),),
    commands=(TemplateCommand("move", {}, (PointWrite("level", 4.0),), Effect.SWITCH),),
)
ANOTHER_MAKE = replace(MODBUS, identity=())
OURS: dict[str, Value] = {"model": 32840, "serial": 70001}
POLLS = {"fast": 0.05}


@dataclass
class Bench:
    """A device as the site means it, and what really answers."""

    device: Device
    url: str
    writes: Callable[[], int]
    swap: Callable[[], None]
    """Another device answers from now on."""


@asynccontextmanager
async def modbus(there: dict[str, Value], template: Template = MODBUS) -> AsyncIterator[Bench]:
    unit = ModbusUnit(template, {"level": 1.0, **there})
    async with ModbusServer({1: unit}) as server:
        device = Device("set", "bus", "1", MODBUS, 0.5, POLLS, identity=OURS)
        yield Bench(device, server.url, lambda: len(unit.writes), lambda: unit.values.update(serial=70002))


@asynccontextmanager
async def bacnet(instance: int) -> AsyncIterator[Bench]:
    unit = BacnetUnit(BACNET, 7, values={"level": 1.0})
    async with BacnetServer([unit]) as server:
        address = server.address(7).replace("/7", f"/{instance}")
        device = Device("set", "bus", address, BACNET, 0.5, POLLS)
        yield Bench(device, "bacnet://127.0.0.1:0", lambda: len(unit.writes), lambda: None)


@dataclass(frozen=True)
class Seen:
    """What became of reading the device and of one command to it."""

    value: object
    reason: str
    outcome: str
    detail: str
    writes: int


async def watched(bench: Bench, *, swapped: bool = False) -> Seen:
    """Read the device over its real wire, then give it a command; ``swapped`` between the two."""
    sink, clock = FakeSink(), Clock()
    link = LinkTask(LinkSetup("bus", driver_for(bench.url, [bench.device]), [bench.device], clock, sink))
    told: list[CommandResult] = []

    commands = Commands([link], clock, storing(told))

    async def read() -> bool:
        return any(reading.point == "set.level" for reading in sink.readings)

    async with running({"link": link.run()}):
        await until(read)
        value, reason = sink.last("set.level")
        if swapped:
            bench.swap()
        commands.put([Command("c", "", "set-1", "move", "set.move", False, clock.now().mono + 20.0)])
        await commands.settled()
        if swapped:
            value, reason = sink.last("set.level")
    return Seen(value, reason, told[0].outcome, told[0].detail, bench.writes())


GOOD = Seen(1.0, "", "done", "", 1)
OTHER = Seen(None, "identity", "refused", "command.other-device", 0)


@pytest.mark.parametrize(
    ("there", "swapped", "seen"),
    [
        (lambda: modbus(OURS), False, GOOD),
        (lambda: modbus(OURS | {"serial": 70002}), False, OTHER),
        (lambda: modbus(OURS | {"model": 1}), False, OTHER),
        (lambda: modbus({}, ANOTHER_MAKE), False, OTHER),
        (lambda: modbus(OURS), True, OTHER),
        (lambda: bacnet(7), False, GOOD),
        (lambda: bacnet(8), False, OTHER),
    ],
    ids=[
        "the right one",
        "one of the same model with another serial number",
        "another model",
        "another make, that knows none of the registers",
        "exchanged so fast that no poll was lost",
        "the right BACnet instance",
        "another BACnet instance",
    ],
)
async def test_only_the_device_that_was_meant(
    there: Callable[[], AbstractAsyncContextManager[Bench]], swapped: bool, seen: Seen
) -> None:
    async with there() as bench:
        assert await watched(bench, swapped=swapped) == seen


async def test_who_answers_is_asked_on_the_wire_right_before_the_write() -> None:
    async with modbus(OURS) as bench:
        asked: list[bytes] = []
        unit = ModbusUnit(MODBUS, {"level": 1.0, **OURS})
        answer = unit.answer

        class Noting(ModbusUnit):
            def answer(self, request: bytes) -> bytes:
                asked.append(request)
                return answer(request)

        async with ModbusServer({1: Noting(MODBUS, unit.values)}) as server:
            await watched(replace(bench, url=server.url))
    write = next(index for index, request in enumerate(asked) if request[0] == 6)
    assert [(request[0], int.from_bytes(request[1:3], "big")) for request in asked[write - 2 : write]] == [
        (3, 768),
        (3, 770),
    ]
