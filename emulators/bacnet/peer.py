"""The seam to bacpypes3's server side: objects whose properties come from a unit, and an application that may refuse.

An independent stack answers our driver: what both sides misunderstand in the same way would go unseen.
"""

import math
from typing import Any

from bacpypes3 import object as objects
from bacpypes3.apdu import (
    AbortPDU,
    ConfirmedRequestPDU,
    Error,
    ReadPropertyMultipleRequest,
    RejectPDU,
)
from bacpypes3.app import Application
from bacpypes3.basetypes import (
    ErrorCode,
    PriorityArray,
    PriorityValue,
    PropertyIdentifier,
    StatusFlags,
)
from bacpypes3.comm import ApplicationServiceElement, bind
from bacpypes3.constructeddata import Array
from bacpypes3.errors import ExecutionError, PropertyError
from bacpypes3.ipv4.bvll import BVLLCodec
from bacpypes3.ipv4.service import BIPNormal
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.object import Object
from bacpypes3.pdu import IPv4Address
from bacpypes3.primitivedata import ApplicationTag, CharacterString, Null, ObjectType, Real, TagList, TagNumber

from drivers.bacnet.source import property_key
from drivers.bacnet.stack import Port, Wire, step
from drivers.points import Value
from drivers.templates import TemplatePoint
from emulators.bacnet.faults import number_of
from emulators.bacnet.unit import COMMANDABLE, BacnetUnit, default, raw_of, value_of

Foreign = Any
"""A value of the library."""

_VENDOR = 999
"""Vendor number the library's examples use."""
_MANY_OBJECTS = 5
_WHOEVER = 4_194_303
_MAX_APDU = 1024
_OPERATIONAL_PROBLEM, _OTHER = 25, 0
_BUFFER_OVERFLOW, _UNRECOGNIZED_SERVICE = 1, 9


def server_wire(unit: BacnetUnit, port: Port) -> Wire:
    """The bottom of a server stack that answers for ``unit``; needs a running loop."""
    application = _Application.from_object_list([_device(unit), *_objects(unit)])
    application.unit = unit
    wire, link = Wire(port), BIPNormal()
    bind(link, BVLLCodec(), wire)
    application.nsap.bind(link, address=IPv4Address(port.place))
    return wire


class _Application(Application):  # type: ignore[misc]
    """Answers like the library does, unless the unit is told to refuse."""

    unit: BacnetUnit

    async def indication(self, apdu: Foreign) -> None:
        if "rpm-silent" in self.unit.faults and isinstance(apdu, ReadPropertyMultipleRequest):
            return
        if isinstance(apdu, ConfirmedRequestPDU) and (refusal := _refusal(apdu, self.unit.faults)) is not None:
            await self.response(refusal)
        else:
            await super().indication(apdu)

    async def do_ReadPropertyRequest(self, apdu: Foreign) -> None:
        """Answer for the device object whatever its number (clause 15.5.2), which the library takes for another's."""
        if tuple(apdu.objectIdentifier) == (ObjectType("device"), _WHOEVER):
            apdu.objectIdentifier = self.device_object.objectIdentifier
        await super().do_ReadPropertyRequest(apdu)

    def request(self, apdu: Foreign) -> None:
        """Send an I-Am at once; nothing else is ever asked."""
        step(ApplicationServiceElement.request(self, apdu))


class _Emulated:
    """Mixed into the library's objects: the properties of points are the unit's."""

    unit: BacnetUnit
    points: dict[str, TemplatePoint]
    """Property (attribute name) -> the point it is."""

    async def read_property(self, attr: Foreign, index: int | None = None) -> Foreign:
        name = PropertyIdentifier(attr).attr
        if any(self.unit.has(point, "unknown") for point in self.points.values()):
            raise ExecutionError("object", "unknown-object")
        if name in self.points:
            return self._shown(name, index)
        own = self._own(name)
        return await super().read_property(attr, index) if own is None else own  # type: ignore[misc]

    async def write_property(
        self, attr: Foreign, value: Foreign, index: int | None = None, priority: int | None = None
    ) -> None:
        point = self.points.get(PropertyIdentifier(attr).attr)
        if point is None or not self.unit.writable(point):
            raise PropertyError("write-access-denied")
        self.unit.command(point, _understood(point, value), priority)

    def _shown(self, name: str, index: int | None) -> Foreign:
        point = self.points[name]
        if self.unit.has(point, "wrong-datatype"):
            return CharacterString("nonsense")
        if self.unit.has(point, "latin-1"):
            return _Mislabelled("Kälte")
        if self.unit.has(point, "nan"):
            return Real(math.nan)
        return _typed(self._type(name, index), point, self.unit.value(point))

    def _type(self, name: str, index: int | None) -> Foreign:
        type = self._elements[name]  # type: ignore[attr-defined]
        return type._subtype if index is not None and issubclass(type, Array) else type

    def _own(self, name: str) -> Foreign:
        """Properties beside the value that follow the unit."""
        point = next(iter(self.points.values()))
        if name == "statusFlags":
            return StatusFlags([0, *(int(self.unit.has(point, flag)) for flag in _FLAGS)])
        if name == "outOfService":
            return self._elements[name](self.unit.has(point, "out-of-service"))  # type: ignore[attr-defined]
        if name == "priorityArray" and point.bacnet.object_type in COMMANDABLE:
            return self._priority_array(point)
        if name == "relinquishDefault" and point.bacnet.object_type in COMMANDABLE:
            return _typed(self._type(name, None), point, self.unit.values.get(point.name, default(point)))
        return None

    def _priority_array(self, point: TemplatePoint) -> Foreign:
        commands = self.unit.commands.get(point.name, {})
        type = self._type("presentValue", None)
        return PriorityArray(
            [PriorityValue(_typed(type, point, commands[slot]) if slot in commands else Null(())) for slot in _SLOTS]
        )


