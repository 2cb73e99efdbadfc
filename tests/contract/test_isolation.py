"""No unit can hurt another: bad units of every kind among good ones, over the emulator and in real time.

The same laws in simulated time, over hours, are in ``tests/unit/agent/link/test_isolation.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.clock import Clock
from agent.link.task import LinkTask
from agent.supervisor import running
from drivers.links import driver_for, parse_link
from drivers.points import Kind
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint
from emulators.modbus_listen import server_for
from emulators.modbus_unit import Unit
from tests.soak import soak
from tests.unit.agent.runtime_fakes import FakeSink

PERIOD, TIMEOUT = 2.0, 0.3
LENGTH = soak(short=4.0, long=300.0)
POINTS = tuple(TemplatePoint(f"v{n}", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, n), poll="fast") for n in range(10))
TEMPLATE = Template("unit", {}, "modbus", POINTS)

START = 1.5
"""Seconds until everything was read once and the bad units are known; what follows is measured."""

BAD_UNITS = [
    ("half-open", "late", "exception"),
    ("garbage", "reset", "wrong-tid"),
    ("drip", "truncated", "wrong-unit"),
    ("wrong-byte-count", "wrong-function", "duplicate"),
]


@dataclass(frozen=True, slots=True)
class Polled:
    """What a link said of its units at two moments."""

    before: dict[str, Any]
    after: dict[str, Any]

    def device(self, number: int) -> dict[str, Any]:
        return self.after["devices"][f"u{number}"]

    def on_time(self, numbers: Iterable[int]) -> float:
        """Share of the due moments between the two that were answered before the next one."""
        polls, late, missed = (
            sum(self.device(n)[key] - self.before["devices"][f"u{n}"][key] for n in numbers)
            for key in ("polls", "late_polls", "missed_polls")
        )
        return (polls - late) / (polls + missed)


async def polled(listen: str, count: int, faults: Sequence[str]) -> Polled:
    """``count`` units for a while, the first of which have ``faults``."""
    units = {number: Unit(TEMPLATE, {f"v{n}": n for n in range(10)}) for number in range(1, count + 1)}
    for number, fault in enumerate(faults, 1):
        units[number].faults.add(fault)
    clock = Clock()
    devices = [Device(f"u{n}", "bus", str(n), TEMPLATE, TIMEOUT, {"fast": PERIOD}) for n in units]
    async with server_for(parse_link(listen), units) as server:
        link = LinkTask("bus", driver_for(server.url, devices), devices, clock, FakeSink())
        async with running({"link": link.run()}):
            await clock.real_sleep(START)
            before = link.plain()
            await clock.real_sleep(LENGTH)
            return Polled(before, link.plain())


@pytest.mark.soak
@pytest.mark.parametrize("faults", BAD_UNITS, ids="+".join)
async def test_three_bad_units_of_twenty_behind_one_gateway(faults: Sequence[str]) -> None:
    seen = await polled("modbus-tcp://127.0.0.1:0", 20, faults)
    assert seen.on_time(range(4, 21)) >= 0.99
    assert seen.after["online"] is True
    good = [seen.device(number) for number in range(4, 21)]
    # Not the requests that were not good: one may be under way.
    failures = [device["timeouts"] + device["garbled"] + device["exceptions"] for device in good]
    assert (failures, {device["online"] for device in good}) == ([0] * 17, {True})


@pytest.mark.soak
async def test_one_dead_unit_of_ten_on_a_line_of_9600_baud(tmp_path: Path) -> None:
    seen = await polled(f"modbus-rtu://{tmp_path}/line?baud=9600", 10, ["silence"])
    assert seen.on_time(range(2, 11)) >= 0.99
    good = [seen.device(number) for number in range(2, 11)]
    assert {(device["online"], device["timeouts"]) for device in good} == {(True, 0)}
    assert seen.device(1)["online"] is False
