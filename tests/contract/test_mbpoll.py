"""The emulator judged by mbpoll, a client that shares no line with us, over TCP and over a serial line."""

import asyncio
import shutil
from collections.abc import Sequence

import pytest

from drivers.links import parse_link
from emulators.modbus.listen import server_for
from emulators.modbus.pseudo_terminal import ModbusPty
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from tests.shipped import library

pytestmark = pytest.mark.skipif(
    shutil.which("mbpoll") is None, reason="mbpoll is not installed: sudo apt install mbpoll"
)

BOOSTER = library().templates["booster-set"]
VALUES = {"level": 25.5, "inlet_pressure": 2.31, "pump_2_hours": 70000, "water_temperature": -1.5, "power": 3.25}
LISTENERS = ("modbus-tcp://127.0.0.1:0", "modbus-rtu://?baud=19200")


def _where(server: object) -> list[str]:
    if isinstance(server, ModbusPty):
        return ["-m", "rtu", "-b", "19200", "-P", "even", server.path]
    assert isinstance(server, ModbusServer)
    return ["-m", "tcp", "-p", str(server.port), server.host]


async def _mbpoll(server: object, options: Sequence[str], values: Sequence[str] = ()) -> tuple[int, dict[str, str]]:
    """Ask once, addresses counted from 0; the exit code, and what was printed for each address."""
    process = await asyncio.create_subprocess_exec(
        "mbpoll", "-0", "-1", "-q", "-a", "1", *options, *_where(server), *values, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    lines = (line.partition(":") for line in printed.decode().splitlines() if line.startswith("["))
    return process.returncode or 0, {place.strip("[]"): value.split()[0] for place, _, value in lines}


@pytest.mark.parametrize("listen", LISTENERS)
@pytest.mark.parametrize(
    ("options", "read"),
    [
        (("-t", "4", "-r", "0", "-c", "2"), {"0": "255", "1": "231"}),
        (("-t", "4:int", "-B", "-r", "6", "-c", "1"), {"6": "70000"}),
        (("-t", "4", "-r", "9", "-c", "1"), {"9": "65521"}),
        (("-t", "4:float", "-B", "-r", "10", "-c", "1"), {"10": "3.25"}),
    ],
)
async def test_mbpoll_reads(listen: str, options: Sequence[str], read: dict[str, str]) -> None:
    async with server_for(parse_link(listen), {1: ModbusUnit(BOOSTER, dict(VALUES))}) as server:
        assert await _mbpoll(server, options) == (0, read)


@pytest.mark.parametrize("listen", LISTENERS)
async def test_mbpoll_writes_and_is_refused_a_hole(listen: str) -> None:
    unit = ModbusUnit(BOOSTER, dict(VALUES))
    async with server_for(parse_link(listen), {1: unit}) as server:
        assert (await _mbpoll(server, ("-t", "4", "-r", "0"), ("300",)))[0] == 0
        assert unit.values["level"] == pytest.approx(30.0)
        assert (await _mbpoll(server, ("-t", "4", "-r", "400")))[0] != 0
