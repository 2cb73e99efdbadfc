"""What the whole agent costs under three loads, measured on its process."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.mqtt.client import Broker, Login
from tests.acceptance.processes import PLANTGATE, Bench, free_ports
from tests.bench.plant import OBJECTS, write_site
from tests.bench.process import cpu, pss
from tests.bench.rows import Row, print_rows

DEVICES, REGISTERS, SECONDS = 20, 100, 20
AIR_HANDLERS = 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one agent needs under one load."""

    cpu: float
    """Seconds of CPU in a second."""
    pss: float
    """MB"""
    first: float
    """Seconds from the start to the first value at the broker."""


def rows() -> Iterator[Row]:
    """Each load when it was measured."""
    modbus = measured(0)
    yield from first_light(modbus)
    yield from beside_bacnet(modbus, measured(AIR_HANDLERS))
    yield from at_full_speed(measured(0, "50 ms"))


def first_light(cost: Cost) -> list[Row]:
    """20 devices of 100 registers each second, all changing, one rule a device."""
    return [
        (f"{DEVICES} devices x {REGISTERS} registers each second", "measured", "aim"),
        ("CPU per point, whole agent", f"{cost.cpu / (DEVICES * REGISTERS) * 1e6:.2f} us", "<= 5 us"),
        ("CPU of one core", f"{cost.cpu * 100:.1f} %", ""),
        ("PSS", f"{cost.pss:.1f} MB", "<= 60 MB"),
        ("start to first value at the broker", f"{cost.first:.2f} s", "<= 1.5 s"),
    ]


def beside_bacnet(without: Cost, cost: Cost) -> list[Row]:
    """The same load with BACnet devices of 40 points each 5 s beside it, all changing."""
    return [
        (f"the same and {AIR_HANDLERS} BACnet devices x {OBJECTS} points at 5 s", "measured", "aim"),
        ("CPU of one core", f"{cost.cpu * 100:.1f} %", ""),
        ("CPU of one core, BACnet alone", f"{(cost.cpu - without.cpu) * 100:.1f} %", ""),
        ("PSS", f"{cost.pss:.1f} MB", "<= 65 MB"),
        ("start to first value at the broker", f"{cost.first:.2f} s", "<= 1.5 s"),
    ]


def at_full_speed(cost: Cost) -> list[Row]:
    """The devices of first light polled twenty times as often: 40,000 points a second."""
    return [
        (f"{DEVICES} devices x {REGISTERS} registers each 50 ms, all changing", "measured", "aim"),
        ("CPU of one core, whole agent", f"{cost.cpu * 100:.1f} %", "< 50 %"),
        ("CPU per point, whole agent", f"{cost.cpu / (20 * DEVICES * REGISTERS) * 1e6:.2f} us", ""),
    ]


def measured(air_handlers: int, poll: str = "1 s") -> Cost:
    """The cost of an agent with the load of first light, polled each ``poll``, and ``air_handlers`` BACnet devices."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        try:
            return _cost(bench, free_ports(DEVICES), free_ports(air_handlers), poll)
        finally:
            bench.close()


def _cost(bench: Bench, ports: list[int], bacnet: list[int], poll: str) -> Cost:
    site = write_site(bench.directory / "bench-site", ports, REGISTERS, bench.broker_port, poll, bacnet)
    bench.broker()
    served = [",".join(map(str, group)) for group in (ports, bacnet)]
    bench.start(sys.executable, "-m", "tests.bench.plant", *served, stdout=subprocess.DEVNULL)
    first = asyncio.run(_first_event(bench, site))
    agent = bench.last.pid
    time.sleep(3)  # noqa: TID251 - what the start costs is not what running costs
    before, began = cpu(agent), time.monotonic()  # noqa: TID251 - measures another process
    time.sleep(SECONDS)  # noqa: TID251 - the load runs meanwhile
    share = (cpu(agent) - before) / (time.monotonic() - began)  # noqa: TID251
    _check_polled(bench)
    return Cost(share, pss(agent), first)


def _check_polled(bench: Bench) -> None:
    """A cheap agent that reads nothing proves nothing."""
    (status,) = bench.ask("status")
    assert status["points"]["bad"] == 0, status["points"]


async def _first_event(bench: Bench, site: Path) -> float:
    async with Broker(f"mqtt://127.0.0.1:{bench.broker_port}", Login("bench")).connect() as connection:
        await connection.subscribe("plantgate/v1/+/+/+/event")
        began = time.monotonic()  # noqa: TID251
        bench.start(PLANTGATE, "run", str(site), "--state", str(bench.state), stdout=subprocess.DEVNULL)
        while not any(b'"B01"' in message.payload for message in await connection.receive()):
            pass
        return time.monotonic() - began  # noqa: TID251


if __name__ == "__main__":
    print_rows(rows())
