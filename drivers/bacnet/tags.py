"""BACnet's tagged encoding of primitive values (ASHRAE 135, clause 20.2), both ways. Pure.

Ours, beside the stack, because answers are compared as bytes and decoded only when they changed.
"""

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from drivers.points import PlantgateError

_CHARSETS = {0: "utf-8", 3: "utf-32-be", 4: "utf-16-be", 5: "latin-1"}
"""Character sets of clause 20.2.9; 1 (IBM DBCS) and 2 (JIS) are obsolete."""
_OPENING, _CLOSING = 6, 7
_CONTEXT = 0x08


class MalformedError(PlantgateError):
    """The bytes break the encoding rules."""


class UndecodableError(MalformedError):
    """One value breaks the rules of its own type; the tags around it stand."""


class TagType(IntEnum):
    """Application tag numbers (clause 20.2.1.4)."""

    NULL = 0
    BOOLEAN = 1
    UNSIGNED = 2
    SIGNED = 3
    REAL = 4
    DOUBLE = 5
    OCTETS = 6
    TEXT = 7
    BITS = 8
    ENUMERATED = 9
    DATE = 10
    TIME = 11
    OBJECT = 12


Primitive = float | int | bool | str | bytes | tuple[bool, ...] | None
"""What a tag can hold; dates, times and object identifiers stay bytes."""


class Datum(NamedTuple):
    """One primitive value with the type the device gave it."""

    type: int
    value: Primitive


