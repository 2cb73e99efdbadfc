"""What a link counts about each device, for ``status`` and for the time a probe may take. Bounded in memory."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from drivers.contract import DriverError, NoAnswer, Refused
from drivers.points import Reason

KNOWN = 20
"""Answers from which on percentiles mean something."""
_WIDTH = math.log(1.05)
"""Each bucket of latencies is 5 % wider than the one before."""
_SHORTEST = 1e-4
"""Seconds; shorter answers count as this long."""
_MOST = 4096
"""Answers after which the old ones count half: percentiles follow what a device does now."""
_WINDOW = 60.0
"""Seconds over which the load of a bus is averaged."""


class Latencies:
    """How long answers took, in seconds: a histogram with logarithmic buckets, so percentiles are 5 % exact."""

    def __init__(self) -> None:
        """Nothing measured yet."""
        self.count = 0
        self._buckets: dict[int, int] = {}
        self._usual, self._counted = 0.0, 0

    @property
    def known(self) -> bool:
        """Whether enough was measured for a percentile to mean something."""
        return self.count >= KNOWN

    @property
    def usual(self) -> float:
        """The 99th percentile, up to so many answers old as it takes to notice a change: it is asked for each poll."""
        if abs(self.count - self._counted) >= KNOWN or not self._counted:
            self._usual, self._counted = self.percentile(99), self.count
        return self._usual

    def add(self, seconds: float) -> None:
        """Count one answer."""
        bucket = round(math.log(max(seconds, _SHORTEST) / _SHORTEST) / _WIDTH)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count += 1
        if self.count >= _MOST:
            self._buckets = {bucket: count // 2 for bucket, count in self._buckets.items() if count > 1}
            self.count = sum(self._buckets.values())

    def merge(self, other: "Latencies") -> None:
        """Count the answers of ``other`` too."""
        for bucket, count in other._buckets.items():
            self._buckets[bucket] = self._buckets.get(bucket, 0) + count
        self.count += other.count

    def percentile(self, percent: float) -> float:
        """The time within which ``percent`` of the answers came; 0 without any."""
        wanted, seen = self.count * percent / 100, 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return _SHORTEST * math.exp(bucket * _WIDTH)
        return 0.0


class BusyTime:
    """Which share of the last minute a wire was taken, in monotonic seconds of the world outside."""

    def __init__(self, start: float) -> None:
        """Idle at ``start``."""
        self._first = self._begin = start
        self._before = self._current = 0.0

    def add(self, seconds: float, now: float) -> None:
        """Note ``seconds`` that ended ``now``."""
        self._turn(now)
        self._current += seconds

    def share(self, now: float) -> float:
        """From 0 to 1: the minute under way and what the one before has in common with the last minute."""
        self._turn(now)
        fading = self._before * (1 - (now - self._begin) / _WINDOW)
        return min(1.0, (fading + self._current) / max(1e-9, min(_WINDOW, now - self._first)))

    def _turn(self, now: float) -> None:
        passed = int((now - self._begin) // _WINDOW)
        if passed > 0:
            self._before = self._current if passed == 1 else 0.0
            self._current = 0.0
            self._begin += passed * _WINDOW


@dataclass(slots=True)
class DeviceStatistics:
    """Counts since the start of the process."""

    busy: BusyTime
    requests: int = 0
    """Polls and probes, without those under which the wire was lost."""
    good: int = 0
    timeouts: int = 0
    garbled: int = 0
    """Answers that were none: another unit, a wrong size, noise."""
    exceptions: int = 0
    polls: int = 0
    late_polls: int = 0
    """Polls that were not over before their next due moment."""
    missed_polls: int = 0
    """Due moments that passed while an earlier poll was still waiting or being served."""
    last_error: DriverError | None = None
    latency: float = 0.0
    """Seconds the last answer took, in the world outside."""
    latencies: Latencies = field(default_factory=Latencies)

    def answered(self, seconds: float) -> None:
        """Count a good answer."""
        self.requests += 1
        self.good += 1
        self.latency = seconds
        self.latencies.add(seconds)

    def made_no_sense(self, points: str) -> None:
        """Count as garbled what had been counted as good: ``points`` of it could not be understood."""
        self.good -= 1
        self.garbled += 1
        self.last_error = NoAnswer("link.odd-value", reason=Reason.DECODE, points=points)

    def failed(self, error: NoAnswer | Refused) -> None:
        """Count what came instead of a good answer."""
        self.last_error = error
        self.requests += 1
        if isinstance(error, Refused):
            self.exceptions += 1
        elif error.reason is Reason.DECODE:
            self.garbled += 1
        else:
            self.timeouts += 1

    def polled(self, missed: int) -> None:
        """Count a poll that is over, and the due moments it missed."""
        self.polls += 1
        self.late_polls += missed > 0
        self.missed_polls += missed

    def plain(self, now: float) -> dict[str, object]:
        """As JSON values; latencies in milliseconds, shares from 0 to 1."""
        return {
            **plain_counts([self]),
            "last_error": plain_error(self.last_error),
            "latency_ms": _milliseconds(self.latency),
            "load": round(self.busy.share(now), 4),
        }


_COUNTS = ("requests", "good", "timeouts", "garbled", "exceptions", "polls", "late_polls", "missed_polls")


def plain_counts(devices: Sequence[DeviceStatistics]) -> dict[str, object]:
    """The counts of ``devices`` together, and the percentiles of all their answers in milliseconds."""
    latencies = Latencies()
    for device in devices:
        latencies.merge(device.latencies)
    return {
        **{name: sum(getattr(device, name) for device in devices) for name in _COUNTS},
        "latency_p50_ms": _milliseconds(latencies.percentile(50)),
        "latency_p99_ms": _milliseconds(latencies.percentile(99)),
    }


def plain_error(error: DriverError | None) -> dict[str, object] | None:
    """Code and arguments, from which everybody makes a sentence in their own language."""
    if error is None:
        return None
    return {"code": error.code, "arguments": {key: str(value) for key, value in error.arguments.items()}}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
