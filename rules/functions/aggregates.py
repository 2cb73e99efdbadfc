"""What may be asked of a signal over a stretch of time. All are weighted by time, none by the number of samples."""

from collections.abc import Callable

from rules.functions.buckets import Buckets

Aggregate = Callable[[Buckets, float, float], float]
"""Buckets, the moment from which on they count, and the present value, to a number."""


def average(buckets: Buckets, tail: float, present: float) -> float:
    """Time-weighted mean."""
    return buckets.integral(tail) / buckets.known(tail)


def lowest(buckets: Buckets, tail: float, present: float) -> float:
    """Smallest value, the present one included."""
    return min(present, buckets.low)


def highest(buckets: Buckets, tail: float, present: float) -> float:
    """Largest value, the present one included."""
    return max(present, buckets.high)


def spread(buckets: Buckets, tail: float, present: float) -> float:
    """Largest less smallest value."""
    return highest(buckets, tail, present) - lowest(buckets, tail, present)


def change(buckets: Buckets, tail: float, present: float) -> float:
    """How much the signal moved from the beginning to the end."""
    return present - buckets.slices[0].first


def runtime(buckets: Buckets, tail: float, present: float) -> float:
    """Seconds in which it was true (1)."""
    return buckets.integral(tail)


def rises(buckets: Buckets, tail: float, present: float) -> float:
    """Times it went from false to true."""
    oldest = buckets.slices[0]
    # A value that did not change since began with its rise.
    gone = oldest.rises if oldest.start < tail and oldest.low == oldest.high else 0
    return buckets.rises - gone


def percentile(share: float) -> Aggregate:
    """The value below which the signal was for ``share`` (0 to 1) of the known time; exact to the mean of a bucket."""

    def pick(buckets: Buckets, tail: float, present: float) -> float:
        ordered = sorted((one.mean, one.seconds * (1 - one.before(tail))) for one in buckets.slices)
        left = share * sum(seconds for _, seconds in ordered)
        for mean, seconds in ordered:
            left -= seconds
            if left <= 0:
                return mean
        return ordered[-1][0]

    return pick


median = percentile(0.5)
"""The value below which the signal was for half of the known time."""
