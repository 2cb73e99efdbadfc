"""Every link at run time; exchanged one by one when the site changes. Each takes the commands for its own devices."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from agent.links.intake import ReadingSink
from agent.links.recognition import Recognised
from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from config.difference import PartDifference
from config.plant import Plant
from drivers.links import driver_for
from drivers.templates import Device
from runtime.clock import Clock
from runtime.supervisor import NamedTasks, crew


def points_of(devices: Iterable[Device]) -> Iterator[str]:
    """Every point these devices bring."""
    return (point for device in devices for point in device.point_ids())


class Links:
    """Owns the link tasks; a link that did not change keeps its task, its connection and its counts."""

    def __init__(self, plant: Plant, clock: Clock, sink: ReadingSink, recognised: Recognised = lambda *_: None) -> None:
        """Plan every link of ``plant``; ``recognised`` hears who answers as a device. Nothing is opened yet."""
        self._recognised = recognised
        self._clock = clock
        self._sink = sink
        self._crew: NamedTasks | None = None
        self.tasks = [self._task(plant, link.id) for link in plant.links]
        """In the order of the site; the same list for good, so that whoever has it has the links of this moment."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run every link beside the body."""
        async with crew() as self._crew:
            for task in self.tasks:
                self._start(task)
            yield

    def prepare(self, plant: Plant, part: PartDifference) -> dict[str, LinkTask]:
        """New tasks, not running, for the links of ``plant`` that are new or changed; raises LinkError."""
        return {link: self._task(plant, link) for link in (*part.added, *part.changed)}

    async def change(self, plant: Plant, part: PartDifference, prepared: dict[str, LinkTask]) -> None:
        """Go over to the links of ``plant``. From now on those take the commands; the old ones answer theirs."""
        kept = {task.id: task for task in self.tasks} | prepared
        self.tasks[:] = [kept[link.id] for link in plant.links]
        if self._crew is None:
            return
        # A serial port must be let go of before it can be opened anew.
        await self._crew.stop(*(f"link {link}" for link in (*part.removed, *part.changed)))
        for task in prepared.values():
            self._start(task)

    def _start(self, task: LinkTask) -> None:
        if self._crew is not None:
            self._crew.start(f"link {task.id}", task.run())

    def _task(self, plant: Plant, name: str) -> LinkTask:
        link = next(link for link in plant.links if link.id == name)
        devices = [device for device in plant.devices if device.link == name]
        driver = driver_for(link.url, devices)
        return LinkTask(LinkSetup(name, driver, devices, self._clock, self._sink, self._recognised))
