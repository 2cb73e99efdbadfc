"""Where a value of a device is on the wire and how it is coded there."""

from dataclasses import dataclass
from enum import StrEnum


class Table(StrEnum):
    """The four Modbus address spaces (Modbus Application Protocol V1.1b3, §4.3)."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"


Place = tuple[Table, int]
"""One address of one table, zero-based."""


@dataclass(frozen=True, slots=True)
class Area:
    """Addresses that a device answers as a whole only, and not together with any other."""

    table: Table
    address: int
    """Zero-based, as on the wire."""
    count: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.count

    def holds(self, table: Table, address: int) -> bool:
        """Whether ``address`` lies in it."""
        return table is self.table and self.address <= address < self.end


class WordOrder(StrEnum):
    """Which register of a value of several comes first."""

    BIG = "big"
    LITTLE = "little"


class ByteOrder(StrEnum):
    """Which byte of a register comes first; ``big`` by the standard (§4.2), ``little`` on devices that err."""

    BIG = "big"
    LITTLE = "little"


class Coding(StrEnum):
    """How a value is coded on the wire."""

    BIT = "bit"
    """Of a bit table, or one or more bits of a register."""
    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    U64 = "u64"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    BCD16 = "bcd16"
    """Four decimal digits, four bits each."""
    BCD32 = "bcd32"
    TEXT = "text"
    """ASCII, two characters a register."""


REGISTERS: dict[str, int] = {
    Coding.BIT: 1,
    Coding.U16: 1,
    Coding.I16: 1,
    Coding.U32: 2,
    Coding.I32: 2,
    Coding.U64: 4,
    Coding.I64: 4,
    Coding.F32: 2,
    Coding.F64: 4,
    Coding.BCD16: 1,
    Coding.BCD32: 2,
    Coding.TEXT: 1,
}
"""Coding -> registers of one value; a text has as many as its source says."""

RawSet = tuple[int | range, ...]
"""Raw values, single ones and spans."""


@dataclass(frozen=True, slots=True)
class ModbusSource:
    """Where a value lies in a Modbus device and how it is coded."""

    table: Table
    address: int
    """Zero-based, as on the wire."""
    type: str = "u16"
    """A ``Coding``."""
    bit: int | None = None
    """The lowest bit of its register that is its own, 0 = least significant; None: every bit is."""
    word_order: WordOrder = WordOrder.BIG
    scale: float = 1.0
    offset: float = 0.0
    """value = raw * scale + offset"""
    invalid: RawSet = ()
    """Raw values that mean "not available" (sentinels), as unsigned integers of the value's width."""
    states: tuple[tuple[int, str], ...] = ()
    """Raw number -> name of an enum."""
    width: int = 1
    """How many bits from ``bit`` on are its own."""
    length: int = 1
    """How many registers a text has."""
    byte_order: ByteOrder = ByteOrder.BIG
    scale_from: str = ""
    """The point of the same device whose value multiplies this one."""
    decimals_from: str = ""
    """The point of the same device that tells how many decimal places this one has."""
    sensor_fault: RawSet = ()
    """Raw values that mean "the sensor has failed"."""
    invalid_register: RawSet = ()
    """Of a bit field: values of its whole register that mean "not available"."""

    @property
    def words(self) -> int:
        """How many registers (or bits, in a bit table) the value occupies."""
        return REGISTERS[self.type] * self.length

    @property
    def largest(self) -> int:
        """The largest raw number of the value's width."""
        if self.type == Coding.BIT:
            return (1 << self.width) - 1
        return (1 << 16 * self.words) - 1

    @property
    def needs(self) -> str:
        """The point of the same device without which the value means nothing; empty: none."""
        return self.scale_from or self.decimals_from


@dataclass(frozen=True, slots=True)
class BacnetSource:
    """One property of one object of a BACnet device, and how its number becomes a value."""

    object_type: str
    """Such as ``analog-input``, or the number of a proprietary type."""
    instance: int
    property: str = "present-value"
    """Name or number, with an array index where it has one: ``car-door-status[1]``."""
    scale: float = 1.0
    offset: float = 0.0
    """value = raw * scale + offset"""
    states: tuple[tuple[int, str], ...] = ()
    """Raw number -> name of an enum."""
    priority: int = 10
    """Where writes go in the priority array, 1 (highest) to 16; 10 leaves 8 to the operators (clause 19.2)."""
