"""What a write puts on the wire is what people are shown of it, and no write leaves the span of its point."""

from dataclasses import replace

import pytest

from drivers.contract import Driver, Refused, WireWrite, Write
from drivers.links import driver_for
from drivers.modbus.writing import cells_of
from drivers.points import Kind, Value
from drivers.templates import BacnetSource, Device, ModbusSource, PointWrite, Table, Template, TemplatePoint, WordWrite

MODBUS = Template(
    "t",
    {},
    "modbus",
    (
        TemplatePoint("run", {}, Kind.BINARY, ModbusSource(Table.COIL, 3, "bit")),
        TemplatePoint("level", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 9, scale=0.1), low=0.0, high=100.0),
        TemplatePoint("power", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 20, "f32")),
    ),
    base=1,
)
BACNET = Template(
    "t",
    {},
    "bacnet",
    (TemplatePoint("valve", {}, Kind.ANALOG, BacnetSource("analog-output", 4, priority=10), low=0.0, high=100.0),),
)


def modbus(offset: int = 0) -> Driver:
    return driver_for("modbus-tcp://127.0.0.1:1", [Device("d", "l", "1", MODBUS.shifted(offset), offset=offset)])


def bacnet() -> Driver:
    return driver_for("bacnet://127.0.0.1:0", [Device("d", "l", "127.0.0.1:1/7", BACNET)])


@pytest.mark.parametrize(
    ("driver", "what", "written"),
    [
        (modbus(), WordWrite(3, (1,), Table.COIL), WireWrite("coil 4", 3, "on")),
        (modbus(), WordWrite(4104, (35705, 29830)), WireWrite("holding 4105", 4104, "35705 29830")),
        (modbus(), PointWrite("run", True), WireWrite("coil 4", 3, "on", "run")),
        (modbus(), PointWrite("level", 42.5), WireWrite("holding 10", 9, "425", "level")),
        # Numbered as the template does, and where it really goes.
        (modbus(100), PointWrite("level", 42.5), WireWrite("holding 10", 109, "425", "level")),
        (bacnet(), PointWrite("valve", 42.5), WireWrite("analog-output 4 present-value", None, "42.5", "valve", 10)),
        (bacnet(), PointWrite("valve", None, 8), WireWrite("analog-output 4 present-value", None, "", "valve", 8)),
    ],
)
def test_what_people_are_shown(driver: Driver, what: WordWrite | PointWrite, written: WireWrite) -> None:
    assert driver.written(Write("d", what)) == written


@pytest.mark.parametrize("what", [WordWrite(3, (1,), Table.COIL), WordWrite(8, (5,)), PointWrite("level", 42.5)])
def test_it_is_what_the_request_carries(what: WordWrite | PointWrite) -> None:
    device = Device("d", "l", "1", MODBUS)
    cells, shown = cells_of(device, what), modbus().written(Write("d", what))
    assert int.from_bytes(cells.pdu[1:3], "big") == shown.address
    assert (cells.pdu[0] == 5) is shown.object.startswith("coil")


@pytest.mark.parametrize("value", [-0.1, 100.1, 1e9, float("inf"), float("nan")])
@pytest.mark.parametrize(("driver", "point"), [(modbus(), "level"), (bacnet(), "valve")])
async def test_no_write_leaves_the_span_of_its_point(driver: Driver, point: str, value: Value) -> None:
    # The wire is not even open: it is refused before.
    with pytest.raises(Refused, match=r"write\.out-of-span"):
        await driver.write(Write("d", PointWrite(point, value)))


@pytest.mark.parametrize("value", [1e39, float("inf"), float("nan")])
async def test_no_write_of_what_is_no_number_of_its_registers(value: float) -> None:
    with pytest.raises(Refused):
        await modbus().write(Write("d", PointWrite("power", value)))


def test_a_scaled_value_that_no_register_holds_is_refused() -> None:
    wide = replace(MODBUS.point("level"), low=None, high=None)
    driver = driver_for("modbus-tcp://127.0.0.1:1", [Device("d", "l", "1", replace(MODBUS, points=(wide,)))])
    with pytest.raises(Refused, match=r"codec\.not-encodable"):
        driver.written(Write("d", PointWrite("level", 6554.0)))