class Reader:
    """Reads tags one after the other; every method raises MalformedError."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def more(self) -> bool:
        """Whether bytes are left."""
        return self._at < len(self._data)

    def rest(self) -> bytes:
        """What is left, without stepping over it."""
        return self._data[self._at :]

    def opens(self, number: int) -> bool:
        """Step over the opening tag ``number`` if it is next."""
        return self._step(number << 4 | _CONTEXT | _OPENING)

    def closes(self, number: int) -> bool:
        """Step over the closing tag ``number`` if it is next."""
        return self._step(number << 4 | _CONTEXT | _CLOSING)

    def expect_open(self, number: int) -> None:
        """Step over the opening tag ``number``."""
        if not self.opens(number):
            raise MalformedError("bacnet.malformed")

    def expect_close(self, number: int) -> None:
        """Step over the closing tag ``number``."""
        if not self.closes(number):
            raise MalformedError("bacnet.malformed")

    def unsigned(self, number: int) -> int:
        """The unsigned content of context tag ``number``."""
        if not self.next_is(number):
            raise MalformedError("bacnet.malformed")
        return int.from_bytes(self._content(self._byte()), "big")

    def next_is(self, number: int) -> bool:
        """Whether context tag ``number`` with content is next."""
        if not self.more:
            return False
        head = self._data[self._at]
        return head >> 4 == number and bool(head & _CONTEXT) and head & 7 < _OPENING

    def next_is_application(self) -> bool:
        """Whether a primitive value under an application tag is next."""
        return self.more and not self._data[self._at] & _CONTEXT

    def datum(self) -> Datum:
        """The next application-tagged value; UndecodableError when it makes no sense, and then it is stepped over."""
        head = self._byte()
        number = head >> 4
        if head & _CONTEXT or number > TagType.OBJECT:
            raise MalformedError("bacnet.malformed")
        if number == TagType.BOOLEAN:
            return Datum(number, bool(head & 7))
        return Datum(number, _primitive(number, self._content(head)))

    def skip(self) -> None:
        """Step over one tag of whatever kind, a constructed one with all that is inside."""
        depth = 0
        while True:
            head = self._byte()
            if head >> 4 == 15:
                self._byte()
            depth += _nesting(head)
            if depth < 0:
                raise MalformedError("bacnet.malformed")
            if _nesting(head) == 0 and (head & _CONTEXT or head >> 4 != TagType.BOOLEAN):
                self._content(head)
            if depth == 0:
                return

    def _step(self, head: int) -> bool:
        if self.more and self._data[self._at] == head:
            self._at += 1
            return True
        return False

    def _byte(self) -> int:
        return self._take(1)[0]

    def _content(self, head: int) -> bytes:
        length = head & 7
        if length > 5:
            raise MalformedError("bacnet.malformed")
        return self._take(self._extended() if length == 5 else length)

    def _extended(self) -> int:
        length = self._byte()
        if length < 254:
            return length
        return int.from_bytes(self._take(2 if length == 254 else 4), "big")

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise MalformedError("bacnet.malformed")
        taken = self._data[self._at : end]
        self._at = end
        return taken


def _nesting(head: int) -> int:
    if not head & _CONTEXT:
        return 0
    return {_OPENING: 1, _CLOSING: -1}.get(head & 7, 0)


def _primitive(number: int, content: bytes) -> Primitive:
    try:
        return _PRIMITIVES[number](content)
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise UndecodableError("bacnet.malformed") from error


def _null(content: bytes) -> None:
    if content:
        raise IndexError


def _unsigned(content: bytes) -> int:
    if not 1 <= len(content) <= 8:
        raise IndexError
    return int.from_bytes(content, "big")


def _signed(content: bytes) -> int:
    if not 1 <= len(content) <= 8:
        raise IndexError
    return int.from_bytes(content, "big", signed=True)


def _real(content: bytes) -> float:
    return float(struct.unpack(">f", content)[0])


def _double(content: bytes) -> float:
    return float(struct.unpack(">d", content)[0])


def _text(content: bytes) -> str:
    charset = _CHARSETS.get(content[0])
    if charset is None:
        raise IndexError
    return content[1:].decode(charset)


def _bits(content: bytes) -> tuple[bool, ...]:
    """The first byte says how many bits of the last one are unused."""
    unused = content[0]
    size = 8 * (len(content) - 1) - unused
    if unused > 7 or size < 0:
        raise IndexError
    return tuple(bool(content[1 + index // 8] >> 7 - index % 8 & 1) for index in range(size))


_PRIMITIVES: dict[int, Callable[[bytes], Primitive]] = {
    TagType.NULL: _null,
    TagType.UNSIGNED: _unsigned,
    TagType.SIGNED: _signed,
    TagType.REAL: _real,
    TagType.DOUBLE: _double,
    TagType.OCTETS: bytes,
    TagType.TEXT: _text,
    TagType.BITS: _bits,
    TagType.ENUMERATED: _unsigned,
    TagType.DATE: bytes,
    TagType.TIME: bytes,
    TagType.OBJECT: bytes,
}


def opening(number: int) -> bytes:
    """An opening tag."""
    return bytes([number << 4 | _CONTEXT | _OPENING])


def closing(number: int) -> bytes:
    """A closing tag."""
    return bytes([number << 4 | _CONTEXT | _CLOSING])


def context(number: int, value: int, size: int = 0) -> bytes:
    """An unsigned number under context tag ``number``, in at least ``size`` bytes."""
    content = value.to_bytes(max(size, _width(value)), "big")
    return bytes([number << 4 | _CONTEXT | len(content)]) + content


def application(type: TagType, value: float | int | str | None) -> bytes:
    """A primitive value under its application tag; raises OverflowError or struct.error when it does not fit."""
    if type is TagType.BOOLEAN:
        return bytes([TagType.BOOLEAN << 4 | bool(value)])
    content = _encoded(type, value)
    if len(content) < 5:
        return bytes([type << 4 | len(content)]) + content
    if len(content) < 254:
        return bytes([type << 4 | 5, len(content)]) + content
    return bytes([type << 4 | 5, 254]) + len(content).to_bytes(2, "big") + content


def _encoded(type: TagType, value: float | int | str | None) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        return b"\0" + value.encode()
    if type in (TagType.REAL, TagType.DOUBLE):
        return struct.pack(">f" if type is TagType.REAL else ">d", value)
    number = int(value)
    if type is TagType.SIGNED:
        return number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "big", signed=True)
    return number.to_bytes(_width(number), "big")


def _width(number: int) -> int:
    return max(1, (number.bit_length() + 7) // 8)
