"""Tables as programs export them: separators, encodings, lines above the headings."""

import pytest

from config.importing.sheet import MAX_BYTES, SheetRow, TableError, read_sheet

NEEDED = (("address",), ("name", "title"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_separator_and_encoding(delimiter: str, encoding: str) -> None:
    text = "\n".join(delimiter.join(cells) for cells in (["地址", "名称"], ["5", "油压"]))
    sheet = read_sheet(text.encode(encoding), {}, NEEDED)
    assert sheet.rows == (SheetRow(2, {"address": "5", "name": "油压"}),)


def test_headings_are_found_below_other_lines() -> None:
    content = b"Export of 2026\n\nRegister(s),Com.Obj.,Name,Dim\n5,8175,Coolant,C\n,,,\n6,,Oil,bar\n"
    sheet = read_sheet(content, {}, NEEDED)
    assert [row.line for row in sheet.rows] == [4, 6]
    assert sheet.rows[0].cells == {"address": "5", "name": "Coolant", "unit": "C"}
    assert sheet.unknown == ("Com.Obj.",)


def test_a_named_heading_takes_the_place_of_the_usual_ones() -> None:
    sheet = read_sheet(b"Register,Place,Name\n1,5,A\n", {"address": "Place"}, NEEDED)
    assert sheet.rows[0].cells == {"address": "5", "name": "A"}
    assert sheet.unknown == ("Register",)


def test_of_two_columns_with_one_meaning_the_first_that_says_something_counts() -> None:
    sheet = read_sheet(b"Register,Address,Name\n1,5,A\n,6,B\n", {}, NEEDED)
    assert [row.cells["address"] for row in sheet.rows] == ["1", "6"]


def test_quoted_cells_may_hold_separators_and_lines() -> None:
    sheet = read_sheet(b'Register,Name\n1,"A, with\na second line"\n2,B\n', {}, NEEDED)
    assert [row.cells["name"] for row in sheet.rows] == ["A, with\na second line", "B"]


def test_short_and_long_rows_are_read_as_far_as_they_go() -> None:
    sheet = read_sheet(b"Register,Name,Dim\n1\n2,B,V,extra,more\n", {}, NEEDED)
    assert [row.cells for row in sheet.rows] == [{"address": "1"}, {"address": "2", "name": "B", "unit": "V"}]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import.is-empty"),
        (b"1,2,3\n", "import.no-headings"),
        (b"Register,Type\n1,u16\n", "import.no-headings"),
        (b"\x81\xff\xff\x00\x01", "import.encoding"),
        (b"x" * (MAX_BYTES + 1), "import.too-big"),
        (b"Register,Name\n1," + b"x" * 200_000 + b"\n", "import.broken"),
    ],
)
def test_what_is_no_table(content: bytes, code: str) -> None:
    with pytest.raises(TableError) as caught:
        read_sheet(content, {}, NEEDED)
    assert caught.value.code == code
