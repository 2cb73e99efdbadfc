"""What every driver must do, whatever its wire: one suite, one bench a driver; a new driver adds one to BENCHES."""

import asyncio
import errno
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.bacnet.driver import BacnetDriver
from drivers.contract import Driver, LinkDown, NoAnswer, Refused, Write
from drivers.links import driver_for, parse_link
from drivers.points import Instant, Kind, Quality, Reason
from drivers.templates import BacnetSource, Device, ModbusSource, PointWrite, Table, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit
from emulators.modbus.listen import server_for
from emulators.modbus.unit import ModbusUnit

AT = Instant("boot", 1.0, 1.0)


@dataclass(slots=True)
class Bench:
    """A driver that is not open yet, its device with points ``a`` 1, ``b`` 2.5 and ``on`` true, and ways to hurt it."""

    driver: Driver
    device: Device
    refuse: Callable[[], None]
    silence: Callable[[], None]
    heal: Callable[[], None]
    kill: Callable[[], None]
    """Cut the wire."""
    shown: Callable[[str], object]
    """What the emulated device now holds."""
    revive: Callable[[], None] = lambda: None
    """Mend it, where it does not mend itself."""


MakeBench = Callable[[Path], AbstractAsyncContextManager[Bench]]


def _modbus_template() -> Template:
    return Template(
        "bench",
        {},
        "modbus",
        (
            TemplatePoint("a", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 0, invalid=(0xFFFF,))),
            TemplatePoint("b", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 1, "f32")),
            TemplatePoint("on", {}, Kind.BINARY, ModbusSource(Table.COIL, 4, "bit")),
        ),
    )


def _modbus(listen: str, options: str = "") -> MakeBench:
    """A bench whose emulator listens at ``listen`` and whose driver adds ``options`` to where that is."""

    @asynccontextmanager
    async def make(files: Path) -> AsyncIterator[Bench]:
        unit = ModbusUnit(_modbus_template(), {"a": 1, "b": 2.5, "on": True})
        place = {"files": files, "line": files / "line"}
        async with server_for(parse_link(listen.format(**place)), {1: unit}) as server:
            device = Device("dev", "bus", "1", unit.template, 0.15)
            driver = driver_for(server.url.partition("?")[0] + options.format(**place), [device])
            yield Bench(
                driver,
                device,
                refuse=lambda: unit.faults.add("exception:2"),
                silence=lambda: unit.faults.add("half-open"),
                heal=unit.faults.clear,
                kill=server.drop,
                revive=server.restore,
                shown=unit.values.__getitem__,
            )
            await driver.close()

    return make


def _bacnet_template() -> Template:
    return Template(
        "bench",
        {},
        "bacnet",
        (
            TemplatePoint("a", {}, Kind.COUNTER, BacnetSource("positive-integer-value", 1)),
            TemplatePoint("b", {}, Kind.ANALOG, BacnetSource("analog-value", 1)),
            TemplatePoint("on", {}, Kind.BINARY, BacnetSource("binary-output", 1)),
        ),
    )


@asynccontextmanager
async def _bacnet() -> AsyncIterator[Bench]:
    unit = BacnetUnit(_bacnet_template(), 7, values={"a": 1, "b": 2.5, "on": True})
    points = {point.name: point for point in unit.template.points}
    async with BacnetServer([unit]) as server:
        device = Device("dev", "bus", server.address(7), unit.template, 0.15)
        driver = driver_for("bacnet://127.0.0.1:0", [device])
        assert isinstance(driver, BacnetDriver)
        yield Bench(
            driver,
            device,
            refuse=lambda: unit.faults.add("error:2"),
            silence=lambda: unit.faults.add("silent"),
            heal=unit.faults.clear,
            kill=lambda: driver.endpoint.error_received(OSError(errno.ENETDOWN, "down")),
            shown=lambda name: unit.value(points[name]),
        )
        await driver.close()


