"""RTU frames: checksum, timing by baud, and the one answer that fits a request found among noise. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate

from pymodbus.framer import FramerRTU

from drivers.contract import NoAnswer
from drivers.modbus.framing import Frame
from drivers.modbus.pdu import IDENTIFY, identity_length
from drivers.planner import Cost
from drivers.points import Reason

MAX_FRAME = 256
"""Longest frame (Modbus over Serial Line V1.02, §2.5.1)."""
_SHORTEST = 4
"""Unit, function and checksum."""
_OVERHEAD = 5
"""Unit, function, byte count and two bytes of checksum around the data of an answer."""
_AROUND = 3
"""Unit and checksum around a PDU."""
_REQUEST = 8
"""Length of a request to read, and of the answer to a write."""
_READS, _SINGLE_WRITES, _WRITES = range(1, 5), (5, 6), (5, 6, 15, 16)
_ERROR_BIT = 0x80
_CRC_TABLE, _FIRST_CRC = FramerRTU.crc16_table, 0xFFFF
_FAST_BAUD, _FAST_GAP = 19200, 0.00175
"""Above 19200 baud the pause between frames is fixed (§2.5.1.1)."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take on a serial line, in seconds."""

    baud: int = 9600
    bits: int = 11
    """A character: start, eight data, parity or a second stop bit, stop."""
    pause: float = 0.0
    """Least silence between two frames, where a device wants more than the standard."""
    turnaround: float = 0.005
    """What a device takes to begin its answer; only for weighing plans."""

    @property
    def character(self) -> float:
        """One character on the line."""
        return self.bits / self.baud

    @property
    def gap(self) -> float:
        """Silence that ends a frame: 3.5 characters."""
        standard = 3.5 * self.character if self.baud <= _FAST_BAUD else _FAST_GAP
        return max(standard, self.pause)

    @property
    def cost(self) -> Cost:
        """What a read costs the line."""
        fixed = (_REQUEST + _OVERHEAD) * self.character + 2 * self.gap + self.turnaround
        return Cost(fixed, self.character)


def wrap(unit: int, pdu: bytes) -> bytes:
    """The frame: unit, PDU, checksum."""
    body = bytes([unit]) + pdu
    return body + checksum(body)


def checksum(body: bytes) -> bytes:
    """CRC-16 as it stands behind ``body``, low byte first (§6.2.2)."""
    return reduce(_add_to_crc, body, _FIRST_CRC).to_bytes(2, "little")


def _add_to_crc(crc: int, byte: int) -> int:
    """The CRC-16 with one more byte; 0 behind a frame that ends with its own."""
    return crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]


def intact(frame: bytes) -> bool:
    """Whether the last two bytes are the checksum of the others."""
    return len(frame) >= _SHORTEST and checksum(frame[:-2]) == frame[-2:]


class AnswerFinder:
    """Looks for the answer to one request: only bytes that fit its unit, function and size can be it.

    RTU has no transaction ids. Whatever else arrives, such as noise, our own echo or another unit's frame, is passed
    over, as the standard asks (§2.4.1); it is kept, 256 bytes of it at most, to say what was wrong.
    """

    def __init__(self, unit: int, request: bytes, echoes: bool = False) -> None:
        """``echoes``: the line is known to return what we send."""
        self.unit = unit
        self.sent = wrap(unit, request)
        self.behind = b""
        """What came together with the answer, after it."""
        self.echoed = False
        """Whether our own request came back."""
        self._request = request
        self._buffer = bytearray()
        # An answer to these writes equals their echo: which one came, only the line's habit can tell.
        self._look_for_echo = echoes or request[0] not in _SINGLE_WRITES
        self._shapes = ((self._head(), self._length), (bytes([unit, request[0] | _ERROR_BIT]), lambda _: _OVERHEAD))

    def feed(self, data: bytes) -> Frame | None:
        """The answer, as soon as it is complete."""
        self._buffer += data
        self._drop_echo()
        found = next(filter(None, (self._find(head, length) for head, length in self._shapes)), None)
        del self._buffer[:-MAX_FRAME]
        if found is None:
            return None
        self.behind = bytes(self._buffer[self._buffer.find(found) + len(found) :])
        return Frame(found[0], found[1:-2], None)

    def verdict(self, seconds: float) -> NoAnswer:
        """Why there was no answer within ``seconds``."""
        heard = bytes(self._buffer)
        if not heard:
            return NoAnswer("modbus.silent", seconds=seconds)
        if whole := whole_frame(heard):
            return self._stranger(whole)
        head = self._head()
        if heard[: len(head)] == head[: len(heard)] and len(heard) < (self._length(heard) or MAX_FRAME):
            return NoAnswer("modbus.incomplete", reason=Reason.DECODE, seconds=seconds)
        return NoAnswer("modbus.damaged", reason=Reason.DECODE, unit=self.unit)

    def _head(self) -> bytes:
        if self._request[0] in _WRITES:
            return bytes([self.unit]) + self._request[:5]
        if self._request[0] == IDENTIFY:
            return bytes([self.unit]) + self._request[:2]
        return bytes([self.unit, self._request[0], self._size()])

    def _length(self, frame: bytes) -> int:
        """How long the answer that begins with ``frame`` is; 0 while that cannot be said."""
        if self._request[0] == IDENTIFY:
            known = identity_length(frame[1:])
            return known + _AROUND if known else 0
        return _REQUEST if self._request[0] in _WRITES else _OVERHEAD + self._size()

    def _size(self) -> int:
        count = int.from_bytes(self._request[3:5], "big")
        return (count + 7) // 8 if self._request[0] in (1, 2) else 2 * count

    def _drop_echo(self) -> None:
        place = self._buffer.find(self.sent) if self._look_for_echo and not self.echoed else -1
        if place >= 0:
            self.echoed = True
            del self._buffer[: place + len(self.sent)]

    def _find(self, head: bytes, length_of: Callable[[bytes], int]) -> bytes | None:
        place = self._buffer.find(head)
        while place >= 0:
            length = length_of(bytes(self._buffer[place:]))
            frame = bytes(self._buffer[place : place + length])
            if (
                length == len(frame)
                and intact(frame)
                and not (self._look_for_echo and not self.echoed and frame == self.sent)
            ):
                return frame
            place = self._buffer.find(head, place + 1)
        return None

    def _stranger(self, frame: bytes) -> NoAnswer:
        """What an intact frame says that is not the answer."""
        if frame[0] != self.unit:
            return NoAnswer("modbus.wrong-unit", reason=Reason.DECODE, expected=self.unit, received=frame[0])
        if frame[1] != self._request[0]:
            return NoAnswer("modbus.wrong-function", reason=Reason.DECODE, expected=self._request[0], received=frame[1])
        if frame[1] in _WRITES:
            return NoAnswer("modbus.wrong-echo", reason=Reason.DECODE)
        if frame[1] == IDENTIFY:
            return NoAnswer("modbus.wrong-identity", reason=Reason.DECODE)
        return NoAnswer("modbus.wrong-byte-count", reason=Reason.DECODE, expected=self._size(), received=frame[2])


def whole_frame(heard: bytes) -> bytes | None:
    """The intact frame at the head of ``heard``, whatever it is about."""
    ends = (
        end
        for end, crc in enumerate(accumulate(heard, _add_to_crc, initial=_FIRST_CRC))
        if crc == 0 and end >= _SHORTEST
    )
    return next((heard[:end] for end in ends), None)
