"""A unit on a link, made from a template."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.points import Point, Value
from drivers.templates.template import Template, TemplatePoint

PERIODS = {"fast": 1.0, "normal": 10.0, "slow": 300.0}
"""Seconds of each poll class where a device does not set its own."""


@dataclass(frozen=True, slots=True)
class Device:
    """A unit on a link, made from a template."""

    id: str
    link: str
    address: str
    """Unit number on Modbus, ``host:port/device-instance`` on BACnet."""
    template: Template
    """Its addresses are those of this device: ``offset`` is already in them."""
    timeout: float = 1.0
    """Total seconds one request may take."""
    polls: dict[str, float] = field(default_factory=dict)
    """Poll class -> period in seconds."""
    offset: int = 0
    """Modbus: how many registers after the template's own addresses this device lies."""
    identity: Mapping[str, Value] = field(default_factory=dict)
    """What its template's ``identity`` told when it was commissioned, by name; empty: nobody has recorded it."""

    def period(self, poll: str) -> float:
        """Seconds of the poll class ``poll``; raises KeyError for any other."""
        return self.polls.get(poll, PERIODS[poll])

    def point(self, name: str) -> Point:
        """The point of this device called ``name``; raises KeyError."""
        return self._point(self.template.point(name))

    def all_points(self) -> tuple[Point, ...]:
        """Every point of this device."""
        return tuple(self._point(candidate) for candidate in self.template.points)

    def point_ids(self) -> tuple[str, ...]:
        """The ids of its points; each is one string in the whole process, however often it is asked for."""
        return tuple(sys.intern(f"{self.id}.{source.name}") for source in self.template.points)

    def _point(self, source: TemplatePoint) -> Point:
        return Point(f"{self.id}.{source.name}", source.kind, source.unit, source.low, source.high, source.states)
