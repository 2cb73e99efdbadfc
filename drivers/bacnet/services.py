"""What is asked of a device and what it answers, as service bytes (ASHRAE 135, clauses 15, 16 and 21). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from drivers.bacnet.source import ObjectKey, PropertyKey
from drivers.bacnet.tags import (
    Datum,
    MalformedError,
    Reader,
    TagType,
    UndecodableError,
    application,
    closing,
    context,
    opening,
)


class Service(IntEnum):
    """Confirmed service choices."""

    READ_PROPERTY = 12
    READ_PROPERTY_MULTIPLE = 14
    WRITE_PROPERTY = 15


I_AM, WHO_IS = 0, 8
"""Unconfirmed service choices."""
_INSTANCE_BITS = 22


@dataclass(frozen=True, slots=True)
class ObjectRead:
    """Which properties of one object to read."""

    object: ObjectKey
    properties: tuple[PropertyKey, ...]


class PropertyFailure(NamedTuple):
    """Why a property was not given: BACnet error class and code."""

    error_class: int
    error_code: int


Answers = dict[tuple[ObjectKey, PropertyKey], Datum | PropertyFailure | None]
"""What came back for each property; None stands for a value that cannot be understood or is not one primitive."""


class IAm(NamedTuple):
    """A device's announcement."""

    instance: int
    vendor: int


def object_id(key: ObjectKey) -> int:
    """Type and instance in one number."""
    return key[0] << _INSTANCE_BITS | key[1]


def object_of(number: int) -> ObjectKey:
    """Type and instance of an object identifier."""
    return number >> _INSTANCE_BITS, number & (1 << _INSTANCE_BITS) - 1


def read_many(objects: Sequence[ObjectRead]) -> bytes:
    """A ReadPropertyMultiple request."""
    return b"".join(_specification(entry) for entry in objects)


def read_one(object: ObjectKey, property: PropertyKey) -> bytes:
    """A ReadProperty request."""
    return context(0, object_id(object), 4) + _reference(1, property)


def write_one(object: ObjectKey, property: PropertyKey, value: bytes, priority: int | None) -> bytes:
    """A WriteProperty request; ``value`` is application-tagged."""
    data = read_one(object, property) + opening(3) + value + closing(3)
    return data if priority is None else data + context(4, priority)


def who_is(low: int, high: int) -> bytes:
    """A Who-Is for a range of device instances."""
    return context(0, low) + context(1, high)


def read_many_answer(data: bytes, asked: Sequence[ObjectRead]) -> Answers:
    """The content of a ReadPropertyMultiple-Ack.

    Raises MalformedError where its tags do, and where it does not hold everything ``asked`` once and in its order
    (clause 15.7.2): whoever answers something else may have put a value under a wrong name too. A single value that
    cannot be decoded leaves the others alone.
    """
    reader = Reader(data)
    answers: Answers = {}
    for entry in asked:
        if object_of(reader.unsigned(0)) != entry.object:
            raise MalformedError("bacnet.malformed")
        reader.expect_open(1)
        for property in entry.properties:
            if _property(reader, 2) != property:
                raise MalformedError("bacnet.malformed")
            answers[entry.object, property] = _result(reader)
        reader.expect_close(1)
    if reader.more:
        raise MalformedError("bacnet.malformed")
    return answers


def as_read_many(object: ObjectKey, answers: Sequence[tuple[PropertyKey, bytes | PropertyFailure]]) -> bytes:
    """ReadProperty answers put into the form of a ReadPropertyMultiple-Ack, so that there is one form to decode."""
    results = b"".join(_reference(2, key) + _wrapped(answer) for key, answer in answers)
    return context(0, object_id(object), 4) + opening(1) + results + closing(1)


def read_one_answer(data: bytes, object: ObjectKey, property: PropertyKey) -> bytes:
    """The tagged value of a ReadProperty-Ack; raises MalformedError, also when it answers something else."""
    reader = Reader(data)
    if object_of(reader.unsigned(0)) != object or _property(reader, 1) != property:
        raise MalformedError("bacnet.malformed")
    reader.expect_open(3)
    value = reader.rest()
    while not reader.closes(3):
        reader.skip()
    if reader.more:
        raise MalformedError("bacnet.malformed")
    return value[:-1]


def error_answer(data: bytes) -> PropertyFailure:
    """Class and code of an Error; raises MalformedError."""
    reader = Reader(data)
    return PropertyFailure(_enumerated(reader.datum()), _enumerated(reader.datum()))


def i_am(data: bytes) -> IAm:
    """An I-Am; raises MalformedError."""
    reader = Reader(data)
    identifier, _, _, vendor = (reader.datum() for _ in range(4))
    if identifier.type != TagType.OBJECT or not isinstance(identifier.value, bytes) or len(identifier.value) != 4:
        raise MalformedError("bacnet.malformed")
    return IAm(object_of(int.from_bytes(identifier.value, "big"))[1], _enumerated(vendor))


def _specification(entry: ObjectRead) -> bytes:
    references = b"".join(_reference(0, key) for key in entry.properties)
    return context(0, object_id(entry.object), 4) + opening(1) + references + closing(1)


def _reference(first: int, property: PropertyKey) -> bytes:
    """Property number under context tag ``first``, array index under the one behind it."""
    number, index = property
    return context(first, number) + (b"" if index is None else context(first + 1, index))


def _property(reader: Reader, first: int) -> PropertyKey:
    number = reader.unsigned(first)
    return number, reader.unsigned(first + 1) if reader.next_is(first + 1) else None


def _result(reader: Reader) -> Datum | PropertyFailure | None:
    if reader.opens(5):
        failure = PropertyFailure(_enumerated(reader.datum()), _enumerated(reader.datum()))
        reader.expect_close(5)
        return failure
    reader.expect_open(4)
    return _single(reader)


def _single(reader: Reader) -> Datum | None:
    """The value up to the closing tag 4, if it is one primitive."""
    if reader.closes(4):
        return None
    if reader.next_is_application():
        first = _understood(reader)
    else:
        first = None
        reader.skip()
    while not reader.closes(4):
        first = None
        reader.skip()
    return first


def _understood(reader: Reader) -> Datum | None:
    """The next value; None when its content makes no sense."""
    try:
        return reader.datum()
    except UndecodableError:
        return None


def _wrapped(answer: bytes | PropertyFailure) -> bytes:
    if isinstance(answer, bytes):
        return opening(4) + answer + closing(4)
    content = b"".join(application(TagType.ENUMERATED, number) for number in answer)
    return opening(5) + content + closing(5)


def _enumerated(datum: Datum) -> int:
    if not isinstance(datum.value, int):
        raise MalformedError("bacnet.malformed")
    return datum.value
