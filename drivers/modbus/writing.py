"""A write as registers or a coil: the request and what a person is shown come from the same place. Pure."""

from dataclasses import dataclass

from drivers.codec import EncodeError, encode
from drivers.contract import Refused, WireWrite
from drivers.modbus.pdu import registers_pdu, write_pdu
from drivers.templates import Device, PointWrite, Table, TemplatePoint, WordWrite
from drivers.writing import check_span

_ILLEGAL_FUNCTION, _ILLEGAL_VALUE = 1, 3


@dataclass(frozen=True, slots=True)
class Cells:
    """Registers or a coil, and what is put there."""

    table: Table
    address: int
    """Zero-based, as on the wire."""
    words: tuple[int, ...]
    together: bool
    """Whether it is one request of FC 16 be it only one register: devices want that which act on several at once."""
    point: str = ""

    @property
    def pdu(self) -> bytes:
        """The request."""
        if self.together:
            return registers_pdu(self.address, self.words)
        return write_pdu(self.table, self.address, self.words)


def cells_of(device: Device, what: WordWrite | PointWrite) -> Cells:
    """Where ``what`` goes; raises Refused when it cannot be expressed."""
    if isinstance(what, WordWrite):
        return Cells(what.table, what.address, what.words, what.table is not Table.COIL)
    point = device.template.point(what.point)
    return Cells(point.modbus.table, point.modbus.address, _words(point, what), together=False, point=point.name)


def written_of(device: Device, what: WordWrite | PointWrite) -> WireWrite:
    """``what`` as a person compares it with the manual; raises Refused when it cannot be expressed."""
    cells = cells_of(device, what)
    number = cells.address - device.offset + device.template.base
    words = ["on" if cells.words[0] else "off"] if cells.table is Table.COIL else map(str, cells.words)
    return WireWrite(f"{cells.table} {number}", cells.address, " ".join(words), cells.point)


def _words(point: TemplatePoint, write: PointWrite) -> tuple[int, ...]:
    """What to put on the wire. One bit of a register is refused: setting it would overwrite its neighbours.

    So is a value whose scale another point holds: nobody could tell whether that changed a moment ago.
    """
    source = point.modbus
    if source.table not in (Table.COIL, Table.HOLDING) or source.bit is not None or source.needs:
        raise Refused("modbus.not-writable", number=_ILLEGAL_FUNCTION, point=write.point)
    if write.value is None:
        raise Refused("modbus.cannot-relinquish", number=_ILLEGAL_VALUE, point=write.point)
    check_span(point, write.value)
    try:
        return encode(point, write.value)
    except EncodeError as error:
        raise Refused(error.code, number=_ILLEGAL_VALUE, **error.arguments) from error