BENCHES: dict[str, MakeBench] = {
    "bacnet": lambda _: _bacnet(),
    "modbus-tcp": _modbus("modbus-tcp://127.0.0.1:0"),
    "modbus-udp": _modbus("modbus-udp://127.0.0.1:0"),
    "modbus-tls": _modbus("modbus-tls://127.0.0.1:0?cert={files}/cert.pem&key={files}/key.pem", "?ca={files}/cert.pem"),
    "modbus-rtu-tcp": _modbus("modbus-rtu-tcp://127.0.0.1:0"),
    "modbus-rtu": _modbus("modbus-rtu://{line}?baud=115200", "?baud=115200"),
}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a certificate for 127.0.0.1."""
    made = tmp_path_factory.mktemp("files")
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"]
    places = ["-keyout", made / "key.pem", "-out", made / "cert.pem"]
    subprocess.run(["openssl", "req", *options, *names, *places], check=True, capture_output=True)
    return made


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest, files: Path) -> AsyncIterator[Bench]:
    async with BENCHES[request.param](files) as made:
        await made.driver.open()
        yield made


async def _poll(bench: Bench) -> dict[str, object]:
    readings = []
    for request in bench.driver.plan(bench.device):
        readings += bench.driver.decode(request, await bench.driver.read(request), AT)
    return {reading.point: reading.value for reading in readings}


async def test_the_plan_brings_every_point_once(bench: Bench) -> None:
    planned = [point for request in bench.driver.plan(bench.device) for point in request.points]
    assert sorted(planned) == sorted(point.id for point in bench.device.all_points())


async def test_a_poll_brings_good_values(bench: Bench) -> None:
    assert await _poll(bench) == {"dev.a": 1, "dev.b": 2.5, "dev.on": True}


async def test_readings_carry_their_moment_and_quality(bench: Bench) -> None:
    request = bench.driver.plan(bench.device)[0]
    for reading in bench.driver.decode(request, await bench.driver.read(request), AT):
        assert (reading.sampled_at, reading.quality, reading.reason) == (AT, Quality.GOOD, Reason.NONE)


async def test_an_unchanged_device_gives_equal_bytes(bench: Bench) -> None:
    request = bench.driver.plan(bench.device)[0]
    assert await bench.driver.read(request) == await bench.driver.read(request)


@pytest.mark.parametrize("answer", [b"", b"\x00", b"\xff" * 300])
async def test_decode_never_raises(bench: Bench, answer: bytes) -> None:
    for request in bench.driver.plan(bench.device):
        readings = bench.driver.decode(request, answer, AT)
        assert [reading.point for reading in readings] == list(request.points)
        assert {reading.quality for reading in readings} <= {Quality.GOOD, Quality.BAD}


async def test_a_refusal_names_its_number_and_spoils_nothing(bench: Bench) -> None:
    bench.refuse()
    with pytest.raises(Refused) as caught:
        await _poll(bench)
    assert caught.value.number == 2
    bench.heal()
    assert await _poll(bench)


async def test_a_split_keeps_every_point_and_ends(bench: Bench) -> None:
    open_requests = list(bench.driver.plan(bench.device))
    leaves = []
    while open_requests:
        request = open_requests.pop()
        smaller = bench.driver.split(request, Refused("test", number=2))
        open_requests += smaller
        leaves += [] if smaller else request.points
    assert sorted(leaves) == ["dev.a", "dev.b", "dev.on"]


async def test_a_probe_shows_whether_the_device_is_there_within_its_own_time(bench: Bench) -> None:
    for request in bench.driver.plan(bench.device):
        assert await bench.driver.read(bench.driver.probe(request, 5.0))
    bench.silence()
    began = asyncio.get_running_loop().time()
    with pytest.raises(NoAnswer):
        await bench.driver.read(bench.driver.probe(request, 0.05))
    assert asyncio.get_running_loop().time() - began < 2.0


async def test_silence_ends_at_the_deadline(bench: Bench) -> None:
    bench.silence()
    began = asyncio.get_running_loop().time()
    with pytest.raises(NoAnswer) as caught:
        await _poll(bench)
    assert caught.value.reason is Reason.NO_ANSWER
    assert asyncio.get_running_loop().time() - began < 4 * bench.device.timeout
    bench.heal()
    assert await _poll(bench)


async def test_a_cut_wire_is_a_link_down_and_opens_again(bench: Bench) -> None:
    bench.kill()
    with pytest.raises(LinkDown):
        await _poll(bench)
    bench.revive()
    await bench.driver.open()
    assert await _poll(bench)


async def test_a_write_arrives(bench: Bench) -> None:
    for point, value in (("a", 7), ("b", -1.5), ("on", False)):
        await bench.driver.write(Write("dev", PointWrite(point, value)))
    assert await _poll(bench) == {"dev.a": 7, "dev.b": -1.5, "dev.on": False}
    assert bench.shown("a") == 7


async def test_a_value_no_device_can_hold_is_refused_unsent(bench: Bench) -> None:
    with pytest.raises(Refused):
        await bench.driver.write(Write("dev", PointWrite("a", -1)))
    assert bench.shown("a") == 1


@pytest.mark.parametrize(("point", "value"), [("a", 7), ("b", -0.5), ("on", False)])
async def test_a_write_can_be_read_back(bench: Bench, point: str, value: float) -> None:
    write = Write("dev", PointWrite(point, value))
    await bench.driver.write(write)
    request = bench.driver.read_back(write)
    assert request is not None
    (reading,) = bench.driver.decode(request, await bench.driver.read(request), AT)
    assert (reading.point, reading.value, reading.quality) == (f"dev.{point}", value, Quality.GOOD)


async def test_a_write_into_silence_has_an_unknown_outcome(bench: Bench) -> None:
    bench.silence()
    with pytest.raises(NoAnswer):
        await bench.driver.write(Write("dev", PointWrite("a", 7)))


async def test_close_may_come_twice_and_ends_reading(bench: Bench) -> None:
    await bench.driver.close()
    await bench.driver.close()
    with pytest.raises(LinkDown):
        await _poll(bench)
