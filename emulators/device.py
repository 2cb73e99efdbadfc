"""One emulated device: its unit on the wire, its physics, what is held by hand and what is broken. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol
from zlib import crc32

from config.quantity import nearest
from drivers.codec import EncodeError, encode
from drivers.points import Kind, Value
from drivers.templates import Device, Template, TemplatePoint
from emulators.modbus.faults import LIES, AnswerFault, parse_fault
from emulators.modbus.unit import ModbusUnit, ReceivedWrite, sentinels_of
from emulators.physics import MODELS, Building, CommandedModel, Model
from emulators.script import ScriptError


class EmulatedUnit(Protocol):
    """What every protocol's unit has."""

    template: Template
    values: dict[str, Value]
    """Point name -> value; may be changed at any time."""
    faults: set[str]
    """What is broken on the wire."""


@dataclass(frozen=True, slots=True)
class WireFaults:
    """What can break on the wire of a device."""

    names: list[str]
    knows: Callable[[str], bool]
    """Whether a fault is one of them; some carry a number."""


@dataclass(slots=True)
class EmulatedDevice:
    """A device that moves, obeys and breaks."""

    id: str
    unit: EmulatedUnit
    wire_faults: WireFaults
    model: Model | None = None
    held: dict[str, Value] = field(default_factory=dict)
    """Values set by hand, shown instead of what the physics says."""
    on_write: Callable[[str, dict[str, Any]], None] | None = None
    """Told of each write: this device's id, and the write as plain values."""

    def step(self, seconds: float) -> None:
        """Let ``seconds`` of simulated time pass."""
        if self.model is not None:
            self.unit.values |= self.model.step(seconds) | self.held

    def put(self, name: str, value: Value) -> None:
        """Make point ``name`` show ``value``; a physical quantity that is not held moves on from there. ScriptError."""
        point = self._point(name)
        self._check(point, value)
        moves = self.model is not None and not isinstance(value, str) and self.model.put(name, float(value))
        if name in self.held or not moves:
            self.held[name] = value
        self.unit.values[name] = value

    def break_(self, fault: str) -> None:
        """Switch ``fault`` on: a lie on the wire, ``bad:POINT`` or a fault of the physics. Raises ScriptError."""
        if self.model is not None and fault in self.model.known_faults:
            self.model.faults.add(fault)
        elif self.wire_faults.knows(fault):
            self.unit.faults.add(fault)
        else:
            raise self._no_fault(fault)

    def clear(self) -> None:
        """Mend everything and let go of what is held."""
        self.unit.faults.clear()
        self.held.clear()
        if self.model is not None:
            self.model.faults.clear()
            self.step(0.0)

    def known_faults(self) -> list[str]:
        """Every fault this device can have."""
        physical = self.model.known_faults if self.model is not None else frozenset()
        return [*sorted(physical), *self.wire_faults.names]

    def written(self, write: dict[str, Any]) -> None:
        """Pass on a write the unit has taken over."""
        if self.on_write is not None:
            self.on_write(self.id, write)

    def _no_fault(self, fault: str) -> ScriptError:
        known = self.known_faults()
        code, meant = "emulator.unknown-fault", nearest(fault, known)
        if meant is None:
            return ScriptError(code, device=self.id, fault=fault, known=", ".join(known))
        code = "emulator.mistyped-fault"
        return ScriptError(code, device=self.id, fault=fault, meant=meant, known=", ".join(known))

    def _point(self, name: str) -> TemplatePoint:
        points = {point.name: point for point in self.unit.template.points}
        if name not in points:
            raise ScriptError("emulator.unknown-point", device=self.id, point=name, known=", ".join(points))
        return points[name]

    def _check(self, point: TemplatePoint, value: Value) -> None:
        try:
            if isinstance(self.unit, ModbusUnit):
                encode(point, value, self.unit.needed(point))
            elif isinstance(value, str) != bool(point.states) or (point.states and value not in point.states):
                raise EncodeError("codec.not-encodable", point=point.name, value=value)
        except EncodeError as error:
            raise ScriptError("emulator.bad-value", point=f"{self.id}.{point.name}", value=value) from error


def emulated(
    id: str,
    template: Template,
    values: dict[str, Value],
    building: Building | None = None,
    offset: int = 0,
    lies: Mapping[str, AnswerFault] = LIES,
) -> EmulatedDevice:
    """A Modbus device of ``template`` in ``building`` that starts with ``values``; raises ScriptError.

    ``offset`` is how many registers ``template`` was shifted by; ``lies`` are those that its wire can carry.
    """
    unit = ModbusUnit(template, identity=("plantgate", "emulator", "1"))
    faults = _wire_faults(template, lies)
    device = EmulatedDevice(id, unit, faults, model_of(template, building))
    model: object = device.model

    def obey(written: ReceivedWrite) -> None:
        device.written(asdict(written))
        if isinstance(model, CommandedModel):
            model.write(written.address - offset, written.words)

    unit.on_write = obey
    return started(device, values)


def nameplate(device: Device) -> dict[str, Value]:
    """Who an emulated device says it is: as the site has it on record, else somebody of its own, the same each time."""
    return {point.name: _stamped(device.id, point) for point in device.template.identity} | dict(device.identity)


def _stamped(name: str, point: TemplatePoint) -> Value:
    if point.kind is Kind.TEXT:
        return name[: 2 * point.modbus.words]
    return crc32(f"{name}.{point.name}".encode()) % point.modbus.largest


def _wire_faults(template: Template, lies: Mapping[str, AnswerFault]) -> WireFaults:
    points = {point.name for point in template.points}
    sentinels = [f"bad:{point.name}" for point in template.points if sentinels_of(point)]

    def knows(text: str) -> bool:
        fault = parse_fault(text, lies)
        return text in sentinels or (fault is not None and fault.point in points | {""})

    return WireFaults([*lies, *sentinels], knows)


def model_of(template: Template, building: Building | None) -> Model | None:
    """The physics of a device of ``template``, if there is any."""
    make = MODELS.get(template.id)
    return make(building or Building()) if make is not None else None


def started(device: EmulatedDevice, values: dict[str, Value]) -> EmulatedDevice:
    """``device`` showing its first values; raises ScriptError."""
    device.step(0.0)
    for name, value in values.items():
        device.put(name, value)
    return device
