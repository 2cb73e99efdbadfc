"""What the words of an exported table mean: addresses, types, tables, numbers. What is not known is None."""

import re
from dataclasses import dataclass

from drivers.points import unit
from drivers.templates import Coding, Table

MODICON = 40001
"""The numbering in which the first digit names the table: 40001 is the first holding register."""
_MODICON_TABLES = {"0": Table.COIL, "1": Table.DISCRETE, "3": Table.INPUT, "4": Table.HOLDING}
_ADDRESS = re.compile(
    r"(0x[0-9a-f]+|[0-9]+|[0-9a-f]+h)(?:\s*(?:-|~|\.\.|to)\s*(0x[0-9a-f]+|[0-9]+|[0-9a-f]+h))?(?:[.:]([0-9]{1,2}))?\Z"
)
_BITS = re.compile(r"(?:b|bit\s*)?([0-9]{1,2})(?:\s*(?:-|~|\.\.|:)\s*([0-9]{1,2}))?\Z")

_CODINGS = {
    Coding.BIT: ("bit", "bool", "boolean", "digital", "binary1", "布尔", "开关量"),
    Coding.U16: (
        "u16",
        "uint16",
        "uword",
        "unsigned16",
        "word",
        "ushort",
        "unsigned",
        "uint",
        "u8",
        "uint8",
        "unsigned8",
        "byte",
        "binary8",
        "binary16",
        "stringlist",
        "enum",
        "无符号16位",
        "无符号整数",
    ),
    Coding.I16: (
        "i16",
        "int16",
        "integer16",
        "signed16",
        "short",
        "short16",
        "sword",
        "s16",
        "int",
        "integer",
        "signed",
        "有符号16位",
        "有符号整数",
    ),
    Coding.U32: ("u32", "uint32", "unsigned32", "dword", "udint", "ulong", "binary32", "无符号32位"),
    Coding.I32: ("i32", "int32", "integer32", "signed32", "dint", "long", "s32", "有符号32位"),
    Coding.U64: ("u64", "uint64", "unsigned64", "qword"),
    Coding.I64: ("i64", "int64", "integer64", "signed64"),
    Coding.F32: ("f32", "float", "float32", "real", "single", "浮点", "单精度浮点"),
    Coding.F64: ("f64", "double", "float64", "lreal", "双精度浮点"),
    Coding.BCD16: ("bcd", "bcd16"),
    Coding.BCD32: ("bcd32",),
    Coding.TEXT: ("text", "char", "string", "ascii", "字符串"),
}
_TYPES = {word: coding for coding, words in _CODINGS.items() for word in words}
_TABLES = {
    Table.COIL: ("1", "01", "coil", "coils", "线圈"),
    Table.DISCRETE: ("2", "02", "discrete", "discrete input", "discrete inputs", "离散输入"),
    Table.HOLDING: ("3", "03", "holding", "holding register", "holding registers", "保持寄存器"),
    Table.INPUT: ("4", "04", "input", "input register", "input registers", "输入寄存器"),
}
_READ = re.compile(r"\Aread +")
_TABLE_WORDS = {word: table for table, words in _TABLES.items() for word in words}
_UNITS = {
    "deg c": "°C",
    "degc": "°C",
    "°c": "°C",
    "c": "°C",
    "deg f": "°F",
    "rpm": "rpm",
    "hours": "h",
    "hrs": "h",
    "ohm": "Ω",
    "kvar": "kvar",
    "kva": "kVA",
    "kw": "kW",
    "kwh": "kWh",
    "hz": "Hz",
    "a": "A",
    "v": "V",
    "bar": "bar",
    "kpa": "kPa",
    "mpa": "MPa",
    "转/分": "rpm",
    "小时": "h",
    "度": "°C",
}
"""Other ways to write a unit, in small letters."""


@dataclass(frozen=True, slots=True)
class RegisterPlace:
    """Where a row says its value is."""

    number: int
    last: int
    """Of several registers; else the same."""
    bits: tuple[int, int] | None = None
    table: Table | None = None
    """What the number itself says of the table."""


def place(text: str, base: int) -> RegisterPlace | None:
    """``1004``, ``0x3EC``, ``40013-40014``, ``100.3``; ``base`` 40001 takes the table from the first digit."""
    matched = _ADDRESS.match(text.casefold().strip())
    if matched is None:
        return None
    bits = (int(matched[3]), int(matched[3])) if matched[3] else None
    table = None
    numbers = [matched[1], matched[2] or matched[1]]
    if base == MODICON:
        table = (
            _MODICON_TABLES.get(numbers[0][0])
            if all(len(one) in (5, 6) and one.isdecimal() for one in numbers)
            else None
        )
        if table is None:
            return None
        numbers = [one[1:] for one in numbers]
    first, last = (_integer(one) for one in numbers)
    return RegisterPlace(first, last, bits, table) if first <= last else None


def bits(text: str) -> tuple[int, int] | None:
    """``3``, ``bit 3``, ``15-12``: lowest and highest."""
    matched = _BITS.match(text.casefold().strip())
    if matched is None:
        return None
    low, high = sorted((int(matched[1]), int(matched[2] or matched[1])))
    return low, high


def coding(text: str) -> Coding | None:
    """``Integer16``, ``unsigned 32``, ``浮点``."""
    return _TYPES.get(re.sub(r"[\s_-]+", "", text.casefold()))


def table(text: str) -> Table | None:
    """A function code or the name of a table."""
    return _TABLE_WORDS.get(_READ.sub("", text.casefold().replace("_", " ").strip()))


def symbol(text: str) -> str | None:
    """The symbol of the unit ``text``, as our table writes it."""
    known = unit(text) or unit(_UNITS.get(text.casefold().strip(), text))
    return known.symbol if known else None


def decimal(text: str) -> float | None:
    """A number, with a point or a comma."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def snake(text: str) -> str:
    """A name made of the ASCII letters and digits of ``text``; empty when there are none to begin with."""
    name = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")
    return name if name[:1].isalpha() else f"p_{name}" if name else ""


def _integer(text: str) -> int:
    if text.startswith("0x"):
        return int(text, 16)
    return int(text[:-1], 16) if text.endswith("h") else int(text)
