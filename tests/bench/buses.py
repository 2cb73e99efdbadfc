"""What a serial bus gives, and what dead units and many devices cost the others.

``python -m tests.bench.buses`` prints only this; ``make bench`` prints it among the others.
"""

import asyncio
import logging
import subprocess
import tempfile
import time
from pathlib import Path

import structlog

from agent.api.local.client import ask
from drivers.busload import bus_load
from drivers.links import driver_for
from drivers.modbus.rtu import Timing
from drivers.points import PlantgateError
from drivers.templates import Device
from tests.acceptance.processes import PLANTGATE, Bench, free_ports
from tests.bench.acquisition import served
from tests.bench.plant import write_site
from tests.bench.process import cpu, pss
from tests.bench.rows import Row, print_rows
from tests.lossy import ABSENT, EVERYBODY, NAMES, behind_gateway, marginal, networked
from tests.polled import REGISTERS, TEMPLATE, Load, polled

BAUD, UNITS = 9600, 10
DEVICES, POINTS, SECONDS = 300, 100, 30.0
SATURATED = Load(period=0.05, timeout=1.0, start=2.0, length=20.0)
"""Ten units want to be polled far more often than the bus can."""
WORKING = Load(period=1.0, timeout=1.0, start=30.0, length=120.0)


def rows() -> list[Row]:
    """Two minutes and a half of a bus, simulated lines, then half a minute of many devices."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return [*line(), *lossy(), *many()]


def line() -> list[Row]:
    """A pseudo terminal as slow as its baud, ten units of ten registers."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"modbus-rtu://{directory}/line?baud={BAUD}"
        full = asyncio.run(polled(url, UNITS, [], SATURATED))
        hurt = asyncio.run(polled(url, UNITS, ["silence"], WORKING))
    units = range(1, UNITS + 1)
    throughput = full.grown("good", units) / SATURATED.length
    load = bus_load(driver_for(url, []), [Device(f"u{n}", "bus", str(n), TEMPLATE) for n in units]).share
    return [
        (f"RTU at {BAUD} baud on a paced pty, {UNITS} units x {REGISTERS} registers", "measured", "aim"),
        ("requests a second, the bus saturated", f"{throughput:.1f}", f"{1 / theory():.1f}"),
        ("of the theoretical throughput (characters + 2 x t3.5)", f"{throughput * theory():.1%}", ">= 95 %"),
        ("1 of 10 units dead, polled each second: the others on time", f"{hurt.on_time(units[1:]):.2%}", ">= 99 %"),
        ("share of the bus the dead unit takes", f"{hurt.device(1)['load']:.1%}", "<= 5 %"),
        ("bus load: as check computes it", f"{load:.1%}", ""),
        ("bus load: as measured, 9 units and the dead one", f"{hurt.after['load']:.1%}", ""),
    ]


def lossy() -> list[Row]:
    """What a gateway with absent units, a marginal line and a lossy network give, in simulated time."""
    rows: list[Row] = [("units behind a Modbus TCP gateway, 3 of 8 absent, polled each second", "measured", "aim")]
    good = [f"u{number}" for number in EVERYBODY if number not in ABSENT]
    for word, waits in ((0x0B, 0.02), (0x0B, 0.6), (0x04, 0.6)):
        seen, _ = behind_gateway(word, waits)
        share = sum(seen.after["devices"][f"u{number}"]["load"] for number in ABSENT)
        case = f"exception {word:#04x} after {waits:g} s"
        rows += [(f"{case}: the others on time", f"{seen.on_time(good):.2%}", ">= 99 %")]
        rows += [(f"{case}: share of the link the absent ones take", f"{share:.1%}", "<= 5 %")]
    for waits, aim in ((0.6, ">= 99 %"), (2.0, ""), (5.0, "")):
        seen, wasted = behind_gateway(None, waits)
        case = f"silence of {waits:g} s for each"
        rows += [(f"{case}: the others on time", f"{seen.on_time(good):.2%}", aim)]
        rows += [(f"{case}: share of the line behind it lost", f"{wasted:.1%}", "<= 5 %")]
    rows.append(("20 RTU units at bus load 0.5, frames lost by chance", "measured", "aim"))
    for loss, aim in ((0.0, ""), (0.02, ">= 99 %"), (0.05, ">= 97 %")):
        run = marginal(loss)
        rows += [(f"{loss:.0%} lost: points fresh", f"{run.fresh:.2%}", aim)]
        rows += [(f"{loss:.0%} lost: polls on time", f"{run.on_time(NAMES):.2%}", "")]
    rows.append(("5 BACnet devices each 5 s, datagrams lost by chance", "measured", "aim"))
    for loss in (0.0, 0.1, 0.3):
        run, _ = networked(5, [], loss, 400.0, points=3)
        rows += [(f"{loss:.0%} lost: points fresh within 3 periods", f"{run.fresh:.2%}", ">= 99.9 %")]
    return rows


def theory() -> float:
    """Seconds of one request: 8 characters to ask, 5 and the data to answer, two gaps; the emulator thinks no time."""
    timing = Timing(BAUD)
    return (8 + 5 + 2 * REGISTERS) * timing.character + 2 * timing.gap


def many() -> list[Row]:
    """Many devices of 100 registers each second on links of their own, all changing, in the whole agent."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        try:
            return _many(bench, free_ports(DEVICES))
        finally:
            bench.close()


def _many(bench: Bench, ports: list[int]) -> list[Row]:
    site = write_site(bench.directory / "bench-site", ports, POINTS, bench.broker_port)
    bench.broker()
    with served(ports, "changing"):
        began = time.monotonic()  # noqa: TID251 - another process is timed
        bench.start(PLANTGATE, "run", str(site), "--state", str(bench.state), stdout=subprocess.DEVNULL)
        agent = bench.last.pid
        asyncio.run(_all_good(bench.state))
        first = time.monotonic() - began  # noqa: TID251
        time.sleep(3)  # noqa: TID251 - what the start costs is not what running costs
        before, used = asyncio.run(_counts(bench.state)), cpu(agent)
        time.sleep(SECONDS)  # noqa: TID251 - the load runs meanwhile
        after, used = asyncio.run(_counts(bench.state)), (cpu(agent) - used) / SECONDS
        polls, late, missed = (now - then for now, then in zip(after, before, strict=True))
        return [
            (f"{DEVICES} devices x {POINTS} registers each second, whole agent", "measured", "aim"),
            ("polls on time", f"{(polls - late) / (polls + missed):.2%}", "100 %"),
            ("PSS", f"{pss(agent):.1f} MB", "<= 70 MB"),
            ("start to the first values of all devices", f"{first:.2f} s", "<= 3 s"),
            ("CPU of one core", f"{used * 100:.1f} %", ""),
        ]


async def _all_good(state: Path) -> None:
    """Wait until no point is bad."""
    while True:
        try:
            if (await ask(state, "status"))["points"]["bad"] == 0:
                return
        except PlantgateError:
            # Not listening yet.
            pass
        await asyncio.sleep(0.05)


async def _counts(state: Path) -> tuple[int, int, int]:
    links = (await ask(state, "status"))["links"]
    devices = [device for link in links.values() for device in link["devices"].values()]
    polls, late, missed = (sum(device[key] for device in devices) for key in ("polls", "late_polls", "missed_polls"))
    return polls, late, missed


if __name__ == "__main__":
    print_rows(rows())
