"""Which points can play a role, and which classes a device can be."""

from dataclasses import replace

import pytest

from config.assembly.roles import misfit, playable
from drivers.points import NO_UNIT, Kind, Point, Unit, unit
from drivers.templates import Device, ModbusSource, Offer, Table, Template, TemplatePoint
from rules.model import EquipmentClass, Role

PERCENT, BAR, KPA = (unit(symbol) or NO_UNIT for symbol in ("%", "bar", "kPa"))


@pytest.mark.parametrize(
    ("role", "point", "code"),
    [
        (Role("p", Kind.ANALOG, KPA), Point("d.p", Kind.ANALOG, BAR), None),
        (Role("p", Kind.ANALOG, KPA), Point("d.p", Kind.ANALOG, PERCENT), "equipment.unit"),
        (Role("p", Kind.ANALOG, KPA), Point("d.p", Kind.COUNTER, KPA), "equipment.kind"),
        (Role("p", Kind.ENUM, states=("a", "b")), Point("d.p", Kind.ENUM, states=("a",)), None),
        (Role("p", Kind.ENUM, states=("a",)), Point("d.p", Kind.ENUM, states=("a", "b")), "equipment.states"),
    ],
)
def test_misfits(role: Role, point: Point, code: str | None) -> None:
    wrong = misfit(role, point)
    assert (wrong[0] if wrong else None) == code


def kind_of(name: str, *roles: Role) -> EquipmentClass:
    return EquipmentClass(name, {}, {role.name: role for role in roles})


def device(name: str, symbol: Unit) -> Device:
    return Device(
        "d",
        "",
        "1",
        Template("t", {}, "modbus", (TemplatePoint(name, {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 0), symbol),)),
    )


def test_a_class_is_played_when_every_required_role_has_its_point() -> None:
    level = Role("level", Kind.ANALOG, PERCENT, required=True)
    tank = kind_of("tank", level, Role("overflow", Kind.BINARY))
    pump = kind_of("pump", Role("fault", Kind.BINARY, required=True), level)
    anything = kind_of("anything", Role("level", Kind.ANALOG, PERCENT))
    classes = [tank, pump, anything]
    assert playable(device("level", PERCENT), classes) == ["tank"]
    assert playable(device("level", BAR), classes) == []
    assert playable(device("pressure", BAR), classes) == []


def test_a_point_plays_the_role_its_template_offers() -> None:
    point = TemplatePoint("tank_level", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 0), PERCENT)
    template = Template("t", {}, "modbus", (point,), offers=(Offer("tank", {"level": "tank_level"}),))
    level = Role("level", Kind.ANALOG, PERCENT, required=True)
    assert playable(Device("d", "", "1", template), [kind_of("tank", level), kind_of("pit", level)]) == ["tank"]


def test_a_class_without_required_roles_is_played_by_who_offers_it() -> None:
    level = Role("level", Kind.ANALOG, PERCENT)
    template = replace(device("level", PERCENT).template, offers=(Offer("tank"),))
    assert playable(Device("d", "", "1", template), [kind_of("tank", level), kind_of("pit", level)]) == ["tank"]
