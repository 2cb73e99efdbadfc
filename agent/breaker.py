"""Whether a device is worth asking: closed (ask), open (leave it alone for a while), half-open (ask once).

How much of a shared bus the silence of all its devices may take is ``agent.link.silence``.
"""

from enum import StrEnum

from agent.supervisor import Backoff

FAILURES_ALLOWED = 2
"""Consecutive requests without answer after which a device is offline."""
FIRST = 5.0
"""First pause in seconds before an offline device is asked again, or two of its timeouts if that is longer."""
CAP = 60.0
"""Longest pause in seconds: what was mended is seen within a minute."""
ALONE_FIRST = 2.0
"""First pause in timeouts of a device for which nobody else has to wait."""
ALONE_CAP = 30.0


class BreakerState(StrEnum):
    """What the next request to the device means."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """The breaker of one device; told of every outcome, asked before every request."""

    def __init__(self, backoff: Backoff, quiet: float = 0.0) -> None:
        """Closed: a device is believed to be there until it does not answer.

        ``quiet`` seconds after a silence the device is asked nothing: its late answer would be taken for the next one.
        """
        self.state = BreakerState.CLOSED
        self.retry_at = 0.0
        """Monotonic second from which it may be asked whether it is there, after a silence."""
        self.failures = 0
        """Silences since the last answer."""
        self._backoff = backoff
        self._quiet = quiet

    @property
    def closed(self) -> bool:
        """Whether the device counts as being there."""
        return self.state is BreakerState.CLOSED

    @property
    def open(self) -> bool:
        """Whether the device counts as gone and is not being asked."""
        return self.state is BreakerState.OPEN

    @property
    def silent(self) -> bool:
        """Whether it answered nothing to the last request: first it has to show that it is there."""
        return self.failures > 0

    def probe(self) -> None:
        """The next request is the one that tells; a device in doubt stays closed meanwhile."""
        if self.open:
            self.state = BreakerState.HALF_OPEN

    def abandon(self) -> None:
        """The probe was broken off; it is due again."""
        if self.state is BreakerState.HALF_OPEN:
            self.state = BreakerState.OPEN

    def answered(self) -> bool:
        """Note an answer, an exception included; returns whether the device was silent before."""
        returned = self.silent
        self.reset()
        return returned

    def reset(self) -> None:
        """Forget every failure, as when the wire itself was gone: nothing is known about the device."""
        self.state = BreakerState.CLOSED
        self.failures = 0
        self._backoff.reset()

    def failed(self, now: float, scale: float = 1.0) -> bool:
        """Note silence at monotonic ``now``; returns whether the device went offline with it.

        ``scale`` is engine seconds per real second: the device outside does not run faster in a simulation.
        """
        self.failures += 1
        went_offline = self.closed and self.failures >= FAILURES_ALLOWED
        if went_offline or not self.closed:
            self.state = BreakerState.OPEN
            self.retry_at = now + self._backoff.next() * scale
        else:
            self.retry_at = now + self._quiet * scale
        return went_offline


def breaker_for(timeout: float, *, alone: bool) -> Breaker:
    """The breaker of a device with this request timeout, ``alone`` on its link or sharing it."""
    first = timeout * ALONE_FIRST if alone else max(FIRST, 2 * timeout)
    return Breaker(Backoff(first, max(first, ALONE_CAP if alone else CAP)), quiet=timeout)
