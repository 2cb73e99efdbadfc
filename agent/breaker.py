"""Whether a device is worth asking: closed (ask), open (leave it alone for a while), half-open (ask once).

A dead unit may cost its bus at most 5 % of the time, so it is probed at most once in twenty of its timeouts.
"""

from enum import StrEnum

from agent.supervisor import Backoff

FAILURES_ALLOWED = 2
"""Consecutive requests without answer after which a device is offline."""
SHARED_BUS_FIRST = 40.0
"""First pause in timeouts of the device; the jitter makes it 20 to 40, so a probe takes 5 % of the bus or less."""
SHARED_BUS_CAP = 120.0
"""Longest pause in seconds, unless forty timeouts are longer."""
OWN_BUS_FIRST = 2.0
"""First pause in timeouts of a device that is alone on its link: nobody else waits."""
OWN_BUS_CAP = 30.0


class BreakerState(StrEnum):
    """What the next request to the device means."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """The breaker of one device; told of every outcome, asked before every request."""

    def __init__(self, backoff: Backoff) -> None:
        """Closed: a device is believed to be there until it does not answer."""
        self.state = BreakerState.CLOSED
        self.retry_at = 0.0
        """Monotonic second of the next probe, while open."""
        self._backoff = backoff
        self._failures = 0

    @property
    def closed(self) -> bool:
        """Whether ordinary polls may go out."""
        return self.state is BreakerState.CLOSED

    @property
    def open(self) -> bool:
        """Whether nothing goes out until ``retry_at``."""
        return self.state is BreakerState.OPEN

    @property
    def probing(self) -> bool:
        """Whether the one request that tells is under way."""
        return self.state is BreakerState.HALF_OPEN

    def probe(self) -> None:
        """The next request is the one that tells."""
        self.state = BreakerState.HALF_OPEN

    def abandon(self) -> None:
        """The probe was broken off; it is due again."""
        if self.probing:
            self.state = BreakerState.OPEN

    def answered(self) -> bool:
        """Note an answer, an exception included; returns whether the device came back with it."""
        returned = not self.closed
        self.reset()
        return returned

    def reset(self) -> None:
        """Forget every failure, as when the wire itself was gone: nothing is known about the device."""
        self.state = BreakerState.CLOSED
        self._failures = 0
        self._backoff.reset()

    def failed(self, now: float, scale: float = 1.0) -> bool:
        """Note silence at monotonic ``now``; returns whether the device went offline with it.

        ``scale`` is engine seconds per real second: the device outside does not run faster in a simulation.
        """
        self._failures += 1
        went_offline = self.closed and self._failures >= FAILURES_ALLOWED
        if went_offline or not self.closed:
            self.state = BreakerState.OPEN
            self.retry_at = now + self._backoff.next() * scale
        return went_offline


def breaker_for(timeout: float, *, alone: bool) -> Breaker:
    """The breaker of a device with this request timeout, ``alone`` on its link or sharing it."""
    first = timeout * (OWN_BUS_FIRST if alone else SHARED_BUS_FIRST)
    return Breaker(Backoff(first, max(first, OWN_BUS_CAP if alone else SHARED_BUS_CAP)))
