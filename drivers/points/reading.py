"""Points and their readings."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from drivers.points.instant import Instant
from drivers.points.quality import Quality, Reason
from drivers.points.units import NO_UNIT, Unit

Value = float | int | bool | str
"""What a point can hold. Enumerations travel as their name."""


class Kind(StrEnum):
    """What sort of value a point or a role has."""

    ANALOG = "analog"
    BINARY = "binary"
    ENUM = "enum"
    COUNTER = "counter"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a device."""

    id: str
    """``device.name``, such as ``booster.level``."""
    kind: Kind
    unit: Unit = NO_UNIT
    low: float | None = None
    """Smallest believable value in ``unit``; below it the reading is bad (range)."""
    high: float | None = None
    states: tuple[str, ...] = ()
    """The names an enum may take."""


class Reading(NamedTuple):
    """The value of one point at one moment. A bad reading has no value."""

    point: str
    value: Value | None
    quality: Quality
    reason: Reason
    sampled_at: Instant