class _Mislabelled(CharacterString):  # type: ignore[misc]
    """Latin-1 that says it is UTF-8."""

    def encode(self) -> Foreign:
        return TagList([ApplicationTag(TagNumber.characterString, b"\0" + str.encode(self, "latin-1"))])


_FLAGS = ("fault", "overridden", "out-of-service")
_SLOTS = range(1, 17)


def _device(unit: BacnetUnit) -> Foreign:
    return DeviceObject(
        objectIdentifier=("device", unit.instance),
        objectName=unit.name,
        vendorIdentifier=_VENDOR,
        vendorName="plantgate",
        modelName=unit.template.id,
        maxApduLengthAccepted=number_of(unit.faults, "max-apdu", _MAX_APDU) or _MAX_APDU,
    )


def _objects(unit: BacnetUnit) -> list[Foreign]:
    """One object for all points that share it."""
    shared: dict[tuple[str, int], dict[str, TemplatePoint]] = {}
    for point in unit.template.points:
        source = point.bacnet
        name = PropertyIdentifier(property_key(source)[0]).attr
        shared.setdefault((source.object_type, source.instance), {})[name] = point
    return [_object(unit, type, instance, points) for (type, instance), points in shared.items()]


def _object(unit: BacnetUnit, type_name: str, instance: int, points: dict[str, TemplatePoint]) -> Foreign:
    kind = ObjectType(type_name)
    base = next(
        entry for entry in vars(objects).values() if isinstance(entry, type) and vars(entry).get("objectType") == kind
    )
    members = {"unit": unit, "points": points}
    made = type(f"Emulated{base.__name__}", (_Emulated, Object, base), {"_annotations": {}})
    first = next(iter(points.values()))
    instance_of = made(objectIdentifier=(kind, instance), objectName=f"{first.name}-{instance}")
    for name, value in members.items():
        object.__setattr__(instance_of, name, value)
    return instance_of


def _typed(type: Foreign, point: TemplatePoint, value: Value) -> Foreign:
    raw = raw_of(point, value)
    try:
        return type(raw)
    except (TypeError, ValueError):
        return type(round(float(raw)))


def _understood(point: TemplatePoint, value: Foreign) -> Value | None:
    """A written value in our terms; None for Null."""
    if isinstance(value, Null) or value == ():
        return None
    try:
        return value_of(point, str(value) if isinstance(value, str) else float(value))
    except ValueError as error:
        raise PropertyError("value-out-of-range") from error


def _refusal(apdu: Foreign, faults: set[str]) -> Foreign:
    """The refusal the unit is told to give, or None."""
    if (code := number_of(faults, "error", _OPERATIONAL_PROBLEM)) is not None:
        return Error(service_choice=apdu.apduService, errorClass="device", errorCode=ErrorCode(code), context=apdu)
    if (reason := number_of(faults, "abort", _OTHER)) is not None:
        return AbortPDU(srv=True, reason=reason, context=apdu)
    if (reason := number_of(faults, "reject", _OTHER)) is not None:
        return RejectPDU(reason=reason, context=apdu)
    return _refused_many(apdu, faults) if isinstance(apdu, ReadPropertyMultipleRequest) else None


def _refused_many(apdu: Foreign, faults: set[str]) -> Foreign:
    most = number_of(faults, "buffer-overflow", _MANY_OBJECTS)
    if most is not None and len(apdu.listOfReadAccessSpecs) > most:
        return AbortPDU(srv=True, reason=_BUFFER_OVERFLOW, context=apdu)
    if (reason := number_of(faults, "rpm-abort", _OTHER)) is not None:
        return AbortPDU(srv=True, reason=reason, context=apdu)
    return RejectPDU(reason=_UNRECOGNIZED_SERVICE, context=apdu) if "no-rpm" in faults else None
