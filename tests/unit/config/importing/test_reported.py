"""Tables that people reported as misread, and the files they brought instead of tables."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from config.importing import Imported, ImportOptions, NothingError, TableError, import_table
from config.importing.sheet import SheetRow, read_sheet
from drivers.points import unit
from drivers.templates import ModbusSource, Table
from tests.unit.config.importing.test_import import _template

REPORTED = Path(__file__).with_name("reported")
NEEDED = (("address",), ("name", "title"))


def imported(content: bytes, columns: Mapping[str, str] = MappingProxyType({})) -> Imported:
    return import_table(content, ImportOptions("set", "table.csv", 0, columns=columns))


def test_a_gain_above_one_divides_and_that_is_said() -> None:
    table = imported((REPORTED / "gain-divides.csv").read_bytes())
    assert table.divided
    scales = [point.modbus.scale for point in _template(table).points]
    assert scales == [0.001, 0.1, 0.01]


@pytest.mark.parametrize(
    ("heading", "cell", "column", "scale", "divided"),
    [
        ("Gain", "1000", {}, 0.001, True),
        ("增益", "10", {}, 0.1, True),
        ("Gain", "0.1", {}, 0.1, False),
        ("Gain", "1", {}, 1.0, False),
        ("Gain", "2.5", {}, 2.5, False),
        ("Gain", "1000", {"scale": "Gain"}, 1000.0, False),
        ("Gain", "0.5", {"divisor": "Gain"}, 2.0, False),
        ("Divisor", "100", {}, 0.01, False),
        ("Factor", "100", {}, 100.0, False),
    ],
)
def test_what_a_column_does_to_the_value(
    heading: str, cell: str, column: dict[str, str], scale: float, divided: bool
) -> None:
    table = imported(f"Address,Name,{heading}\n5,A,{cell}\n".encode(), columns=column)
    assert (table.divided, _template(table).points[0].modbus.scale) == (divided, scale)


@pytest.mark.parametrize("cell", ["0", "many"])
def test_a_gain_that_is_no_number_is_told(cell: str) -> None:
    (complaint,) = imported(f"Address,Name,Gain\n5,A,{cell}\n".encode()).complaints
    assert (complaint.code, complaint.kept) == ("import.number", True)


def test_a_table_of_a_western_spreadsheet() -> None:
    points = _template(imported((REPORTED / "windows-1252.csv").read_bytes())).points
    assert [point.title["en"] for point in points] == ["Außentemperatur", "Störung Pumpe"]
    assert (points[0].unit, points[0].modbus.scale) == (unit("°C"), 0.1)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("5;Außentemperatur", "cp1252"),
        ("5;Puissance réactive phase à vide", "cp1252"),
        ("5;Größe", "utf-8"),
        ("5;油压", "gb18030"),
        ("5;A相电压 ℃", "gb18030"),
        ("5;喆镕 1号泵", "gb18030"),
    ],
)
def test_the_encoding_is_judged(text: str, encoding: str) -> None:
    sheet = read_sheet(f"Register;Name\n{text}\n".encode(encoding), {}, NEEDED)
    address, _, name = text.partition(";")
    assert sheet.rows == (SheetRow(2, {"address": address, "name": name}),)


def test_of_several_addresses_the_one_that_holds_numbers_counts_and_words_are_known() -> None:
    table = imported((REPORTED / "two-addresses.csv").read_bytes())
    assert table.complaints == ()
    assert [point.modbus for point in _template(table).points] == [
        ModbusSource(Table.INPUT, 10, "f32"),
        ModbusSource(Table.HOLDING, 30, "i16"),
    ]


def test_a_table_of_which_nothing_is_understood_says_why() -> None:
    with pytest.raises(NothingError) as caught:
        imported(b"Register,Name\nU1,A\nY,B\n")
    assert [(one.line, one.code) for one in caught.value.complaints] == [(2, "import.address"), (3, "import.address")]


def _workbook(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import.is-empty"),
        (b"\xef\xbb\xbf \n", "import.is-empty"),
        ((REPORTED / "flow.json").read_bytes(), "import.is-node-red"),
        ((REPORTED / "ha.yaml").read_bytes(), "import.is-home-assistant"),
        ((REPORTED / "telegraf.conf").read_bytes(), "import.is-telegraf"),
        (b'{"registers": [1, 2]}', "import.is-json"),
        (_workbook("xl/workbook.xml"), "import.is-excel"),
        (_workbook("table.csv"), "import.is-zip"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512), "import.is-excel"),
    ],
)
def test_what_people_bring_instead_of_a_table(content: bytes, code: str) -> None:
    with pytest.raises(TableError) as caught:
        imported(content)
    assert caught.value.code == code
