"""Every way a device can lie, on every transport: refused or read rightly, never data; the next request is right.

Unit 1 lies, unit 2 on the same wire does not. While unit 1 lies its first register changes, so that an answer from
before, late or double, would show.
"""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import emulators.modbus.faults as modbus_faults
from drivers.contract import Driver, DriverError, LinkDown, Refused
from drivers.links import driver_for
from drivers.points import Kind
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint
from emulators.modbus.faults import LIES, RTU_LIES
from emulators.plantroom import PlantRoom
from emulators.standalone import serve_template

POINTS = tuple(TemplatePoint(f"p{n}", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, n)) for n in range(4))
TEMPLATE = Template("four", {}, "modbus", POINTS)
BEFORE = bytes.fromhex("0001000200030004")
AFTER = bytes.fromhex("0063000200030004")
TIMEOUT, LATE = 0.15, 0.25

READ_RIGHTLY = ""
TCP = {
    "wrong-tid": "modbus.wrong-transaction",
    "wrong-unit": "modbus.wrong-unit",
    "wrong-function": "modbus.wrong-function",
    "wrong-byte-count": "modbus.wrong-byte-count",
    "late": "modbus.silent",
    "truncated": "modbus.incomplete",
    "duplicate": READ_RIGHTLY,
    "half-open": "modbus.silent",
    "drip": "modbus.incomplete",
    "garbage": "modbus.not-modbus",
    "exception": "modbus.exception",
    "reset": "link.closed-by-peer",
}
"""The twelve lies of a Modbus TCP device -> what we say of them."""
UDP = TCP | {"truncated": "modbus.not-modbus", "drip": "modbus.not-modbus", "reset": "modbus.silent"}
"""A datagram is whole or it is nothing, and there is no connection to reset."""
RTU = {
    "crc": "modbus.damaged",
    "truncated": "modbus.incomplete",
    "late": "modbus.silent",
    "other-unit": "modbus.wrong-unit",
    "noise": READ_RIGHTLY,
    "echo": READ_RIGHTLY,
    "collision": "modbus.damaged",
    "silence": "modbus.silent",
}
"""The eight lies of a serial line; ``collision``: two devices on one unit number."""
RTU_BESIDES = {
    "wrong-unit": "modbus.wrong-unit",
    "wrong-function": "modbus.wrong-function",
    "wrong-byte-count": "modbus.wrong-byte-count",
    "duplicate": READ_RIGHTLY,
    "half-open": "modbus.silent",
    "drip": "modbus.incomplete",
    "garbage": "modbus.damaged",
    "exception": "modbus.exception",
}
"""What a device on TCP can say wrong it can say wrong on a serial line too."""

LISTENERS = {
    "tcp": ("modbus-tcp://127.0.0.1:0", TCP),
    "tls": ("modbus-tls://127.0.0.1:0?cert={files}/cert.pem&key={files}/key.pem", TCP),
    "udp": ("modbus-udp://127.0.0.1:0", UDP),
    "rtu": ("modbus-rtu://{line}?baud=115200", RTU | RTU_BESIDES),
    "rtu-tcp": ("modbus-rtu-tcp://127.0.0.1:0?baud=115200", RTU | RTU_BESIDES),
}
ROWS = [(wire, lie, code) for wire, (_, table) in LISTENERS.items() for lie, code in table.items()]


@dataclass(slots=True)
class Bench:
    """A liar and an honest unit on one wire."""

    room: PlantRoom
    driver: Driver

    async def read(self, unit: int, seconds: float = TIMEOUT) -> bytes:
        device = Device(f"d{unit}", "bus", str(unit), TEMPLATE, seconds)
        (request,) = self.driver.plan(device)
        return await self.driver.read(request)

    def liar(self) -> set[str]:
        return self.room.devices["four-1"].unit.faults

    def change(self) -> None:
        self.room.devices["four-1"].unit.values["p0"] = 99


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a certificate for 127.0.0.1."""
    made = tmp_path_factory.mktemp("files")
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"]
    places = ["-keyout", made / "key.pem", "-out", made / "cert.pem"]
    subprocess.run(["openssl", "req", *options, *names, *places], check=True, capture_output=True)
    return made


@asynccontextmanager
async def _bench(wire: str, files: Path, lie: str) -> AsyncIterator[Bench]:
    listen = LISTENERS[wire][0].format(files=files, line=files / f"line-{lie}")
    values = {f"p{n}": n + 1 for n in range(4)}
    async with serve_template(TEMPLATE, listen, (1, 2), values) as room:
        (url,) = room.links
        driver = driver_for(f"{url}?ca={files}/cert.pem" if wire == "tls" else url, [])
        await driver.open()
        yield Bench(room, driver)
        await driver.close()


@pytest.mark.parametrize(("wire", "lie", "code"), ROWS)
async def test_a_lie_is_refused_or_read_rightly_and_the_next_request_is_right(
    wire: str, lie: str, code: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modbus_faults, "LATE_SECONDS", LATE)
    async with _bench(wire, files, lie) as bench:
        bench.liar().add(lie)
        if code:
            with pytest.raises(DriverError) as caught:
                await bench.read(1)
            assert caught.value.code == code
            if isinstance(caught.value, LinkDown):
                await bench.driver.open()
        else:
            assert await bench.read(1, seconds=2.0) == BEFORE
        bench.liar().clear()
        bench.change()
        assert await bench.read(2, seconds=2.0) == BEFORE
        assert await bench.read(1, seconds=2.0) == AFTER
        assert await bench.read(1, seconds=2.0) == AFTER


def test_every_lie_the_emulator_knows_is_in_the_tables() -> None:
    assert (TCP.keys(), UDP.keys(), RTU.keys() | RTU_BESIDES.keys()) == (LIES.keys(), LIES.keys(), RTU_LIES.keys())
    assert (len(TCP), len(RTU)) == (12, 8)


@pytest.mark.parametrize("wire", LISTENERS)
async def test_a_lie_about_one_point_spares_the_requests_for_others(wire: str, files: Path) -> None:
    async with _bench(wire, files, "point") as bench:
        bench.liar().add("exception:2:p2")
        with pytest.raises(DriverError) as caught:
            await bench.read(1, seconds=2.0)
        assert caught.value.arguments["number"] == 2
        device = Device("d1", "bus", "1", TEMPLATE, 2.0)
        refused = await _refused(bench.driver, device)
        assert refused == ["d1.p2"]


async def _refused(driver: Driver, device: Device) -> list[str]:
    """The points that are still refused when each request was split as far as it goes."""
    pending, refused = list(driver.plan(device)), []
    while pending:
        request = pending.pop()
        try:
            await driver.read(request)
        except Refused as refusal:
            smaller = driver.split(request, refusal)
            pending += smaller
            refused += [] if smaller else request.points
    return refused
