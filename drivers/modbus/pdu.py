"""Requests as PDU bytes, and the checks an answer must pass before anybody believes it. Pure."""

from functools import lru_cache

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from drivers.contract import Busy, NoAnswer, Refused
from drivers.points import Reason
from drivers.templates import Table

_READS: dict[Table, type[ModbusPDU]] = {
    Table.COIL: ReadCoilsRequest,
    Table.DISCRETE: ReadDiscreteInputsRequest,
    Table.HOLDING: ReadHoldingRegistersRequest,
    Table.INPUT: ReadInputRegistersRequest,
}
IDENTIFY, MEI = 0x2B, 0x0E
"""Function and MEI type of device identification."""
IDENTITY_HEAD = 7
"""Function, MEI type, access, conformity, more follows, next object, number of objects."""
_BASIC = 0x01
"""Stream access to the basic objects: vendor name, product code, revision."""
_ERROR_BIT = 0x80
_EXCEPTIONS = range(1, 12)
"""Exception codes (Modbus Application Protocol V1.1b3, §7)."""
_BUSY = frozenset({5, 6})
"""Acknowledge, server device busy (Modbus Application Protocol V1.1b3, §7)."""
_ECHO = 5
"""An answer to a write repeats function, address and value or count: the first five bytes."""


@lru_cache(maxsize=4096)
def read_pdu(table: Table, address: int, count: int) -> bytes:
    """The request to read ``count`` registers or bits (FC 01 to 04)."""
    return _bytes(_READS[table](address=address, count=count))


def write_pdu(table: Table, address: int, words: tuple[int, ...]) -> bytes:
    """The request to write a coil (FC 05), one register (FC 06) or several (FC 16)."""
    if table is Table.COIL:
        return _bytes(WriteSingleCoilRequest(address=address, bits=[bool(words[0])]))
    if len(words) == 1:
        return _bytes(WriteSingleRegisterRequest(address=address, registers=list(words)))
    return registers_pdu(address, words)


def registers_pdu(address: int, words: tuple[int, ...]) -> bytes:
    """The request to write registers at once (FC 16), be it only one."""
    return _bytes(WriteMultipleRegistersRequest(address=address, registers=list(words), count=len(words)))


def identity_pdu(first: int = 0) -> bytes:
    """The request for the basic objects of device identification from ``first`` on (FC 43/14, §6.21)."""
    return bytes([IDENTIFY, MEI, _BASIC, first])


def identity_length(pdu: bytes) -> int:
    """How long the answer that begins with ``pdu`` is; 0 while that cannot be said."""
    if len(pdu) < IDENTITY_HEAD:
        return 0
    length = IDENTITY_HEAD
    for _ in range(pdu[IDENTITY_HEAD - 1]):
        if len(pdu) < length + 2:
            return 0
        length += 2 + pdu[length + 1]
    return length


def check_identity(request: bytes, answer: bytes) -> bytes:
    """``answer`` itself when it is one to ``identity_pdu``; raises Refused, NoAnswer (decode)."""
    _check_function(request, answer)
    if answer[1:2] != request[1:2] or identity_length(answer) != len(answer):
        raise _nonsense("modbus.wrong-identity")
    return answer


def check_read(request: bytes, answer: bytes, size: int) -> bytes:
    """The data bytes of ``answer``, of exactly ``size``; raises Refused, NoAnswer (decode)."""
    _check_function(request, answer)
    if len(answer) == 2 + size and answer[1] == size:
        return answer[2:]
    if len(answer) == 2 and answer[1] in _EXCEPTIONS:
        raise _nonsense("modbus.unmarked-exception", number=answer[1])
    if answer[1:2] != bytes([size]):
        raise _nonsense("modbus.wrong-byte-count", expected=size, received=answer[1] if len(answer) > 1 else 0)
    raise _nonsense(
        "modbus.cut" if len(answer) < 2 + size else "modbus.overlong", expected=size, received=len(answer) - 2
    )


def check_write(request: bytes, answer: bytes) -> bytes:
    """Nothing, when ``answer`` repeats the request as it must; raises Refused, NoAnswer (decode)."""
    _check_function(request, answer)
    if answer != request[:_ECHO]:
        raise _nonsense("modbus.wrong-echo")
    return b""


def _check_function(request: bytes, answer: bytes) -> None:
    if answer[0] == request[0] | _ERROR_BIT and len(answer) == 2:
        raise (Busy if answer[1] in _BUSY else Refused)("modbus.exception", number=answer[1])
    if answer[0] != request[0]:
        raise _nonsense("modbus.wrong-function", expected=request[0], received=answer[0])


def _nonsense(code: str, **arguments: object) -> NoAnswer:
    return NoAnswer(code, reason=Reason.DECODE, **arguments)


def _bytes(message: ModbusPDU) -> bytes:
    return bytes([message.function_code]) + message.encode()
