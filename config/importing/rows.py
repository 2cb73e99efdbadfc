"""One row of a table -> one point, or why not. What can be left out of a point is left out, and told."""

from collections.abc import Callable
from dataclasses import dataclass, field

from config.importing import words
from config.importing.sheet import SheetRow
from drivers.codec import BIT_TABLES
from drivers.templates import REGISTERS, Coding, Table
from rules.condition.tokens import WORDS

_STATES = {"0": "quiet", "1": "alarm", "2": "fault", "3": "disabled"}
"""Two bits of a GST device: normal, fire, fault, disabled; in the words of the class fire-panel."""
_BY_WIDTH = {1: Coding.U16, 2: Coding.U32, 4: Coding.U64}
_PER_REGISTER = 8
_GST_FIRST = 31
"""GST: the register of the first eight devices, counted from 1."""
_RESERVED = frozenset({"online"}) | WORDS


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something in a row that was not understood."""

    line: int
    code: str
    arguments: dict[str, object] = field(default_factory=dict)
    kept: bool = False
    """The point was made all the same, without this part."""


@dataclass(slots=True)
class Draft:
    """A point on its way into the file."""

    line: int
    name: str
    title: str
    at: str
    extras: dict[str, object] = field(default_factory=dict)
    """The other keys of the point, in the order they are written."""


Complain = Callable[[Complaint], None]


class _Unusable(Exception):
    """The row can become no point."""

    def __init__(self, code: str, **arguments: object) -> None:
        super().__init__(code)
        self.code = code
        self.arguments = arguments


class RowReader:
    """Turns rows into drafts with names of their own."""

    def __init__(self, base: int, table: Table, complain: Complain) -> None:
        """``table`` is where a row lies that does not say it."""
        self._base = base
        self._table = table
        self._complain = complain
        self._names: set[str] = set()
        self.divided = False
        """Whether a gain was taken for a divisor."""

    def read(self, row: SheetRow, *, gst: bool) -> Draft | None:
        """The point of ``row``; None after a complaint."""
        try:
            return self._gst(row) if gst else self._plain(row)
        except _Unusable as error:
            self._complain(Complaint(row.line, error.code, error.arguments))
            return None

    def _plain(self, row: SheetRow) -> Draft:
        """A row with an address, and perhaps type, scale, unit and range."""
        place = self._place(row)
        table = self._table_of(row) or place.table or self._table
        bits = words.bits(row.cells["bit"]) if "bit" in row.cells else place.bits
        if "bit" in row.cells and bits is None:
            raise _Unusable("import.bit", bit=row.cells["bit"])
        coding = self._coding(row, place, table, bits)
        draft = self._draft(row, f"{table.value} {place.number}{_bits(bits)}")
        if coding is not Coding.BIT:
            draft.extras["type"] = coding.value
            self._extend(draft, row, place, coding)
        return draft

    def _gst(self, row: SheetRow) -> Draft:
        """A row of a fire panel: a device with two bits, eight in a register, the first one highest.

        With an address the number is the place in that register, 1 to 8; without, devices count from the first one.
        """
        number = row.cells.get("number", "")
        if not number.isdecimal() or int(number) < 1 or ("address" in row.cells and int(number) > _PER_REGISTER):
            raise _Unusable("import.device", number=number)
        above, index = divmod(int(number) - 1, _PER_REGISTER)
        register = self._place(row).number if "address" in row.cells else _GST_FIRST + above
        low = 2 * (_PER_REGISTER - 1 - index)
        draft = self._draft(row, f"holding {register}{_bits((low, low + 1))}")
        draft.extras |= {"states": _STATES, "poll": "fast"}
        return draft

    def _place(self, row: SheetRow) -> words.RegisterPlace:
        text = row.cells.get("address", "")
        place = words.place(text, self._base)
        if place is None:
            raise _Unusable("import.address", address=text, base=self._base)
        return place

    def _leave_out(self, row: SheetRow, code: str, **arguments: object) -> None:
        self._complain(Complaint(row.line, code, arguments, kept=True))

    def _draft(self, row: SheetRow, at: str) -> Draft:
        text = row.cells.get("name") or row.cells.get("title") or at
        title = " ".join((row.cells.get("title") or text).split())
        return Draft(row.line, self._name(text, at), title, at)

    def _name(self, text: str, at: str) -> str:
        """A name nobody has yet: of the row's own letters, or of its place."""
        wished = words.snake(text) or words.snake(at)
        if wished in _RESERVED:
            wished = f"{wished}_value"
        name, count = wished, 1
        while name in self._names:
            count += 1
            name = f"{wished}_{count}"
        self._names.add(name)
        return name

    def _table_of(self, row: SheetRow) -> Table | None:
        if "table" not in row.cells:
            return None
        known = words.table(row.cells["table"])
        if known is None:
            self._leave_out(row, "import.table", table=row.cells["table"], used=self._table.value)
        return known

    def _coding(self, row: SheetRow, place: words.RegisterPlace, table: Table, bits: tuple[int, int] | None) -> Coding:
        """How the row says the value is coded; a row without a type is as wide as its registers."""
        if table in BIT_TABLES or bits is not None:
            return Coding.BIT
        written = row.cells.get("type")
        coding = words.coding(written) if written is not None else _BY_WIDTH.get(_count(place))
        # A single bit of a register needs its number, which was not given.
        if coding is None or coding is Coding.BIT:
            raise _Unusable("import.type", type=written or "")
        if place.last != place.number and _registers(coding, row, place) != _count(place):
            raise _Unusable("import.width", type=coding.value, count=_count(place))
        return coding

    def _extend(self, draft: Draft, row: SheetRow, place: words.RegisterPlace, coding: Coding) -> None:
        if coding is Coding.TEXT:
            draft.extras["length"] = _registers(coding, row, place)
            return
        self._scale(draft, row)
        self._number(draft, row, "offset")
        if "unit" in row.cells:
            symbol = words.symbol(row.cells["unit"])
            if symbol is None:
                self._leave_out(row, "import.unit", unit=row.cells["unit"])
            else:
                draft.extras["unit"] = symbol
        low, high = (words.decimal(row.cells[key]) if key in row.cells else None for key in ("low", "high"))
        if low is not None and high is not None and low < high:
            draft.extras["range"] = [low, high]
        elif "low" in row.cells or "high" in row.cells:
            self._leave_out(row, "import.range", low=row.cells.get("low", ""), high=row.cells.get("high", ""))

    def _scale(self, draft: Draft, row: SheetRow) -> None:
        if "scale" in row.cells:
            self._number(draft, row, "scale")
        elif "divisor" in row.cells or "gain" in row.cells:
            self._divide(draft, row, "divisor" if "divisor" in row.cells else "gain")
        elif "decimals" in row.cells:
            decimals = words.decimal(row.cells["decimals"])
            if decimals is None or decimals != int(decimals) or not 0 <= decimals <= 9:
                self._leave_out(row, "import.decimals", decimals=row.cells["decimals"])
            elif decimals:
                draft.extras["scale"] = float(f"1e-{int(decimals)}")

    def _divide(self, draft: Draft, row: SheetRow, key: str) -> None:
        """A gain above 1 is what the device has multiplied by, in the tables of inverters and UPS."""
        value = words.decimal(row.cells[key])
        if not value:
            self._leave_out(row, "import.number", key=key, value=row.cells[key])
            return
        divides = key == "divisor" or (value > 1 and value == int(value))
        self.divided |= key == "gain" and divides
        if value != 1.0:
            draft.extras["scale"] = 1 / value if divides else value

    def _number(self, draft: Draft, row: SheetRow, key: str) -> None:
        if key not in row.cells:
            return
        value = words.decimal(row.cells[key])
        if value is None or (key == "scale" and not value):
            self._leave_out(row, "import.number", key=key, value=row.cells[key])
        elif value != (1.0 if key == "scale" else 0.0):
            draft.extras[key] = value


def _count(place: words.RegisterPlace) -> int:
    return place.last - place.number + 1


def _registers(coding: Coding, row: SheetRow, place: words.RegisterPlace) -> int:
    """How many registers the value has; the length of a text is counted in characters."""
    if coding is not Coding.TEXT:
        return REGISTERS[coding]
    length = row.cells.get("length", "")
    return max(_count(place), (int(length) + 1) // 2 if length.isdecimal() else 1)


def _bits(bits: tuple[int, int] | None) -> str:
    if bits is None:
        return ""
    low, high = bits
    return f" bit {low}" if low == high else f" bits {low}-{high}"
