"""The bytes of a table -> rows by the meaning of their columns, whatever program exported it."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.importing.other import other_file
from drivers.points import PlantgateError

MAX_BYTES = 4 << 20
"""No plant room has a table of more."""
_UTF8, _CHINESE, _WESTERN = "utf-8-sig", "gb18030", "cp1252"
"""What spreadsheets write: UTF-8; on Chinese Windows GB 18030, on Western Windows its code page 1252."""
_HIGH = re.compile(b"[\x80-\xff]+")
_ADDRESS = re.compile(r"\s*(0x)?[0-9]", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",;\t|"
_LOOKED_AT = 50
"""The headings stand within so many lines."""

HEADINGS: dict[str, tuple[str, ...]] = {
    "address": (
        "address",
        "addr",
        "register",
        "registers",
        "reg",
        "modbus address",
        "register address",
        "地址",
        "寄存器",
        "寄存器地址",
        "起始地址",
        "modbus地址",
    ),
    "name": (
        "name",
        "point",
        "signal",
        "tag",
        "variable",
        "parameter",
        "value",
        "名称",
        "点名",
        "信号",
        "信号名称",
        "参数",
        "变量名",
    ),
    "title": ("description", "comment", "text", "location", "描述", "说明", "注释", "备注", "位置"),
    "type": ("type", "data type", "datatype", "format", "类型", "数据类型"),
    "length": ("len", "length", "size", "bytes", "长度", "字节数"),
    "decimals": ("dec", "decimals", "decimal places", "小数位", "小数位数"),
    "scale": ("scale", "factor", "multiplier", "比例", "系数", "倍率"),
    "gain": ("gain", "增益"),
    "divisor": ("divisor", "divider", "除数"),
    "offset": ("offset", "偏移", "偏移量"),
    "unit": ("unit", "units", "dim", "dimension", "单位"),
    "low": (),
    "high": (),
    "bit": ("bit", "bits", "位"),
    "table": ("table", "function", "fc", "function code", "功能码", "寄存器类型"),
    "number": ("no", "no.", "number", "device", "position", "编号", "序号", "部件", "部件号"),
}
"""Column -> how programs head it, in small letters.

What a "minimum" is differs: the least believable value here, the least setting there. So who wants a range says so.
"""


class TableError(PlantgateError):
    """The table as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of the table that is not empty."""

    line: int
    """Counted from 1, as an editor shows it."""
    cells: dict[str, str]
    """Column -> text, without the empty ones."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The table."""

    rows: tuple[SheetRow, ...]
    unknown: tuple[str, ...]
    """Headings nobody understood."""


def read_sheet(content: bytes, named: Mapping[str, str], needed: Sequence[Sequence[str]]) -> Sheet:
    """The rows below the headings; raises TableError.

    ``named`` gives the heading of a column where it is a special one. Of each group in ``needed`` one column must be
    there.
    """
    lines = _lines(content)
    headings = {heading: column for column, known in HEADINGS.items() if column not in named for heading in known}
    headings |= {_plain(heading): column for column, heading in named.items()}
    for index, (_, cells) in enumerate(lines[:_LOOKED_AT]):
        found = [headings.get(_plain(cell), "") for cell in cells]
        if all(set(group) & set(found) for group in needed):
            unknown = [cell for cell, column in zip(cells, found, strict=True) if cell and not column]
            below = lines[index + 1 :]
            return Sheet(tuple(_rows(below, _one_address(found, below))), tuple(unknown))
    wanted = " + ".join("/".join(group) for group in needed)
    raise TableError("import.no-headings", wanted=wanted, known=", ".join(HEADINGS))


def _lines(content: bytes) -> list[tuple[int, list[str]]]:
    """The cells of each line, with its number."""
    if len(content) > MAX_BYTES:
        raise TableError("import.too-big", limit=MAX_BYTES)
    if code := other_file(content):
        raise TableError(code)
    text = _decode(content)
    head = text[:4096]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            lines.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise TableError("import.broken", line=reader.line_num, reason=str(error)) from error
    return lines


def _decode(content: bytes) -> str:
    for encoding in ("utf-16",) if content.startswith(_UTF16) else (_UTF8, _regional(content)):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableError("import.encoding")


def _regional(content: bytes) -> str:
    """Chinese characters have two bytes, most of them both high; a Western letter is one among plain ones."""
    runs = [len(run) for run in _HIGH.findall(content)]
    return _WESTERN if runs.count(1) * 2 > len(runs) else _CHINESE


def _one_address(columns: list[str], lines: Sequence[tuple[int, list[str]]]) -> list[str]:
    """Of several columns called so, the address is the first that holds numbers."""
    rows = [cells for _, cells in lines]
    indices = [index for index, column in enumerate(columns) if column == "address"]
    numbered = [index for index in indices if any(_ADDRESS.match(cell) for row in rows for cell in row[index:][:1])]
    lost = [index for index in indices if numbered and index < numbered[0]]
    return ["" if index in lost else column for index, column in enumerate(columns)]


def _rows(lines: Sequence[tuple[int, list[str]]], columns: list[str]) -> list[SheetRow]:
    rows = []
    for line, cells in lines:
        # The first of two columns with one meaning counts; an empty one gives way.
        pairs = [(column, cell) for column, cell in zip(columns, cells, strict=False) if column and cell]
        if any(cells):
            rows.append(SheetRow(line, dict(reversed(pairs))))
    return rows


def _plain(heading: str) -> str:
    """As headings are compared: ``Register(s)`` is ``registers``."""
    return " ".join(heading.casefold().replace("(s)", "s").replace("_", " ").split()).strip(" :*#")
