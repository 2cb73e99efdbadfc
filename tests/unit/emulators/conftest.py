"""Shared by the emulator tests: the booster set, as its template in the library."""

import pytest

from drivers.points import Kind
from drivers.templates import ModbusSource, Table, Template, TemplatePoint


def _point(name: str, address: int, type_: str = "u16", kind: Kind = Kind.ANALOG, **source: object) -> TemplatePoint:
    return TemplatePoint(name, {}, kind, ModbusSource(Table.HOLDING, address, type_, **source))


_BITS = ("pump_1_running", "pump_2_running", "pump_1_fault", "pump_2_fault", "overflow")


@pytest.fixture
def booster() -> Template:
    points = (
        _point("level", 0, scale=0.1, invalid=(65535,)),
        _point("inlet_pressure", 1, scale=0.01),
        _point("outlet_pressure", 2, scale=0.01),
        *(_point(name, 3, "bit", Kind.BINARY, bit=bit) for bit, name in enumerate(_BITS)),
        _point("pump_1_hours", 4, "u32", Kind.COUNTER),
        _point("pump_2_hours", 6, "u32", Kind.COUNTER),
        _point("flow", 8, scale=0.1),
        _point("water_temperature", 9, "i16", scale=0.1),
        _point("power", 10, "f32"),
    )
    return Template("booster-set", {}, "modbus", points)
