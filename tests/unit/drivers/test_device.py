"""The names of a device's points."""

from drivers.links import driver_for
from drivers.points import Kind
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint

POINTS = tuple(TemplatePoint(f"p{n}", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, n)) for n in range(3))
DEVICE = Device("pump", "bus", "1", Template("t", {}, "modbus", POINTS))


def test_point_ids_are_those_of_the_points() -> None:
    assert DEVICE.point_ids() == tuple(point.id for point in DEVICE.all_points()) == ("pump.p0", "pump.p1", "pump.p2")


def test_a_name_is_one_string_however_many_parts_keep_it() -> None:
    """30,000 points are in the image, in their requests and in the state of their devices."""
    (request,) = driver_for("modbus-tcp://h:502", [DEVICE]).plan(DEVICE)
    kept = [DEVICE.point_ids(), DEVICE.point_ids(), request.points]
    assert all(len({id(name) for name in names}) == 1 for names in zip(*kept, strict=True))
