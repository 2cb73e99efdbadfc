"""Planned BACnet reads: which objects of which device, and how to decode what comes back. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from drivers.bacnet.address import Address, parse_address
from drivers.bacnet.names import PRESENT_VALUE, RELIABILITY, STATUS_FLAGS, WITHOUT_FLAGS
from drivers.bacnet.services import Answers, ObjectRead, PropertyFailure, read_many_answer
from drivers.bacnet.source import ObjectKey, PropertyKey, object_key, property_key
from drivers.bacnet.tags import MalformedError
from drivers.bacnet.values import Flags, Item, bad, flags_of, outcome_of
from drivers.contract import Request
from drivers.points import Instant, Reading, Reason
from drivers.templates import Device, TemplatePoint

CHUNK = 20
"""Objects in one ReadPropertyMultiple to begin with: about 700 bytes of answer, within the 1476 of BACnet/IP."""

_NOT_OFFERED = PropertyFailure(2, 32)
"""What a device says of a property it does not have: class property, code unknown-property."""


@dataclass(frozen=True, slots=True)
class BacnetRequest(Request):
    """One ReadPropertyMultiple, or several ReadProperty in its place."""

    address: Address
    items: tuple[Item, ...]
    """What to look up, in the order of ``points``."""
    singly: bool = False
    """Whether the device is asked property by property."""
    objects: tuple[ObjectRead, ...] = field(compare=False, repr=False, default=())
    """What to ask for; derived from ``items``."""

    def decode(self, answer: bytes, at: Instant) -> list[Reading]:
        """One reading a point; bytes that break the encoding make every one bad (decode)."""
        try:
            answers = read_many_answer(answer, self.objects)
        except MalformedError:
            return [Reading(point, *bad(Reason.DECODE), at) for point in self.points]
        flags = {entry.object: _flags(answers, entry.object) for entry in self.objects}
        return [Reading(item.point, *outcome_of(item, answers, flags[item.object]), at) for item in self.items]

    def smaller(self) -> tuple["BacnetRequest", ...]:
        """Two halves; of a single object the same asked property by property; then nothing."""
        if self.singly:
            return ()
        if len(self.objects) < 2:
            return (self.one_by_one(),)
        middle = len(self.objects) // 2
        low = {entry.object for entry in self.objects[:middle]}
        return tuple(
            self._with(tuple(item for item in self.items if (item.object in low) is wanted)) for wanted in (True, False)
        )

    def by_property(self) -> tuple["BacnetRequest", ...]:
        """One request an object, asked property by property."""
        objects = [entry.object for entry in self.objects]
        return tuple(
            self._with(tuple(item for item in self.items if item.object == key)).one_by_one() for key in objects
        )

    def one_by_one(self) -> "BacnetRequest":
        """The same objects without ReadPropertyMultiple; reliability is left out, each property costs a round trip."""
        return replace(self, singly=True, objects=reads_of(self.items, reliability=False))

    def probe(self, seconds: float) -> "BacnetRequest":
        """Its first value and flags, asked in the way every device understands, within ``seconds``."""
        return replace(self._with(self.items[:1]).one_by_one(), timeout=seconds)

    def _with(self, items: tuple[Item, ...]) -> "BacnetRequest":
        return replace(self, points=tuple(item.point for item in items), items=items, objects=reads_of(items))


def requests_of(device: Device) -> tuple[BacnetRequest, ...]:
    """The reads that bring every point of ``device``; raises BacnetAddressError, SourceError."""
    address = parse_address(device.address)
    points = sorted(device.template.points, key=lambda point: point.poll)
    requests: list[BacnetRequest] = []
    for poll, group in groupby(points, key=lambda point: point.poll):
        items = [_item(device, point) for point in group]
        requests += [request_of(device.id, poll, address, chunk, device.timeout) for chunk in _chunks(items)]
    return tuple(requests)


def request_of_point(device: Device, name: str) -> BacnetRequest:
    """The read of the one point of ``device`` called ``name``, asked in the way every device understands."""
    point = next(candidate for candidate in device.template.points if candidate.name == name)
    address = parse_address(device.address)
    return request_of(device.id, point.poll, address, (_item(device, point),), device.timeout).one_by_one()


def request_of(device: str, poll: str, address: Address, items: tuple[Item, ...], timeout: float) -> BacnetRequest:
    """One request that brings ``items``."""
    points = tuple(item.point for item in items)
    return BacnetRequest(device, poll, points, address, items, timeout=timeout, objects=reads_of(items))


def reads_of(items: Iterable[Item], *, reliability: bool = True) -> tuple[ObjectRead, ...]:
    """What to ask for ``items``: each object once, its values with its flags."""
    wanted: dict[ObjectKey, list[PropertyKey]] = {}
    for item in items:
        wanted.setdefault(item.object, []).append(item.property)
    return tuple(
        ObjectRead(key, (*dict.fromkeys(properties), *_health(key, properties, reliability)))
        for key, properties in wanted.items()
    )


def _health(key: ObjectKey, properties: Sequence[PropertyKey], reliability: bool) -> tuple[PropertyKey, ...]:
    """Flags, and reliability beside a present-value: it names a fault that some devices forget to flag."""
    if key[0] in WITHOUT_FLAGS:
        return ()
    extra = ((RELIABILITY, None),) if reliability and (PRESENT_VALUE, None) in properties else ()
    return tuple(entry for entry in ((STATUS_FLAGS, None), *extra) if entry not in properties)


def _chunks(items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Items of at most CHUNK objects each; the points of one object stay together."""
    objects = dict.fromkeys(item.object for item in items)
    return [tuple(item for item in items if item.object in chunk) for chunk in map(set, _batches(list(objects)))]


def _batches(objects: list[ObjectKey]) -> list[list[ObjectKey]]:
    return [objects[start : start + CHUNK] for start in range(0, len(objects), CHUNK)]


def _item(device: Device, point: TemplatePoint) -> Item:
    source = point.bacnet
    name = f"{device.id}.{point.name}"
    return Item(name, point.kind, object_key(source), property_key(source), source, point.low, point.high)


def _flags(answers: Answers, key: ObjectKey) -> Flags | None:
    status = answers.get((key, (STATUS_FLAGS, None)), _NOT_OFFERED)
    return flags_of(status, answers.get((key, (RELIABILITY, None)), _NOT_OFFERED))
