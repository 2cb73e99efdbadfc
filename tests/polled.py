"""A link over the emulator in real time, good units and bad ones: for the tests of isolation and for the bench."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from drivers.links import driver_for, parse_link
from drivers.points import Kind
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint
from emulators.modbus.listen import server_for
from emulators.modbus.unit import ModbusUnit
from runtime.clock import Clock
from runtime.supervisor import running
from tests.unit.agent.links.fakes import FakeSink

REGISTERS = 10
POINTS = tuple(
    TemplatePoint(f"v{n}", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, n), poll="fast") for n in range(REGISTERS)
)
TEMPLATE = Template("unit", {}, "modbus", POINTS)


@dataclass(frozen=True, slots=True)
class Load:
    """How often units are polled and for how long, in seconds."""

    period: float
    timeout: float
    start: float
    """Until everything was read once and the bad units are known; what follows is measured."""
    length: float


@dataclass(frozen=True, slots=True)
class Polled:
    """What a link said of its units at two moments."""

    before: dict[str, Any]
    after: dict[str, Any]

    def device(self, number: int) -> dict[str, Any]:
        return dict(self.after["devices"][f"u{number}"])

    def grown(self, key: str, numbers: Iterable[int]) -> int:
        """By how much the counts called ``key`` of some units grew."""
        return sum(self.device(n)[key] - self.before["devices"][f"u{n}"][key] for n in numbers)

    def on_time(self, numbers: Sequence[int]) -> float:
        """Share of the due moments between the two that were answered before the next one."""
        polls, late, missed = (self.grown(key, numbers) for key in ("polls", "late_polls", "missed_polls"))
        return (polls - late) / (polls + missed)


async def polled(listen: str, count: int, faults: Sequence[str], load: Load) -> Polled:
    """Poll units 1 to ``count``, the first of which have ``faults``."""
    units = {number: ModbusUnit(TEMPLATE, {f"v{n}": n for n in range(REGISTERS)}) for number in range(1, count + 1)}
    for number, fault in enumerate(faults, 1):
        units[number].faults.add(fault)
    clock = Clock()
    devices = [Device(f"u{n}", "bus", str(n), TEMPLATE, load.timeout, {"fast": load.period}) for n in units]
    async with server_for(parse_link(listen), units) as server:
        link = LinkTask(LinkSetup("bus", driver_for(server.url, devices), devices, clock, FakeSink()))
        async with running({"link": link.run()}):
            await clock.real_sleep(load.start)
            before = link.plain()
            await clock.real_sleep(load.length)
            return Polled(before, link.plain())
