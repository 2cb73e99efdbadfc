"""Whether a device is worth asking: closed (ask), open (leave it alone for a while), half-open (ask once).

A line that loses some frames is no reason to leave a device alone: what counts is how often it answers. How much of a
shared bus the silence of all its devices may take is ``agent.links.silence``.
"""

import math
from enum import StrEnum

from runtime.supervisor import Backoff

UNHEARD, FEWEST, MOST = 2, 3, 6
"""Consecutive requests without answer after which a device is offline: of one that never answered; of one that always
did, where the second repeats the first and the third asks for as little as possible; and of any."""
CHANCE = 1e-4
"""A run of silences as unlikely as this is not taken for the line's losses."""
TRUSTED_LOSS = 0.15
"""Share of requests a device may leave without answer and still be polled as if it did not."""
FIRST = 5.0
"""First pause in seconds before an offline device is asked again, or two of its timeouts if that is longer."""
CAP = 60.0
"""Longest pause in seconds: what was mended is seen within a minute."""
ALONE_FIRST = 2.0
"""First pause in timeouts of a device for which nobody else has to wait."""
ALONE_CAP = 30.0

_WEIGHT = 1 / 64
"""Of the latest request in the share of losses: what a device did some hundred requests ago is forgotten."""


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
        self.heard = False
        """Whether it ever answered."""
        self.loss = 0.0
        """Share of its requests that brought nothing while it was there."""
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
        """Whether it answered nothing to the last request."""
        return self.failures > 0

    @property
    def trusted(self) -> bool:
        """Whether it answers so often that a silence is the line's loss until a second one follows."""
        return self.heard and self.loss <= TRUSTED_LOSS

    @property
    def forgives(self) -> bool:
        """Whether the next silence counts as a loss of the line, after which the same is asked again at once."""
        return self.closed and self.trusted and not self.silent

    @property
    def doubtful(self) -> bool:
        """Whether it is silent and answered so well before that it is asked again without regard to the others."""
        return self.closed and self.trusted

    @property
    def holds(self) -> bool:
        """Whether it has to show that it is there before it is polled again."""
        return not self.closed or self.failures > self.trusted

    @property
    def allowed(self) -> int:
        """Consecutive silences after which it is offline: as many as the losses so far hardly ever bring together."""
        if not self.heard:
            return UNHEARD
        return min(MOST, max(FEWEST, math.ceil(math.log(CHANCE) / math.log(min(max(self.loss, CHANCE), 0.9)))))

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
        self.heard = True
        if self.closed:
            self._learn()
            self.loss -= self.loss * _WEIGHT
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
        went_offline = self.closed and self.failures >= self.allowed
        if went_offline:
            self._learn()
        if went_offline or not self.closed:
            self.state = BreakerState.OPEN
            self.retry_at = now + self._backoff.next() * scale
        else:
            self.retry_at = now + self._quiet * scale
        return went_offline

    def _learn(self) -> None:
        """Take the silences of the run that is over into the share of losses."""
        for _ in range(self.failures):
            self.loss += (1 - self.loss) * _WEIGHT


def breaker_for(timeout: float, *, alone: bool) -> Breaker:
    """The breaker of a device with this request timeout, ``alone`` on its link or sharing it."""
    first = timeout * ALONE_FIRST if alone else max(FIRST, 2 * timeout)
    return Breaker(Backoff(first, max(first, ALONE_CAP if alone else CAP)), quiet=timeout)
