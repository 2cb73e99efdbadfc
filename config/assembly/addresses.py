"""Modbus addresses as people know them: as a manual counts, as references such as 40004, and as they go on the wire."""

from collections.abc import Iterator
from typing import Any, cast

from config.reading.files import Files, Loaded
from config.schema.place import At
from config.schema.template import TemplateFile
from drivers.points import Finding
from drivers.templates import Table

DIGITS = {Table.COIL: 0, Table.DISCRETE: 1, Table.INPUT: 3, Table.HOLDING: 4}
"""First digit of a reference (Modicon Modbus Protocol Reference Guide, PI-MBUS-300)."""
_SHORT = 9999
"""The last register that a reference of five figures reaches."""


def reference(table: Table, address: int) -> str:
    """The reference of ``address``, counted from 0 as on the wire: holding 3 is 40004."""
    number = address + 1
    return f"{DIGITS[table]}{number:0{4 if number <= _SHORT else 5}d}"


def doubt_references(loaded: Loaded[TemplateFile], files: Files) -> None:
    """Doubt addresses that look like references: ``holding 40001`` is 40000 registers further on.

    Who means such a register writes it in hexadecimal.
    """
    found = list(_references(loaded))
    if not found:
        return
    (index, at, written), base = found[0], loaded.fields.base or 0
    bits = written.partition(str(at.number))[2]
    named = {
        "written": f"{at.table} {at.number}",
        "base": base,
        "wire": at.number - base,
        "hexadecimal": f"{at.table} 0x{at.number:X}{bits}",
        "count": len(found) - 1,
    }
    meant = f"{at.table} {at.number - _first(at.table) + base}{bits}"
    place = loaded.file.value(("points", index, "at"))
    files.doubts.append(Finding("doubt.reference" if len(found) == 1 else "doubt.references", place, named, meant))


def _references(loaded: Loaded[TemplateFile]) -> Iterator[tuple[int, At, str]]:
    """Each point whose address looks like a reference: its index, the address, and that as written."""
    points = cast("dict[str, Any]", loaded.file.data)["points"]
    for index, fields in enumerate(loaded.fields.points):
        at, written = fields.at, points[index]["at"]
        if isinstance(at, At) and _looks_like_one(at) and "0x" not in written:
            yield index, at, written


def _looks_like_one(at: At) -> bool:
    # References of coils begin with 0 and are no other numbers.
    return at.table is not Table.COIL and 0 <= at.number - _first(at.table) < _SHORT


def _first(table: Table) -> int:
    return DIGITS[table] * 10_000 + 1
