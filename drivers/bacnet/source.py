"""Where a value lies in a BACnet device: object, property and how its number becomes a value."""

import re

from drivers.bacnet.names import MAX_INSTANCE, OBJECT_TYPES, PROPERTIES
from drivers.points import PlantgateError
from drivers.templates import BacnetSource

_PROPERTY = re.compile(r"([a-z-]+|\d+)(?:\[(\d+)\])?")

PropertyKey = tuple[int, int | None]
"""Property number and array index (None: the whole property)."""

ObjectKey = tuple[int, int]
"""Object type number and instance."""


class SourceError(PlantgateError):
    """An object or property that is not one of BACnet."""


def object_key(source: BacnetSource) -> ObjectKey:
    """Type number and instance; raises SourceError."""
    return object_number(source.object_type), _checked_instance(source.instance)


def property_key(source: BacnetSource) -> PropertyKey:
    """Property number and array index; raises SourceError."""
    return property_number(source.property)


def object_number(name: str) -> int:
    """The number of an object type written as name or number; raises SourceError."""
    number = int(name) if name.isdecimal() else OBJECT_TYPES.get(name, -1)
    if not 0 <= number <= 1023:
        raise SourceError("bacnet.unknown-object-type", name=name)
    return number


def property_number(name: str) -> PropertyKey:
    """The number and array index of a property such as ``present-value`` or ``450[1]``; raises SourceError."""
    match = _PROPERTY.fullmatch(name)
    word = match.group(1) if match else ""
    number = int(word) if word.isdecimal() else PROPERTIES.get(word, -1)
    if match is None or not 0 <= number <= MAX_INSTANCE:
        raise SourceError("bacnet.unknown-property", name=name)
    return number, None if match.group(2) is None else int(match.group(2))


def _checked_instance(instance: int) -> int:
    if not 0 <= instance <= MAX_INSTANCE:
        raise SourceError("bacnet.bad-instance", instance=instance)
    return instance
