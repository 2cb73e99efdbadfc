"""Which values an expression can take at all, given the ranges of the points it reads: for cross-checks, not to decide.

Numbers have a lowest and a highest value. Truths can be true or not, and false or not; while they are, the signals they
compare with constants lie within known limits, which shows a contradiction such as ``level < 10 % and level > 90 %``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import product
from math import inf, isnan
from typing import NamedTuple


class Interval(NamedTuple):
    """A stretch of numbers, with or without its ends."""

    low: float = -inf
    high: float = inf
    open_low: bool = False
    open_high: bool = False

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low > self.high or (self.low == self.high and (self.open_low or self.open_high))

    def both(self, other: "Interval") -> "Interval":
        """What lies in both."""
        low, open_low = max((self.low, self.open_low), (other.low, other.open_low))
        high, closed_high = min((self.high, not self.open_high), (other.high, not other.open_high))
        return Interval(low, high, open_low, not closed_high)

    def around(self, other: "Interval") -> "Interval":
        """The least stretch that holds both."""
        low, open_low = min((self.low, self.open_low), (other.low, other.open_low))
        high, closed_high = max((self.high, not self.open_high), (other.high, not other.open_high))
        return Interval(low, high, open_low, not closed_high)


Region = Mapping[int, Interval]
"""Slot of a signal -> where its value lies; the others may be anything."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one expression can be."""

    low: float = -inf
    high: float = inf
    true: bool = True
    """Whether it can be true; means nothing for a number."""
    false: bool = True
    when_true: Region = field(default_factory=dict)
    """Where signals lie while it is true."""
    when_false: Region = field(default_factory=dict)


ANYTHING = Bounds()


def between(low: float | None, high: float | None) -> Bounds:
    """A number with a range; None: no limit on that side."""
    return Bounds(-inf if low is None else low, inf if high is None else high)


def exactly(value: object) -> Bounds:
    """A constant."""
    if isinstance(value, bool):
        return Bounds(true=value, false=not value)
    return Bounds(float(value), float(value)) if isinstance(value, int | float) else ANYTHING


# --- numbers


def linear(inner: Bounds, factor: float, offset: float) -> Bounds:
    """``inner * factor + offset``."""
    low, high = sorted(_product(end, factor) + offset for end in (inner.low, inner.high))
    return Bounds(low, high)


def calculated(sign: str, left: Bounds, right: Bounds) -> Bounds:
    """A sum, difference, product or quotient; anything where a division by zero is possible."""
    if sign == "+":
        return Bounds(left.low + right.low, left.high + right.high)
    if sign == "-":
        return Bounds(left.low - right.high, left.high - right.low)
    if sign == "/" and right.low <= 0 <= right.high:
        return ANYTHING
    ends = [_product(a, b if sign == "*" else 1 / b) for a, b in product(_ends(left), _ends(right))]
    return Bounds(min(ends), max(ends))


def hull(several: Iterable[Bounds]) -> Bounds:
    """What any of several can be."""
    each = list(several)
    return Bounds(
        min(one.low for one in each),
        max(one.high for one in each),
        any(one.true for one in each),
        any(one.false for one in each),
    )


def _ends(bounds: Bounds) -> tuple[float, float]:
    return bounds.low, bounds.high


def _product(left: float, right: float) -> float:
    # Nothing times without limit: what matters is that nothing stays nothing.
    result = left * right
    return 0.0 if isnan(result) else result


# --- truths


def compared(sign: str, left: Bounds, right: Bounds, slot: int | None) -> Bounds:
    """A comparison; ``slot`` is that of its left side when that is a signal as it is and the right one a constant."""
    if sign in ("==", "!="):
        return _equal(left, right, sign == "==")
    true, false = _order(sign, left, right)
    if slot is None:
        return Bounds(true=true, false=false)
    limit = right.low
    below, above = (
        Interval(high=limit, open_high=sign in ("<", ">=")),
        Interval(low=limit, open_low=sign in ("<=", ">")),
    )
    inside, outside = (below, above) if sign in ("<", "<=") else (above, below)
    return Bounds(true=true, false=false, when_true={slot: inside}, when_false={slot: outside})


def _equal(left: Bounds, right: Bounds, wanted: bool) -> Bounds:
    never = left.low > right.high or right.low > left.high
    return Bounds(true=not (never and wanted), false=not (never and not wanted))


def _order(sign: str, left: Bounds, right: Bounds) -> tuple[bool, bool]:
    # Whether it can be true, and whether it can be false.
    if sign == "<":
        return left.low < right.high, left.high >= right.low
    if sign == "<=":
        return left.low <= right.high, left.high > right.low
    if sign == ">":
        return left.high > right.low, left.low <= right.high
    return left.high >= right.low, left.low < right.high


def opposite(inner: Bounds) -> Bounds:
    """``not``."""
    return Bounds(true=inner.false, false=inner.true, when_true=inner.when_false, when_false=inner.when_true)


def every(several: Iterable[Bounds]) -> Bounds:
    """``and``: true where all are, false where any is."""
    each = list(several)
    region = reduce(_all, (one.when_true for one in each))
    true = all(one.true for one in each) and not any(limits.empty for limits in region.values())
    return Bounds(
        true=true,
        false=any(one.false for one in each),
        when_true=region,
        when_false=_any(one.when_false for one in each),
    )


def some(several: Iterable[Bounds]) -> Bounds:
    """``or``: the opposite of ``and`` over the opposites."""
    return opposite(every(opposite(one) for one in several))


def _all(left: Region, right: Region) -> Region:
    shared = {slot: limits.both(right[slot]) for slot, limits in left.items() if slot in right}
    return {**left, **right, **shared}


def _any(several: Iterable[Region]) -> Region:
    regions = list(several)
    slots = set.intersection(*(set(region) for region in regions))
    return {slot: reduce(Interval.around, (region[slot] for region in regions)) for slot in slots}
