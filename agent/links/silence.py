"""What silence may cost a bus whose devices take turns, all silent devices together. Pure; told the time.

A wait in vain is paid for: SHARE of the time may go to silence, so each second of it forbids the next for 33 seconds.
"""

from collections.abc import Iterable

from agent.links.device_statistics import KNOWN, Latencies

SHARE = 0.03
"""Of the time of a bus for asking silent devices; with what it takes to find out that they are, it stays below 5 %."""
RESERVE = 2.0
"""Seconds of silence a bus may take at once after a quiet time."""
LONGEST_PAUSE = 60.0
"""Seconds after which somebody is asked again when many devices fell silent at once, unless one wait costs more."""
_MARGIN = 3.0
"""A device that is there answers within so many times its 99th percentile."""
_LEAST = 0.2
"""Seconds a probe waits at least: a busy box must not take its own delay for silence."""
_FULL_EACH = 8
"""Each so many probes a device gets its whole timeout: it may have become slower."""


class SilenceBudget:
    """The account of one bus: charged with every wait in vain, asked before the next."""

    def __init__(self, scale: float = 1.0) -> None:
        """Full; ``scale`` is engine seconds per real second."""
        self._scale = scale
        self._wait = 0.0
        """Seconds of the last wait, with what followed of it."""
        self._paid_at = float("-inf")
        """When everything charged so far has been earned back."""

    def charge(self, seconds: float, now: float, *, more: bool = False) -> None:
        """Note that silence took ``seconds`` of real time until monotonic ``now``; ``more`` of the last wait."""
        self._wait = seconds + (self._wait if more else 0.0)
        price = seconds / SHARE
        longest = RESERVE / SHARE + max(self._wait / SHARE, LONGEST_PAUSE)
        self._paid_at = min(max(self._paid_at, now) + price * self._scale, now + longest * self._scale)

    @property
    def free_at(self) -> float:
        """The monotonic second from which another wait in vain can be afforded."""
        return self._paid_at - RESERVE / SHARE * self._scale


def patience(timeout: float, own: Latencies, others: Iterable[Latencies]) -> float:
    """How long an answer may take before others are asked instead of waiting on.

    Three times what the device needs for 99 of 100 answers; of one hardly heard yet, what the slowest of its
    neighbours needs; the whole ``timeout`` where nothing is known.
    """
    known = [own] if own.known else [latencies for latencies in others if latencies.count]
    if sum(latencies.count for latencies in known) < KNOWN:
        return timeout
    return min(timeout, max(_LEAST, _MARGIN * max(latencies.usual for latencies in known)))


def probe_seconds(timeout: float, own: Latencies, others: Iterable[Latencies], asked: int) -> float:
    """How long a probe may wait, after ``asked`` others in vain: each eighth time the whole ``timeout``."""
    return timeout if asked % _FULL_EACH == _FULL_EACH - 1 else patience(timeout, own, others)
