"""One emulated BACnet device: what its objects show, what was commanded, what is broken. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from drivers.points import Kind, Value
from drivers.templates import Template, TemplatePoint

K = TypeVar("K")
V = TypeVar("V")

COMMANDABLE = frozenset(
    f"{sort}-{use}" for sort in ("analog", "binary", "multi-state") for use in ("output", "value")
) | {"characterstring-value", "integer-value", "large-analog-value", "positive-integer-value"}
"""Object types with a priority array."""
LOWEST_PRIORITY = 16
"""Where a write without a priority goes (ASHRAE 135, clause 19.2.1)."""

POINT_FAULTS = frozenset(
    {"fault", "latin-1", "nan", "out-of-service", "overridden", "stuck", "unknown", "wrong-datatype"}
)
"""Faults of one point, written ``fault:level``.

``stuck`` acknowledges writes and ignores them; ``unknown`` is gone; ``latin-1`` is a text that says it is UTF-8.
"""


@dataclass(frozen=True, slots=True)
class AcceptedWrite:
    """One accepted write; a value of None relinquishes."""

    point: str
    value: Value | None
    priority: int


@dataclass(slots=True)
class BacnetUnit:
    """The objects of one device; ``values`` and ``faults`` may be changed at any time."""

    template: Template
    instance: int
    name: str = "emulated"
    values: dict[str, Value] = field(default_factory=dict)
    """Point name -> value where nothing is commanded; a point without one is 0, off, empty or its first state."""
    faults: set[str] = field(default_factory=set)
    """What is broken: ``silent``, ``error``, ``fault:level`` (POINT_FAULTS; LIES and REFUSALS of ``faults``)."""
    writes: list[AcceptedWrite] = field(default_factory=list)
    commands: dict[str, dict[int, Value]] = field(default_factory=dict)
    """Point name -> priority -> commanded value: its priority array."""
    on_write: Callable[[AcceptedWrite], None] | None = None
    """Told of each write."""

    def value(self, point: TemplatePoint) -> Value:
        """What the point shows now: the command of highest priority, else its value."""
        commands = self.commands.get(point.name)
        if commands:
            return commands[min(commands)]
        return self.values.get(point.name, default(point))

    def command(self, point: TemplatePoint, value: Value | None, priority: int | None) -> None:
        """Take over a write, or relinquish with None."""
        slot = LOWEST_PRIORITY if priority is None else priority
        self.writes.append(AcceptedWrite(point.name, value, slot))
        if self.on_write is not None:
            self.on_write(self.writes[-1])
        if self.has(point, "stuck"):
            return
        if point.bacnet.object_type not in COMMANDABLE:
            self.values |= {} if value is None else {point.name: value}
        elif value is None:
            self.commands.get(point.name, {}).pop(slot, None)
        else:
            self.commands.setdefault(point.name, {})[slot] = value

    def has(self, point: TemplatePoint, fault: str) -> bool:
        """Whether the point has this fault of its own."""
        return f"{fault}:{point.name}" in self.faults

    def writable(self, point: TemplatePoint) -> bool:
        """Outputs and values are; inputs only while out of service (clause 12.2.9)."""
        return point.bacnet.object_type in COMMANDABLE or self.has(point, "out-of-service")

    def point_faults(self) -> list[str]:
        """Every fault its points can have."""
        return [f"{fault}:{point.name}" for point in self.template.points for fault in sorted(POINT_FAULTS)]


def default(point: TemplatePoint) -> Value:
    """What a point shows that was never set."""
    states = point.bacnet.states
    if states:
        return states[0][1]
    if point.kind is Kind.BINARY:
        return False
    if point.kind is Kind.TEXT:
        return ""
    return 0.0 if point.low is None else max(point.low, 0.0)


def raw_of(point: TemplatePoint, value: Value) -> float | str:
    """The number or text on the wire for ``value``; raises ValueError when there is none."""
    source = point.bacnet
    if source.states:
        return _looked_up({name: number for number, name in source.states}, value)
    if isinstance(value, str):
        return value
    return (value - source.offset) / source.scale


def value_of(point: TemplatePoint, raw: float | str) -> Value:
    """The value a raw number or text means; inverse of ``raw_of``, raises ValueError."""
    source = point.bacnet
    if source.states:
        return _looked_up(dict(source.states), raw)
    if isinstance(raw, str):
        return raw
    return bool(raw) if point.kind is Kind.BINARY else raw * source.scale + source.offset


def _looked_up(table: Mapping[K, V], key: object) -> V:
    for known, found in table.items():
        if known == key:
            return found
    raise ValueError(key)
