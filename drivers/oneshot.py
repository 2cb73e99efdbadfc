"""What one look at a device brings, whatever its protocol; the looks themselves are in ``drivers.*.oneshot``."""

from dataclasses import dataclass

from drivers.contract import DriverError
from drivers.points import Quality, Reason, Value


@dataclass(frozen=True, slots=True)
class OneShot:
    """What came back, and how far to believe it."""

    values: tuple[Value | None, ...] | None
    """One each, None for a bad one; None altogether when there was no answer."""
    quality: Quality
    """The worst of all values."""
    reason: Reason
    error: DriverError | None = None
    """Why there was no answer, with its message code."""
