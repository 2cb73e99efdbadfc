"""One emulated Modbus unit: values of a template seen as registers and bits. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drivers.codec import BIT_TABLES, Decoder, compile_decoder, encode, mask, split_words
from drivers.points import Kind, Quality, Reason, Value
from drivers.templates import Area, Table, Template, TemplatePoint, WordWrite

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
_READS = {1: Table.COIL, 2: Table.DISCRETE, 3: Table.HOLDING, 4: Table.INPUT}
_MOST = {Table.COIL: 2000, Table.DISCRETE: 2000}
_WHO_ARE_YOU = bytes([0x2B, 0x0E])
_SHORTEST = 5
"""Function, address and value or count."""
_SINGLE_WRITES = (5, 6)
_COIL_WORDS = {0x0000: 0, 0xFF00: 1}


class Refusal(Exception):
    """The unit answers with this Modbus exception number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True, slots=True)
class ReceivedWrite:
    """One write a client made."""

    function: int
    address: int
    words: tuple[int, ...]


@dataclass(slots=True)
class ModbusUnit:
    """The memory of one unit; ``values`` may be changed at any time, writes change it too."""

    template: Template
    values: dict[str, Value] = field(default_factory=dict)
    """Point name -> value; a point without one is 0, off or its first state."""
    faults: set[str] = field(default_factory=set)
    """Names of its lies, such as ``wrong-tid``, ``exception:6`` or ``bad:level``; see ``emulators.modbus.faults``."""
    writes: list[ReceivedWrite] = field(default_factory=list)
    on_write: Callable[[ReceivedWrite], None] | None = None
    """Told of each write that was taken over."""
    identity: tuple[str, ...] = ()
    """Vendor, product and revision by device identification (FC 43/14); empty: it does not know that function."""

    def serving(self, request: bytes) -> "ModbusUnit":
        """The unit that answers ``request``: this one."""
        return self

    def answer(self, request: bytes) -> bytes:
        """The honest answer PDU to a request PDU."""
        try:
            return bytes([request[0]]) + self._perform(request)
        except Refusal as refusal:
            return bytes([request[0] | 0x80, refusal.number])

    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Registers or bits as they are now; raises Refusal for a hole."""
        cells = self._cells(table)
        span = range(address, address + count)
        area = self._area(table, span)
        if area is None and not all(place in cells or self._in_gap(cells, place) for place in span):
            raise Refusal(ILLEGAL_ADDRESS)
        if area is not None and (area.address, area.count) != (address, count):
            raise Refusal(ILLEGAL_ADDRESS)
        return [cells.get(place, 0) for place in span]

    def _area(self, table: Table, span: range) -> Area | None:
        """The area, to be read as a whole only, that ``span`` touches."""
        return next((area for area in self.template.areas if any(area.holds(table, place) for place in span)), None)

    def write(self, function: int, table: Table, address: int, words: tuple[int, ...]) -> None:
        """Take over written registers or bits; raises Refusal for a hole or a value no point can hold."""
        cells = self._cells(table)
        written = {address + index: word for index, word in enumerate(words)}
        commanded = self._command_places(table)
        if not written.keys() <= cells.keys() | commanded:
            raise Refusal(ILLEGAL_ADDRESS)
        cells |= written
        touched = [point for point in self._points(table) if _places(point) & (written.keys() - commanded)]
        self.values |= {point.name: self._decoded(point, cells) for point in touched}
        self.writes.append(ReceivedWrite(function, address, words))
        if self.on_write is not None:
            self.on_write(self.writes[-1])

    def has(self, table: Table, address: int) -> bool:
        """Whether anything lies at ``address``."""
        return address in self._command_places(table) or any(address in _places(point) for point in self._points(table))

    def touches(self, request: bytes, name: str) -> bool:
        """Whether the request PDU reads or writes a register or bit of point ``name``."""
        if len(request) < _SHORTEST:
            return False
        address, count = _pair(request)
        span = range(address, address + (1 if request[0] in _SINGLE_WRITES else count))
        return any(
            point.name == name and not _places(point).isdisjoint(span) for point in self._points(_table(request))
        )

    def _perform(self, request: bytes) -> bytes:
        function = request[0]
        if function in _READS and len(request) == 5:
            return self._read_answer(_READS[function], request)
        if function in (5, 6, 15, 16) and len(request) >= 5:
            return self._write_answer(function, request)
        if request[:2] == _WHO_ARE_YOU and self.identity:
            return _identity_answer(self.identity)
        raise Refusal(ILLEGAL_FUNCTION)

    def _read_answer(self, table: Table, request: bytes) -> bytes:
        address, count = _pair(request)
        most = _MOST.get(table, self.template.max_registers)
        if not 1 <= count <= most:
            raise Refusal(ILLEGAL_VALUE)
        data = pack(table, self.read(table, address, count))
        return bytes([len(data)]) + data

    def _write_answer(self, function: int, request: bytes) -> bytes:
        address, second = _pair(request)
        table = Table.COIL if function in (5, 15) else Table.HOLDING
        self.write(function, table, address, _written_words(function, second, request))
        return request[1:5]

    def _points(self, table: Table) -> list[TemplatePoint]:
        points = (*self.template.points, *self.template.identity)
        return [point for point in points if point.modbus.table is table]

    def _command_places(self, table: Table) -> set[int]:
        """Addresses that are written by commands: what is read there, if anything, is something else."""
        writes = [write for command in self.template.commands for write in command.writes]
        return {
            write.address + index
            for write in writes
            if isinstance(write, WordWrite) and write.table is table
            for index in range(len(write.words))
        }

    def _cells(self, table: Table) -> dict[int, int]:
        """Address -> register or bit, for every address a point occupies."""
        cells: dict[int, int] = {}
        for point in self._points(table):
            for index, word in enumerate(self._encoded(point)):
                place = point.modbus.address + index
                cells[place] = cells.get(place, 0) & ~mask(point.modbus) | word
        return cells

    def _encoded(self, point: TemplatePoint) -> tuple[int, ...]:
        sentinels = sentinels_of(point)
        if f"bad:{point.name}" in self.faults and sentinels:
            return split_words(point.modbus, sentinels[0])
        return encode(point, self._value(point), self.needed(point))

    def needed(self, point: TemplatePoint) -> Value | None:
        """The value of the point that holds the scale or the decimals of ``point``, if it has one."""
        return self._value(self.template.point(point.modbus.needs)) if point.modbus.needs else None

    def _value(self, point: TemplatePoint) -> Value:
        if point.name in self.values:
            return self.values[point.name]
        return 1 if any(other.modbus.scale_from == point.name for other in self.template.points) else _default(point)

    def _decoded(self, point: TemplatePoint, cells: dict[int, int]) -> Value:
        """The value of ``point`` in ``cells``; raises Refusal."""
        source, other = point.modbus, self.needed(point)
        words = [cells[source.address + index] for index in range(source.words)]
        factor: Decoder | None = None if other is None else lambda _: (other, Quality.GOOD, Reason.NONE)
        value = compile_decoder(point, source.address, factor)(pack(source.table, words))[0]
        if value is None:
            raise Refusal(ILLEGAL_VALUE)
        return value

    def _in_gap(self, cells: dict[int, int], place: int) -> bool:
        """Whether ``place`` lies in a gap the template says may be read across."""
        below = [used for used in cells if used < place]
        above = [used for used in cells if used > place]
        return bool(below and above) and min(above) - max(below) - 1 <= self.template.max_gap


@dataclass(frozen=True, slots=True)
class SharedUnit:
    """Several devices behind one unit number, each with addresses of its own, as behind a gateway."""

    units: Sequence[ModbusUnit]

    def serving(self, request: bytes) -> ModbusUnit:
        """The unit that has the first address of ``request``; the first unit when none has."""
        table = _table(request)
        address = int.from_bytes(request[1:3], "big")
        return next((unit for unit in self.units if unit.has(table, address)), self.units[0])


def _identity_answer(texts: tuple[str, ...]) -> bytes:
    """Basic objects by stream access, all in one answer (Modbus Application Protocol V1.1b3, §6.21)."""
    objects = b"".join(bytes([number, len(text)]) + text for number, text in enumerate(map(str.encode, texts)))
    return bytes([0x0E, 0x01, 0x01, 0x00, 0x00, len(texts)]) + objects


def pack(table: Table, cells: list[int]) -> bytes:
    """Cells as answer bytes: registers big-endian, bits eight a byte from the least significant."""
    if table not in BIT_TABLES:
        return b"".join(cell.to_bytes(2, "big") for cell in cells)
    number = sum(cell << index for index, cell in enumerate(cells))
    return number.to_bytes((len(cells) + 7) // 8, "little")


def sentinels_of(point: TemplatePoint) -> tuple[int, ...]:
    """Raw numbers of ``point`` that mean that it has no value, one of each kind."""
    source = point.modbus
    return tuple(raw if isinstance(raw, int) else raw.start for raw in (*source.invalid, *source.sensor_fault))


def _default(point: TemplatePoint) -> Value:
    if point.modbus.states:
        return point.modbus.states[0][1]
    if point.kind is Kind.TEXT:
        return ""
    if point.kind is Kind.BINARY:
        return False
    return max(point.modbus.offset, 0.0) if point.low is None else max(point.low, 0.0)


def _table(request: bytes) -> Table:
    """The table that a request PDU is about."""
    return _READS.get(request[0], Table.COIL if request[0] in (5, 15) else Table.HOLDING)


def _pair(request: bytes) -> tuple[int, int]:
    return int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")


def _written_words(function: int, second: int, request: bytes) -> tuple[int, ...]:
    """The registers or bits a write request carries; raises Refusal when it contradicts itself."""
    if function == 6:
        return (second,)
    if function == 5:
        if second not in _COIL_WORDS:
            raise Refusal(ILLEGAL_VALUE)
        return (_COIL_WORDS[second],)
    data = request[6:]
    size = 2 * second if function == 16 else (second + 7) // 8
    if not second or len(data) != size or request[5] != size:
        raise Refusal(ILLEGAL_VALUE)
    if function == 15:
        return tuple(data[index // 8] >> index % 8 & 1 for index in range(second))
    return tuple(int.from_bytes(data[index : index + 2], "big") for index in range(0, size, 2))


def _places(point: TemplatePoint) -> set[int]:
    return set(range(point.modbus.address, point.modbus.address + point.modbus.words))
