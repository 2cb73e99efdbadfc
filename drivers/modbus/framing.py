"""Frames on the wire: the MBAP header of Modbus TCP. Other framings (RTU, TLS) implement ``Framing``. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from drivers.contract import NoAnswer
from drivers.points import Reason

MAX_FRAME = 260
"""Longest frame: 7 header bytes and 253 of PDU (Modbus Messaging on TCP/IP V1.0b, §3.1.3)."""
_HEADER = 7
_MIN_LENGTH, _MAX_LENGTH = 2, 254


@dataclass(frozen=True, slots=True)
class Frame:
    """One complete frame."""

    unit: int
    pdu: bytes
    """Function code and data."""
    transaction: int | None
    """Transaction id; None where the framing has none (RTU)."""


class Framing(Protocol):
    """Wraps requests and cuts answers out of the received bytes; the buffer holds at most one frame."""

    @property
    def partial(self) -> bool:
        """Whether part of a frame waits for its rest."""

    def wrap(self, unit: int, transaction: int, pdu: bytes) -> bytes:
        """The bytes to send."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Every frame completed by ``data``; raises NoAnswer (decode) when the stream cannot be Modbus."""


class MbapFraming:
    """Modbus TCP: transaction id, protocol id 0, length, unit, PDU."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._framer = FramerSocket(DecodePDU(False))

    @property
    def partial(self) -> bool:
        """Whether part of a frame waits for its rest."""
        return bool(self._buffer)

    def wrap(self, unit: int, transaction: int, pdu: bytes) -> bytes:
        """The bytes to send."""
        return self._framer.encode(pdu, unit, transaction)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Every frame completed by ``data``; raises NoAnswer (decode) when the stream cannot be Modbus."""
        self._buffer += data
        while (size := self._size()) and len(self._buffer) >= size:
            frame = bytes(self._buffer[:size])
            del self._buffer[:size]
            yield Frame(frame[6], frame[_HEADER:], int.from_bytes(frame[:2], "big"))

    def _size(self) -> int:
        """Size of the frame at the head of the buffer, 0 while the header is incomplete.

        pymodbus' framer waits for up to 64 KiB that never come; here a length no frame can have ends the connection,
        and a wrong protocol id does so before the length has arrived.
        """
        buffer = self._buffer
        if any(buffer[2:4]):
            raise NoAnswer("modbus.not-modbus", reason=Reason.DECODE)
        if len(buffer) < _HEADER:
            return 0
        length = int.from_bytes(buffer[4:6], "big")
        if not _MIN_LENGTH <= length <= _MAX_LENGTH:
            raise NoAnswer("modbus.not-modbus", reason=Reason.DECODE)
        return 6 + length
