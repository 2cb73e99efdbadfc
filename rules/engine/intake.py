"""How a reading becomes a value conditions see: in the unit of its role, unknown unless it can be trusted."""

from sys import float_info

from drivers.points import Quality, Reading, Reason, Value
from rules.condition.scope import Feed
from rules.view import View


def take(view: View, feed: Feed, reading: Reading) -> bool:
    """Put a reading where it belongs; whether anything a condition sees has changed."""
    before = view.readings[feed.slot]
    value = _as_role(reading.value, feed) if reading.quality.known else None
    if _unbelievable(value, feed):
        reading, value = reading._replace(value=None, quality=Quality.BAD, reason=Reason.RANGE), None
    requalified = before is None or before.quality != reading.quality
    changed = requalified or value != view.values[feed.slot]
    if requalified:
        view.set_doubt(feed.slot, reading.quality is Quality.UNCERTAIN)
    view.readings[feed.slot] = reading
    view.values[feed.slot] = value
    return changed


def _unbelievable(value: Value | None, feed: Feed) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    # A device, or a factor, may take it beyond any number.
    return not (feed.low <= value <= feed.high and abs(value) <= float_info.max)


def _as_role(value: Value | None, feed: Feed) -> Value | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value
    return value if (feed.factor, feed.offset) == (1.0, 0.0) else value * feed.factor + feed.offset
