"""Whether a point can play a role, and which classes a device can be by its points alone."""

from collections.abc import Iterable, Mapping

from drivers.points import Point
from drivers.templates import Device
from rules.model import EquipmentClass, Role


def misfit(role: Role, point: Point) -> tuple[str, dict[str, str]] | None:
    """Why ``point`` cannot play ``role``: message code and arguments; None when it can."""
    if role.kind is not point.kind:
        return "equipment.kind", {"role": role.name, "wanted": role.kind.value, "found": point.kind.value}
    if not point.unit.converts_to(role.unit):
        return "equipment.unit", {
            "role": role.name,
            "wanted": role.unit.symbol or "1",
            "found": point.unit.symbol or "1",
        }
    if foreign := [state for state in point.states if state not in role.states]:
        return "equipment.states", {
            "role": role.name,
            "foreign": ", ".join(foreign),
            "known": ", ".join(role.states),
        }
    return None


def playable(device: Device, classes: Iterable[EquipmentClass]) -> list[str]:
    """The classes its template offers, and those for all of whose required roles it has points of the same name."""
    offered = {offer.cls for offer in device.template.offers}
    points = {point.name: device.point(point.name) for point in device.template.points}
    return [one.id for one in classes if one.id in offered or _plays(one, points)]


def _plays(one: EquipmentClass, points: Mapping[str, Point]) -> bool:
    required = [(role, points.get(role.name)) for role in one.roles.values() if role.required]
    return bool(required) and all(point is not None and misfit(role, point) is None for role, point in required)
