"""What a template file becomes: sources, orders, sentinels, and the roles its devices play."""

from pathlib import Path

import pytest

from config.assembly.definitions import template_definitions
from config.reading.files import Files
from config.site import load_site
from drivers.templates import Area, ByteOrder, ModbusSource, Offer, Table, Template, WordOrder, WordWrite
from tests.unit.config.edits import edit

HEAD = "id: meter\ntitle: {zh: 表, en: Meter}\nprotocol: modbus\nbase: 1\n"
TITLE = "title: {zh: 值, en: Value}"


def _template(site: Path, text: str) -> Template:
    (site / "templates").mkdir(exist_ok=True)
    (site / "templates" / "meter.yaml").write_text(HEAD + text, encoding="utf-8")
    files = Files()
    template = template_definitions(files, site).get("meter")
    files.check()
    assert template is not None
    return template


def _source(site: Path, point: str, head: str = "") -> ModbusSource:
    return _template(site, f"{head}points:\n  - {{name: value, {TITLE}, {point}}}\n").points[0].modbus


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ("at: holding 0x0BB8, type: u16", ModbusSource(Table.HOLDING, 2999)),
        ("at: holding 1 bits 15-12", ModbusSource(Table.HOLDING, 0, "bit", bit=12, width=4)),
        ("at: holding 1 bit 3, type: u16", ModbusSource(Table.HOLDING, 0, "bit", bit=3)),
        ("at: holding 1 bit 21, type: u32", ModbusSource(Table.HOLDING, 0, "bit", bit=5)),
        ("at: holding 1 bit 5, type: u32", ModbusSource(Table.HOLDING, 1, "bit", bit=5)),
        (
            "at: holding 1 bit 21, type: u32, word_order: little",
            ModbusSource(Table.HOLDING, 1, "bit", bit=5, word_order=WordOrder.LITTLE),
        ),
        ("at: holding 1 bits 32-47, type: u64", ModbusSource(Table.HOLDING, 1, "bit", bit=0, width=16)),
        ("at: holding 1, type: text, length: 8", ModbusSource(Table.HOLDING, 0, "text", length=8)),
        ("at: holding 1, type: u16, scale: 1/64", ModbusSource(Table.HOLDING, 0, scale=1 / 64)),
        (
            'at: holding 1, type: u16, invalid: ["0xFFFF", 7], sensor_fault: [241..300]',
            ModbusSource(Table.HOLDING, 0, invalid=(65535, 7), sensor_fault=(range(241, 301),)),
        ),
    ],
)
def test_a_point_is_where_the_manual_says(site: Path, point: str, expected: ModbusSource) -> None:
    assert _source(site, point) == expected


ORDERS = "word_order: little\nbyte_order: little\n"
SENTINELS = "invalid: {u16: [65535], i16: [32767]}\n"


@pytest.mark.parametrize(
    ("head", "point", "expected"),
    [
        (
            ORDERS,
            "at: holding 1, type: u32",
            ModbusSource(Table.HOLDING, 0, "u32", word_order=WordOrder.LITTLE, byte_order=ByteOrder.LITTLE),
        ),
        (
            ORDERS,
            "at: holding 1, type: u32, word_order: big, byte_order: big",
            ModbusSource(Table.HOLDING, 0, "u32"),
        ),
        (SENTINELS, "at: holding 1, type: u16", ModbusSource(Table.HOLDING, 0, invalid=(65535,))),
        (SENTINELS, "at: holding 1, type: i16", ModbusSource(Table.HOLDING, 0, "i16", invalid=(32767,))),
        (SENTINELS, "at: holding 1, type: u32", ModbusSource(Table.HOLDING, 0, "u32")),
        (SENTINELS, "at: holding 1, type: u16, invalid: [0]", ModbusSource(Table.HOLDING, 0, invalid=(0,))),
        (SENTINELS, "at: holding 1, type: u16, invalid: []", ModbusSource(Table.HOLDING, 0)),
        (
            SENTINELS,
            "at: holding 1 bit 2",
            ModbusSource(Table.HOLDING, 0, "bit", bit=2, invalid_register=(65535,)),
        ),
        (SENTINELS, "at: coil 1", ModbusSource(Table.COIL, 0, "bit")),
    ],
)
def test_what_the_template_says_for_all_its_points(site: Path, head: str, point: str, expected: ModbusSource) -> None:
    assert _source(site, point, head) == expected


def test_areas_and_coils_are_counted_from_the_base(site: Path) -> None:
    template = _template(
        site,
        "areas: [{at: holding 11, count: 16}]\n"
        f"points:\n  - {{name: value, {TITLE}, at: holding 12, type: u16}}\n"
        f"commands:\n  - {{name: start, {TITLE}, writes: [{{at: coil 4, value: true}}]}}\n",
    )
    assert template.areas == {Area(Table.HOLDING, 10, 16)}
    assert template.commands[0].writes == (WordWrite(3, (1,), Table.COIL),)
    shifted = template.shifted(100)
    assert shifted.areas == {Area(Table.HOLDING, 110, 16)}
    assert shifted.commands[0].writes == (WordWrite(103, (1,), Table.COIL),)


def test_one_offer_of_a_class_names_the_points_of_its_roles(site: Path) -> None:
    offers = "equipment:\n  - {class: leak-detector, roles: {leak: value}}\n"
    point = f"points:\n  - {{name: value, {TITLE}, at: holding 12 bit 1}}\n"
    one = _template(site, point + offers).offer("leak-detector")
    assert (one.point("leak"), one.point("cable_break")) == ("value", "cable_break")
    several = _template(site, point + offers + "  - {class: leak-detector, roles: {leak: value}}\n")
    assert several.offer("leak-detector") == Offer("leak-detector")
    assert several.offer("fan") == Offer("fan")


def test_equipment_of_a_device_plays_the_roles_its_template_offers(site: Path) -> None:
    devices = "".join(
        f"  - {{id: {id}, link: bus, unit: {unit}, template: {template}}}\n"
        for id, unit, template in (("set-1", 2, "dse-genset"), ("meter-1", 3, "mains-meter"))
    )
    edit(site / "plant.yaml", "equipment:", f"{devices}equipment:")
    generator = (
        "  - {id: genset, class: generator, title: {zh: 机组, en: Set}, device: set-1, relations: {mains: mains}}"
    )
    mains = "  - {id: mains, class: mains-supply, title: {zh: 市电, en: Mains}, device: meter-1}"
    edit(site / "plant.yaml", "packs:", f"{generator}\n{mains}\npacks:")
    equipment = {entry.id: entry for entry in load_site(site).equipment}
    assert equipment["genset"].roles["voltage"].point == "set-1.voltage_l1_l2"
    assert equipment["genset"].roles["coolant"].point == "set-1.coolant"
    assert equipment["mains"].roles["frequency"].point == "meter-1.frequency"
