"""Stretches of time as people write them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from config.catalogue import UNITS, Catalogue


def span(seconds: float) -> str:
    """Seconds as people write them in a test: ``90 s``, ``2 min``, ``9 d``."""
    unit, size = whole_unit([seconds])
    return f"{seconds / size:g} {unit}"


def span_until(seconds: float, now: float, texts: Catalogue) -> str:
    """``seconds`` from ``now`` (Unix seconds), and when they end by the clock here: ``2 h (until 13:44)``."""
    begin, end = (datetime.fromtimestamp(wall, UTC).astimezone() for wall in (now, now + seconds))
    shown = end.strftime("%H:%M" if end.date() == begin.date() else "%m-%d %H:%M")
    return texts.text("duration.until", span=texts.duration(seconds), end=shown)


def whole_unit(times: Iterable[float]) -> tuple[str, int]:
    """The largest unit in which all of ``times`` are whole, and its seconds."""
    later = [at for at in times if at]
    return next(((unit, size) for unit, size in UNITS if later and not any(at % size for at in later)), ("s", 1))
