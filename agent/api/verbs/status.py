"""What ``plantgate status`` shows: one look over every part of the running daemon, as JSON values."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agent.journal import Journal, JournalMaintenance
from agent.links.task import LinkTask
from agent.loop.committer import Committer
from agent.loop.hand_clock import HandClock
from agent.loop.image import Image
from agent.self_monitoring import SelfMonitoring
from agent.uplink.publisher import Publisher
from config.plant import Plant
from drivers.points import Instant
from runtime.clock import Clock
from runtime.errors import StoreError
from runtime.version import program_version


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that has something to say about how it is."""

    plant: Callable[[], Plant]
    """The one that runs now."""
    clock: Clock
    journal: Journal
    committer: Committer
    keeper: JournalMaintenance
    image: Image
    links: Sequence[LinkTask]
    publisher: Callable[[], Publisher]
    gateway: SelfMonitoring
    hand_clock: HandClock
    steps: Callable[[], int]
    """How often the engine was asked since the start."""
    api: Callable[[], dict[str, int]]
    """How many requests were refused or failed."""


class StatusApi:
    """Answers ``status``."""

    def __init__(self, parts: Parts) -> None:
        """Uptime counts from here."""
        self._parts = parts
        self._since = parts.clock.real_now()

    async def status(self, alarms: int, orders: int) -> dict[str, Any]:
        """The whole picture; ``alarms`` and ``orders`` are how many are open."""
        parts, now = self._parts, self._parts.clock.real_now()
        plant = parts.plant()
        return {
            "version": program_version(),
            "site": plant.site.id,
            "gateway": plant.gateway,
            "fingerprint": plant.fingerprint,
            "directory": str(plant.directory.absolute()),
            "uptime": round(now.since(self._since), 1),
            "clock": self._clock(now),
            "degraded": parts.committer.degraded,
            "store": parts.committer.plain() | parts.keeper.plain(),
            "steps": parts.steps(),
            "requests": parts.api(),
            "people": len(plant.people.members) if plant.people else None,
            "links": {link.id: link.plain() for link in parts.links},
            "points": parts.image.counts(),
            "queue": await self._queue(),
            "uplink": self._uplink(),
            "alarms": alarms,
            "orders": orders,
            "unarmed": {name: [finding.code for finding in found] for name, found in plant.unarmed.items()},
            "unscheduled": list(plant.safety.unscheduled),
            "without": [list(one) for one in plant.safety.without],
        }

    def _clock(self, now: Instant) -> dict[str, Any]:
        told = {"wall": now.wall, "trusted": now.trusted, "by_hand": now.by_hand, "speed": self._parts.clock.speed}
        return told | {"zone": self._parts.plant().site.timezone} | self._parts.hand_clock.plain()

    async def _queue(self) -> dict[str, Any]:
        consumers = self._parts.plant().uplink.consumers
        try:
            stats = asdict(await self._parts.journal.stats(consumers))
        except StoreError as error:
            # A status that fails with the store would hide why: say what is known without it.
            return {"epoch": self._parts.journal.epoch.id, "head": self._parts.journal.head, "error": error.code}
        measured = self._parts.gateway.queue
        return {**stats, "proven": bool(consumers), **(asdict(measured) if measured else {})}

    def _uplink(self) -> dict[str, Any]:
        return {"broker": self._parts.plant().uplink.broker, **asdict(self._parts.publisher().status())}
