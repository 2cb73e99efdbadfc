"""The gateway as equipment of its own: its storage and its way to headquarters, as readings for rules and telemetry."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass

from agent.journal import Journal, JournalMaintenance, QueueStats
from agent.journal.journal import VOLATILE_ALLOWED
from agent.links.intake import ReadingSink
from agent.uplink.publisher import UplinkStatus
from config.plant import DAY, Plant
from drivers.points import Instant, Quality, Reading, Reason, Value
from runtime.clock import Clock
from runtime.errors import StoreError

LOOK_EVERY = 5.0
"""Seconds between two looks."""
RATE_OVER = 3600.0
"""Seconds over which the rate of events is measured."""
RATE_LEAST = 60.0
"""Seconds that must have been observed before there is a rate."""


@dataclass(frozen=True, slots=True)
class QueueFill:
    """How full the queue towards headquarters is."""

    queue: int
    """Events not acknowledged by every consumer; without consumers or without a disk, not confirmed by the broker."""
    queue_used: float
    """Per cent of what the journal may hold: on the disk by its size, without one so many events in memory."""
    queue_age: float
    """Seconds since the oldest unsent event was committed; 0 when all are sent."""
    queue_rate: float | None
    """Events an hour; None while not observed for long enough."""
    days_left: float | None
    """At that rate, if nothing is acknowledged; None without a rate."""


class Rate:
    """Events an hour, from the head of the journal as it was seen."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._seen: deque[tuple[float, int]] = deque()
        self._epoch = ""

    def see(self, epoch: str, head: int, at: Instant) -> float | None:
        """The rate now; a new epoch begins to count anew."""
        if epoch != self._epoch:
            self._seen.clear()
            self._epoch = epoch
        self._seen.append((at.mono, head))
        while at.mono - self._seen[0][0] > RATE_OVER:
            self._seen.popleft()
        since, first = self._seen[0]
        return None if at.mono - since < RATE_LEAST else (head - first) * 3600.0 / (at.mono - since)


class SelfMonitoring:
    """Looks at journal and uplink now and then."""

    def __init__(
        self,
        plant: Callable[[], Plant],
        journal: Journal,
        keeper: JournalMaintenance,
        uplink: Callable[[], UplinkStatus],
        sink: ReadingSink,
        clock: Clock,
    ) -> None:
        """``plant`` is the one that runs now; ``keeper`` that of ``journal``; ``uplink`` how the connection is."""
        self.queue: QueueFill | None = None
        """As of the last look; None before the first."""
        self._plant = plant
        self._journal = journal
        self._keeper = keeper
        self._uplink = uplink
        self._sink = sink
        self._clock = clock
        self._rate = Rate()

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await self.look()
            await self._clock.real_sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Deliver how it is now."""
        name, at, uplink = self._plant().gateway, self._clock.now(), self._uplink()
        consumers = self._plant().uplink.consumers
        values: dict[str, Value | None] = {"online": uplink.connected, "clock_trusted": at.trusted}
        values["storage"] = self._keeper.storage
        if uplink.certificate_until is not None:
            values["certificate_left"] = (uplink.certificate_until - at.wall) / DAY
        try:
            self.queue = self._measured(await self._journal.stats(consumers), bool(consumers))
        except StoreError:
            values |= dict.fromkeys(("queue", "queue_used", "queue_age", "queue_rate", "days_left"))
        else:
            values |= asdict(self.queue)
        self._sink.deliver([_reading(f"{name}.{role}", value, at) for role, value in values.items()])

    def _measured(self, stats: QueueStats, proven: bool) -> QueueFill:
        at = self._clock.real_now()
        if self._journal.durable:
            capacity = self._plant().storage.size / stats.event_bytes
            waiting = stats.unsettled if proven else stats.unsent
        else:
            # Memory gives up first what a broker has, and knows nothing of what was acknowledged before.
            capacity, waiting = VOLATILE_ALLOWED, stats.unsent
        age = 0.0 if stats.oldest_unsent is None else max(0.0, at.wall - stats.oldest_unsent)
        rate = self._rate.see(stats.epoch, stats.head, at)
        days = (capacity - waiting) / (rate * 24) if rate else None
        return QueueFill(waiting, 100.0 * waiting / capacity, age, rate, days)


def _reading(point: str, value: Value | None, at: Instant) -> Reading:
    if value is None:
        return Reading(point, None, Quality.BAD, Reason.NEVER_READ, at)
    return Reading(point, value, Quality.GOOD, Reason.NONE, at)
