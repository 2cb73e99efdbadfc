"""A signal over time as a step function, in few enough buckets to keep and to store.

A value that stays is one bucket however long it stays, so a signal that changes more slowly than the width of a bucket
is kept exactly. Faster changes share buckets: then the edge of a window is exact to one width.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

BUCKETS = 240
"""Most buckets of a window."""


class Bucket(NamedTuple):
    """What was known during one slice of time."""

    start: float
    end: float
    first: float
    last: float
    low: float
    high: float
    seconds: float
    """Seconds of the slice in which the value was known."""
    area: float
    """Value times known seconds."""
    rises: int
    """Times it went from false to true."""

    @property
    def mean(self) -> float:
        """Time-weighted mean."""
        return self.area / self.seconds

    def before(self, tail: float) -> float:
        """The share of it that lies before ``tail``, 0 to 1."""
        return max(0.0, min(1.0, (tail - self.start) / (self.end - self.start)))

    def joined(self, value: float, start: float, end: float, rises: int) -> "Bucket":
        """With ``value`` from ``start`` to ``end`` added."""
        return Bucket(
            self.start,
            end,
            self.first,
            value,
            min(self.low, value),
            max(self.high, value),
            self.seconds + end - start,
            self.area + value * (end - start),
            self.rises + rises,
        )


def width(seconds: float) -> float:
    """The least distance between the starts of two buckets of a window, so that it never has more than ``BUCKETS``."""
    # One more is only partly inside, one is just beginning.
    return seconds / (BUCKETS - 2)


@dataclass(slots=True)
class Buckets:
    """Buckets, oldest first, with running totals: no look at a window walks through all of it."""

    slices: list[Bucket] = field(default_factory=list)
    number: int = 0
    """Number of the first slice. A memory counts its buckets from 0 and gives no number twice."""
    seconds: float = 0.0
    area: float = 0.0
    rises: int = 0
    pending: int = 0
    """Rises at this very moment, counted but not yet in a bucket."""
    low: float = 0.0
    """Smallest value of all slices; means nothing while there are none."""
    high: float = 0.0
    dropped: int = 0
    """Buckets dropped since the totals were last added up afresh."""

    @property
    def numbers(self) -> range:
        """Numbers of all slices."""
        return range(self.number, self.number + len(self.slices))

    def rise(self) -> None:
        """Note that the value goes from false to true now."""
        self.rises += 1
        self.pending += 1

    def fill(self, value: float, start: float, end: float, width: float) -> None:
        """Note ``value`` from ``start`` to ``end``; times only grow."""
        if end <= start:
            return
        self._count(value, end - start)
        rises, self.pending = self.pending, 0
        last = self.slices[-1] if self.slices else None
        if last is not None and last.low == last.high == value and last.end == start and not rises:
            self.slices[-1] = last.joined(value, start, end, 0)
            return
        if last is not None and start < last.start + width:
            middle = min(end, last.start + width)
            self.slices[-1] = last.joined(value, start, middle, rises)
            start, rises = middle, 0
        if end > start:
            seconds = end - start
            self.slices.append(Bucket(start, end, value, value, value, value, seconds, value * seconds, rises))

    def drop(self, tail: float) -> None:
        """Forget every bucket that lies before ``tail``."""
        count = 0
        while count < len(self.slices) and self.slices[count].end <= tail:
            count += 1
        if not count:
            return
        gone, self.slices = self.slices[:count], self.slices[count:]
        self.number += count
        self.dropped += count
        # Sums of what was added and taken away drift; low and high may have gone with what was dropped.
        if self.dropped >= BUCKETS or len(self.slices) <= 1:
            self._total()
        else:
            self._forget(gone)

    def known(self, tail: float) -> float:
        """Seconds after ``tail`` in which the value was known."""
        return self.seconds - self.slices[0].seconds * self.slices[0].before(tail) if self.slices else 0.0

    def integral(self, tail: float) -> float:
        """Value times seconds after ``tail``."""
        return self.area - self.slices[0].area * self.slices[0].before(tail) if self.slices else 0.0

    def _count(self, value: float, seconds: float) -> None:
        if not self.slices:
            self.low = self.high = value
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.seconds += seconds
        self.area += value * seconds

    def _forget(self, gone: list[Bucket]) -> None:
        for bucket in gone:
            self.seconds -= bucket.seconds
            self.area -= bucket.area
            self.rises -= bucket.rises
        if any(bucket.low == self.low or bucket.high == self.high for bucket in gone):
            self._bounds()

    def _bounds(self) -> None:
        self.low = min((bucket.low for bucket in self.slices), default=0.0)
        self.high = max((bucket.high for bucket in self.slices), default=0.0)

    def _total(self) -> None:
        self.dropped = 0
        self.seconds = sum(bucket.seconds for bucket in self.slices)
        self.area = sum(bucket.area for bucket in self.slices)
        self.rises = self.pending + sum(bucket.rises for bucket in self.slices)
        self._bounds()
