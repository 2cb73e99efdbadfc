"""How much of the backlog may be under way at once: so much that a live event never waits behind more.

A broker confirms faster than headquarters stores, and keeps what lies between in a queue in which a live event comes
last. So the backlog follows what consumers acknowledge, and not what the broker confirms.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.journal import Entry
from drivers.points import Instant
from headquarters.contract.protocol import Ack

WINDOW = 100
"""Events of the past under way to a consumer at once: three gateways that empty theirs together, and what their
consumer takes in meanwhile, keep less than 500 before a live event."""
SILENT = 3.0
"""Seconds after which a consumer that owes an acknowledgement is not waited for beside one that lives: it is dead, or
busy, or what it waits for was lost on the way."""
PATIENT = 12.0
"""Seconds that grow to with each silence that follows another."""
PROBE = 10
"""Events that whoever is silent gets then: enough to answer to, and few enough that live events still pass when it was
only busy."""


@dataclass(slots=True)
class Flight:
    """What is under way to one consumer."""

    events: deque[tuple[str, int, bool]] = field(default_factory=deque)
    """Epoch and seq, and whether it was asked for again."""
    since: float = 0.0
    """Monotonic second at which one of them was acknowledged last, or at which the first of them left."""
    live: bool = False
    """Whether it acknowledges over this connection what is sent to it."""
    patience: float = SILENT
    """Seconds of silence after which it gets a probe."""

    def silent(self, at: Instant) -> None:
        """Give up the oldest of what it owes, so that there is room for a probe."""
        self.since, self.patience = at.mono, min(2 * self.patience, PATIENT)
        self.live = False
        for _ in range(min(PROBE, len(self.events))):
            self.events.popleft()


class SendWindow:
    """Counts what is under way over one connection."""

    def __init__(self, consumers: Iterable[str]) -> None:
        """Without ``consumers`` nobody acknowledges, and there is always room."""
        self._flights = {consumer: Flight() for consumer in consumers}

    def sent(self, entries: Sequence[Entry], at: Instant, *, again: bool = False) -> None:
        """These left; ``again`` because somebody asked for them."""
        for flight in self._flights.values():
            if not flight.events:
                flight.since = at.mono
            flight.events.extend((entry.epoch, entry.seq, again) for entry in entries)

    def heard(self, ack: Ack, at: Instant) -> None:
        """A consumer acknowledged: what it has, and what was lost on the way before that, is not under way any more."""
        flight = self._flights.get(ack.consumer)
        if flight is None:
            return
        before, past = len(flight.events), max(ack.seq, ack.past)
        told = [epoch == ack.epoch and seq <= (ack.seq if again else past) for epoch, seq, again in flight.events]
        last = max((place for place, is_told in enumerate(told) if is_told), default=-1)
        # What left before it, under another epoch too, came or was lost: a broker keeps the order.
        flight.events = deque(
            one for place, one in enumerate(flight.events) if not told[place] and (one[2] or place > last)
        )
        if len(flight.events) < before:
            flight.since, flight.patience = at.mono, SILENT
        flight.live = True

    def room(self, at: Instant) -> int:
        """How many more may leave now: as many as the slowest consumer that is alive has room for."""
        for flight in self._flights.values():
            if flight.events and at.mono >= flight.since + flight.patience:
                flight.silent(at)
        return min((WINDOW - len(flight.events) for flight in self._counted()), default=WINDOW)

    def wait(self, at: Instant) -> float:
        """Seconds until there is room even if nobody says a word."""
        return max(
            (flight.since + flight.patience - at.mono for flight in self._counted() if flight.events), default=0.0
        )

    def _counted(self) -> list[Flight]:
        """The consumers that are alive; all of them as long as none is."""
        flights = [*self._flights.values()]
        return [flight for flight in flights if flight.live] or flights
