"""A whole table becomes a template that loads; a bad row is told and costs no good one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.assembly.template import build_template
from config.importing import Imported, ImportOptions, Style, TableError, import_table
from config.reading.files import Files
from config.reading.yamlfile import read_yaml
from config.schema.template import TemplateFile
from drivers.points import Kind
from drivers.templates import ModbusSource, Table, Template

HEAD = "Registers,Name,Dim,Type,Len,Dec\n"


def _imported(text: str, base: int = 1, style: Style = Style.PLAIN, **wanted: Any) -> Imported:
    return import_table(text.encode(), ImportOptions("set", "set.csv", base, style, **wanted))


def _template(imported: Imported) -> Template:
    files = Files()
    loaded = files.shape(read_yaml(imported.text.encode(), "set.yaml"), TemplateFile)
    assert loaded is not None
    template = build_template(loaded, files)
    files.check()
    assert template is not None
    return template


def _codes(imported: Imported) -> list[tuple[int, str, bool]]:
    return [(complaint.line, complaint.code, complaint.kept) for complaint in imported.complaints]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("5,A,V,Unsigned16,2,1", ModbusSource(Table.HOLDING, 4, scale=0.1)),
        ("5,A,V,Integer16,2,0", ModbusSource(Table.HOLDING, 4, "i16")),
        ("5-6,A,kWh,Unsigned32,4,2", ModbusSource(Table.HOLDING, 4, "u32", scale=0.01)),
        ("5-6,A,kWh,,,", ModbusSource(Table.HOLDING, 4, "u32")),
        ("5,A,,,,", ModbusSource(Table.HOLDING, 4)),
        ("5,A,,Float,,", ModbusSource(Table.HOLDING, 4, "f32")),
        ("5,A,,Char,16,", ModbusSource(Table.HOLDING, 4, "text", length=8)),
        ("5.3,A,,,,", ModbusSource(Table.HOLDING, 4, "bit", bit=3)),
    ],
)
def test_a_row_becomes_a_point(row: str, expected: ModbusSource) -> None:
    imported = _imported(HEAD + row + "\n")
    assert imported.complaints == ()
    assert _template(imported).points[0].modbus == expected


def test_the_first_digit_names_the_table() -> None:
    template = _template(_imported("Register,Name\n40001,A\n30001,B\n10001,C\n00001,D\n", base=40001))
    assert [point.modbus.table for point in template.points] == [Table.HOLDING, Table.INPUT, Table.DISCRETE, Table.COIL]
    assert {point.modbus.address for point in template.points} == {0}


def test_columns_may_say_table_scale_offset_and_range() -> None:
    text = "Address,Name,Function,Scale,Offset,Least,Most\n7,T,4,0.1,-40,-40,120\n"
    point = _template(_imported(text, base=0, columns={"low": "Least", "high": "Most"})).points[0]
    assert point.modbus == ModbusSource(Table.INPUT, 7, scale=0.1, offset=-40.0)
    assert (point.low, point.high) == (-40.0, 120.0)


def test_names_are_made_of_what_there_is_and_are_never_the_same() -> None:
    text = "Register,Name\n1,Oil Pressure\n2,oil-pressure\n3,油压\n4,online\n5,and\n"
    points = _template(_imported(text)).points
    assert [point.name for point in points] == [
        "oil_pressure",
        "oil_pressure_2",
        "holding_3",
        "online_value",
        "and_value",
    ]
    assert points[2].title == {"zh": "油压", "en": "油压"}


def test_what_is_not_understood_is_told_with_its_line() -> None:
    text = HEAD + (
        "1,Good,V,Unsigned16,2,1\n"
        "x,Place,V,Unsigned16,2,1\n"
        "3,Type,V,Timer,2,1\n"
        "4,Unit,Bit/s,Unsigned16,2,1\n"
        "5,Decimals,V,Unsigned16,2,many\n"
        "1,Twice,V,Unsigned16,2,1\n"
        "7-9,Width,V,Unsigned32,4,0\n"
        "8,Bool,,Bool,,\n"
        "99999,Beyond,V,Unsigned16,2,1\n"
    )
    imported = _imported(text)
    assert _codes(imported) == [
        (3, "import.address", False),
        (4, "import.type", False),
        (5, "import.unit", True),
        (6, "import.decimals", True),
        (7, "template.overlap", False),
        (8, "import.width", False),
        (9, "import.type", False),
        (10, "template.address", False),
    ]
    assert (imported.points, imported.rows, imported.lost) == (3, 9, 6)
    assert [point.name for point in _template(imported).points] == ["good", "unit", "decimals"]


@pytest.mark.parametrize(
    ("row", "code"),
    [("0,100000", "template.range-beyond"), ("5,5", "import.range"), ("a,9", "import.range"), (",9", "import.range")],
)
def test_a_range_that_cannot_be_costs_the_range_only(row: str, code: str) -> None:
    imported = _imported(f"Register,Name,Lo,Hi\n1,A,{row}\n", columns={"low": "Lo", "high": "Hi"})
    assert _codes(imported) == [(2, code, True)]
    assert _template(imported).points[0].low is None


def test_comap_knows_its_sentinel_and_reads_no_holes() -> None:
    text = HEAD.replace(",", ";") + "41005;RPM;RPM;Unsigned16;2;0\n41007;Coolant;°C;Integer16;2;0\n"
    template = _template(_imported(text, base=40001, style=Style.COMAP))
    assert template.max_gap == 0
    assert [(point.modbus.address, point.modbus.invalid) for point in template.points] == [
        (1004, (0x8000,)),
        (1006, (0x8000,)),
    ]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("编号,描述\n1,一层烟感\n2,手报\n9,二层烟感\n", [(30, 14), (30, 12), (31, 14)]),
        ("Register,No.,Description\n40031,1,Hall\n40031,8,Stair\n40033,2,Lift\n", [(30, 14), (30, 0), (32, 12)]),
    ],
)
def test_gst_devices_have_two_bits_each(text: str, places: list[tuple[int, int]]) -> None:
    imported = _imported(text, base=40001, style=Style.GST)
    template = _template(imported)
    assert [(point.modbus.address, point.modbus.bit) for point in template.points] == places
    assert {(point.kind, point.modbus.width) for point in template.points} == {(Kind.ENUM, 2)}
    assert template.points[0].states == ("quiet", "alarm", "fault", "disabled")


@pytest.mark.parametrize("row", ["0,A", "x,A", ",A", "9,A", "-1,A"])
def test_gst_rows_without_a_place(row: str) -> None:
    number, name = row.split(",")
    imported = _imported(f"Register,No,Name\n40031,1,Good\n40032,{number},{name}\n", base=40001, style=Style.GST)
    assert _codes(imported) == [(3, "import.device", False)]


def test_nothing_understood_is_an_error() -> None:
    with pytest.raises(TableError) as caught:
        _imported("Register,Name\nx,A\ny,B\n")
    assert (caught.value.code, caught.value.arguments) == ("import.nothing", {"rows": 2})


@pytest.mark.parametrize(
    "title", ['say "hi"', "back\\slash", "{curly: [x]}", "# no comment", "line\u2028break", "tab\there", "%", "水 & 电"]
)
def test_any_title_survives_the_way_into_yaml(title: str) -> None:
    cell = title.replace('"', '""')
    point = _template(_imported(f'Register,Name\n1,"{cell}"\n')).points[0]
    assert point.title["en"] == " ".join(title.split())


BAD = (
    "x,Bad,V,Unsigned16,2,1",
    "5,Bad,V,Nonsense,2,1",
    "99999,Bad,V,Unsigned16,2,0",
    ",,,,,",
    "7-3,Bad,,,,",
    "1,Twice",
)


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(st.sampled_from([None, *BAD]), max_size=30))
def test_no_good_row_is_lost(rows: list[str | None]) -> None:
    lines = [row or f"{100 + index},P{index},V,Unsigned16,2,1" for index, row in enumerate(rows)]
    imported = _imported("\n".join([HEAD + "1,First,V,Unsigned16,2,1", *lines]))
    good = [f"p{index}" for index, row in enumerate(rows) if row is None]
    assert [point.name for point in _template(imported).points] == ["first", *good]
