"""What ``plantgate watch`` asks the daemon: points by the names people use, with value, quality and age."""

from collections.abc import Callable, Iterator

from agent.api import requests
from agent.api.api import Handlers
from agent.links.device import ONLINE
from agent.loop.image import Image
from config.plant import Plant
from drivers.points import Reading
from rules.people import Person
from rules.suggest import nearest
from runtime.clock import Clock
from runtime.errors import AgentError


class WatchApi:
    """Answers ``watch``."""

    def __init__(self, plant: Callable[[], Plant], image: Image, clock: Clock) -> None:
        """``plant`` gives the one that runs now."""
        self._plant = plant
        self._image = image
        self._clock = clock

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {requests.Watch: self.watch}

    async def watch(self, who: Person, asked: requests.Watch) -> list[dict[str, object]]:
        """The latest of each point of the names (devices, links, equipment, points), or of all.

        Raises AgentError for a name that nothing has.
        """
        plant = self._plant()
        units = {point.id: point.unit.symbol for device in plant.devices for point in device.all_points()}
        return [
            self._plain(reading, units.get(reading.point, "")) for reading in self._readings(plant, asked.names.split())
        ]

    def _readings(self, plant: Plant, names: list[str]) -> Iterator[Reading]:
        known = {reading.point: reading for reading in self._image.readings()}
        if not names:
            yield from known.values()
        for point in dict.fromkeys(point for name in names for point in points_named(plant, name)):
            if point in known:
                yield known[point]

    def _plain(self, reading: Reading, unit: str) -> dict[str, object]:
        return {
            "point": reading.point,
            "value": reading.value,
            "unit": unit,
            "quality": reading.quality.name.lower(),
            "reason": reading.reason.value,
            "age": round(max(0.0, self._clock.now().since(reading.sampled_at)), 1),
            "sampled_at": reading.sampled_at.wall,
        }


def points_named(plant: Plant, name: str) -> tuple[str, ...]:
    """The points of the device, link or equipment ``name``, or the point itself; raises AgentError (watch.unknown)."""
    for device in plant.devices:
        points = (*device.point_ids(), f"{device.id}.{ONLINE}")
        if name == device.id:
            return points
        if name in points:
            return (name,)
    for link in plant.links:
        if name in (link.id, f"{link.id}.{ONLINE}"):
            return (f"{link.id}.{ONLINE}",)
    for equipment in plant.equipment:
        if name == equipment.id:
            return tuple(binding.point for binding in equipment.roles.values())
    raise AgentError("watch.unknown", name=name, nearest=nearest(name, _names(plant)) or "-")


def _names(plant: Plant) -> list[str]:
    """Everything that can be watched."""
    equipment = [one.id for one in plant.equipment]
    points = [point for device in plant.devices for point in device.point_ids()]
    return [*(device.id for device in plant.devices), *(link.id for link in plant.links), *equipment, *points]
