"""Requests cut out of what clients send, with a Modbus TCP header or as RTU. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from drivers.modbus.rtu import MAX_FRAME, intact

_HEADER = 7
_MAX_LENGTH = 254
_FIXED = {function: 8 for function in range(1, 7)}
"""Length of an RTU request by its function."""
_COUNTED = frozenset({15, 16})
_COUNT_AT, _AROUND = 6, 9
"""Where these say how many bytes of data follow, and how many bytes are around those."""


class Unreadable(Exception):
    """What came cannot be Modbus."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    transaction: int | None
    """None on RTU."""
    unit: int
    pdu: bytes


class RequestFraming(Protocol):
    """Cuts requests; one for each client."""

    def feed(self, data: bytes) -> Iterator[Asked]:
        """Every request completed by ``data``; raises Unreadable."""


class MbapRequests:
    """Modbus TCP."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Asked]:
        """Every request completed by ``data``; raises Unreadable."""
        self._buffer += data
        while len(self._buffer) >= _HEADER:
            length = int.from_bytes(self._buffer[4:6], "big")
            if any(self._buffer[2:4]) or not 2 <= length <= _MAX_LENGTH:
                raise Unreadable
            if len(self._buffer) < 6 + length:
                return
            frame, self._buffer = self._buffer[: 6 + length], self._buffer[6 + length :]
            yield Asked(int.from_bytes(frame[:2], "big"), frame[6], frame[_HEADER:])


class RtuRequests:
    """RTU: a request begins wherever its checksum says so."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Asked]:
        """Every request completed by ``data``."""
        self._buffer += data
        while request := self._next():
            yield Asked(None, request[0], request[1:-2])
        self._buffer = self._buffer[-MAX_FRAME:]

    def _next(self) -> bytes | None:
        for start in range(len(self._buffer)):
            length = _length(self._buffer[start:])
            frame = self._buffer[start : start + length]
            if length and len(frame) == length and intact(frame):
                self._buffer = self._buffer[start + length :]
                return frame
        return None


def _length(head: bytes) -> int:
    """Length of the request that begins with ``head``; of an unknown function all there is; 0 when not known yet."""
    if len(head) < 2:
        return 0
    if head[1] in _COUNTED:
        return _AROUND + head[_COUNT_AT] if len(head) > _COUNT_AT else 0
    return _FIXED.get(head[1], len(head))
