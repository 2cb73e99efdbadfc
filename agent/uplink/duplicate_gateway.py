"""Whether somebody else is there under our name: a cloned card, a second box with our configuration, a forger."""

from collections import deque

import structlog

from drivers.points import Instant
from headquarters.contract import protocol
from headquarters.contract.protocol import Birth
from runtime.clock import Clock
from runtime.complaints import Complaints, Tell

log = structlog.get_logger()

REMEMBERED = 16
"""Births of ours that may still be under way."""
SUSPECTED_FOR = 600.0
"""Seconds after a foreign birth in which a closed connection is put down to its author."""


class DuplicateGateway:
    """Looks at every birth in our name. Two gateways of one name throw each other out of the broker by turns."""

    def __init__(self, clock: Clock, tell: Tell) -> None:
        """``tell`` makes an event of a twin."""
        self._clock = clock
        self._complaints = Complaints("uplink.twin", tell, clock)
        self._ours: deque[bytes] = deque(maxlen=REMEMBERED)
        self._latest = self._before = float("inf")
        self._seen: Instant | None = None

    def born(self, birth: Birth) -> None:
        """Remember a birth of ours."""
        self._ours.append(protocol.encode(birth))
        self._before, self._latest = self._latest, birth.at

    def heard(self, payload: bytes, *, retained: bool) -> None:
        """A birth in our name was published, or ``retained`` from before this connection. Raises WireError.

        One older than our last is a broker's memory of a former life of ours.
        """
        if payload in self._ours:
            return
        birth = protocol.decode(payload, Birth)
        if birth.at > (self._before if retained else self._latest):
            self._seen = self._clock.real_now()
            log.error("uplink.twin", epoch=birth.epoch, version=birth.version, count=1)
            self._complaints.note(epoch=birth.epoch, version=birth.version)

    def suspected(self) -> bool:
        """Whether a twin was there lately."""
        return self._seen is not None and self._clock.real_now().since(self._seen) < SUSPECTED_FOR
