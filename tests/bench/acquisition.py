"""What acquisition alone costs: links, driver and decoding, with nobody behind them.

``python -m tests.bench.acquisition`` prints only this; ``make bench`` prints it among the others. With ``uvloop``
behind it the same runs on that event loop, which has to be installed by hand.
"""

import asyncio
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

import structlog

from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from drivers.links import driver_for
from drivers.points import Instant, Kind, Reading
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint
from runtime.clock import Clock
from tests.acceptance.processes import free_ports, wait_until
from tests.bench.rows import Row, print_rows

DEVICES, REGISTERS, PERIOD, SECONDS = 20, 100, 0.05, 10.0


@dataclass(slots=True)
class Counting:
    """Where readings end."""

    requests: int = 0
    points: int = 0

    def deliver(self, readings: Sequence[Reading], block: str = "") -> None:
        self.requests += 1
        self.points += len(readings)

    def refresh(self, block: str, at: Instant) -> None:
        self.requests += 1


@dataclass(frozen=True, slots=True)
class Acquired:
    """What was read in a second, and what that cost."""

    requests: float
    points: float
    """Decoded ones."""
    cpu: float
    """Seconds of CPU."""


def rows() -> list[Row]:
    """Measure changing devices, then ones that do not change."""
    changing, alike = measured("changing"), measured("alike")
    per_request = alike.cpu / alike.requests
    return [
        (
            f"acquisition alone, {DEVICES} devices x {REGISTERS} registers each {PERIOD * 1000:.0f} ms",
            "measured",
            "aim",
        ),
        ("points a second, all changing", f"{changing.points:.0f}", "40000"),
        ("CPU of one core", f"{changing.cpu * 100:.1f} %", "< 50 %"),
        ("CPU per point", f"{changing.cpu / changing.points * 1e6:.2f} us", "<= 2 us"),
        ("CPU per request when nothing changes", f"{per_request * 1e6:.1f} us", ""),
        ("changed / unchanged", f"{changing.cpu / changing.requests / per_request:.2f}", ""),
    ]


def measured(values: str) -> Acquired:
    """Poll devices whose registers are ``changing`` or ``alike``."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    ports = free_ports(DEVICES)
    make = import_module("uvloop").new_event_loop if "uvloop" in sys.argv else asyncio.new_event_loop
    with served(ports, values), asyncio.Runner(loop_factory=make) as runner:
        return runner.run(_acquire(ports))


@contextmanager
def served(ports: Sequence[int], values: str) -> Iterator[None]:
    """Devices in a process of their own."""
    command = [sys.executable, "-m", "tests.bench.plant", ",".join(map(str, ports)), "", values]
    process = subprocess.Popen(command)
    try:
        wait_until("devices", lambda: _listens(ports[-1]))
        yield
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _acquire(ports: Sequence[int]) -> Acquired:
    sink, tasks, template = Counting(), [], _template()
    for port in ports:
        device = Device(f"dev-{port}", f"l{port}", "1", template, polls={"fast": PERIOD})
        driver = driver_for(f"modbus-tcp://127.0.0.1:{port}", [device])
        tasks.append(LinkTask(LinkSetup(device.link, driver, [device], Clock(), sink)))
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(task.run()) for task in tasks]
        await asyncio.sleep(3)
        before, sink.requests, sink.points = time.process_time(), 0, 0
        began = time.monotonic()  # noqa: TID251 - how long the load really ran
        await asyncio.sleep(SECONDS)
        took = time.monotonic() - began  # noqa: TID251
        acquired = Acquired(sink.requests / took, sink.points / took, (time.process_time() - before) / took)
        for task in running:
            task.cancel()
    return acquired


def _template() -> Template:
    points = (
        TemplatePoint(f"v{index}", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, index, scale=0.1), poll="fast")
        for index in range(REGISTERS)
    )
    return Template("bench", {}, "modbus", tuple(points))


if __name__ == "__main__":
    print_rows(rows())
