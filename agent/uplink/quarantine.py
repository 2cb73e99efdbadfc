"""Events the broker will not take: put aside so that the queue moves on, told to headquarters, tried again later."""

import asyncio

import structlog

from agent.journal import Entry, Journal
from agent.uplink.delivery import Delivery
from drivers.points import PlantgateError
from runtime.clock import Clock
from runtime.complaints import Complaints, Tell
from runtime.supervisor import Backoff

log = structlog.get_logger()

RETRY_FIRST, RETRY_LONGEST = 300.0, 3600.0
"""Seconds a parked event waits before it is tried again."""
STRIKES = 3
"""Connections in a row that may break on the same event before it is taken for the cause."""
REMEMBERED = 1000
"""Parked events known by position; beyond that the memory starts anew."""


class Quarantine:
    """Decides which events are poison: declined ones, and ones on which the broker hangs up again and again."""

    def __init__(self, journal: Journal, clock: Clock, tell: Tell) -> None:
        """``tell`` makes an event of what was parked."""
        self._journal = journal
        self._clock = clock
        self._complaints = Complaints("uplink.parked", tell, clock)
        self._backoff = Backoff(RETRY_FIRST, RETRY_LONGEST)
        self._due = clock.real_now().mono
        self._tried = self._due
        self._known: set[int] = set()
        self._delivery: Delivery | None = None
        self._suspect: Entry | None = None
        self._strikes = 0

    def watch(self, delivery: Delivery) -> None:
        """What goes over the present connection."""
        self._delivery = delivery
        delivery.on_parked = self.parked
        # A new connection may be to a broker whose access rules were mended.
        self._due = min(self._due, self._tried + RETRY_FIRST)

    def ended(self, error: PlantgateError) -> None:
        """The connection ended so; a broker that hung up may have choked on what was under way."""
        entry = self._delivery.unconfirmed if self._delivery else None
        self._delivery = None
        if error.code != "uplink.closed" or entry is None:
            self._suspect, self._strikes = None, 0
            return
        again = self._suspect is not None and entry.position == self._suspect.position
        self._suspect, self._strikes = entry, self._strikes + 1 if again else 1

    async def judge(self) -> None:
        """Park the event on which connection after connection broke. Raises StoreError."""
        entry = self._suspect
        if entry is not None and (self._strikes >= STRIKES or entry.position in self._known):
            await self._journal.mark_refused([entry])
            self.parked(entry, "uplink.closed")
            self._suspect, self._strikes = None, 0

    def parked(self, entry: Entry, reason: str) -> None:
        """The broker declined this one for ``reason``."""
        log.error("uplink.parked", epoch=entry.epoch, seq=entry.seq, reason=reason, count=1)
        if entry.position in self._known:
            return
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known.add(entry.position)
        self._backoff.reset()
        self._due = self._clock.real_now().mono + self._backoff.next()
        # An event about the agent itself may be such a telling: telling of it too would never end.
        if entry.kind != "system":
            self._complaints.note(epoch=entry.epoch, seq=entry.seq, reason=reason)

    async def retry(self, work: asyncio.Event) -> None:
        """Put parked events back in the queue now and then, for ever. Raises StoreError."""
        while True:
            if self._clock.real_now().mono >= self._due:
                await self._journal.retry_refused()
                work.set()
                self._tried = self._clock.real_now().mono
                self._due = self._tried + self._backoff.next()
            await self._clock.real_sleep(RETRY_FIRST / 2)
