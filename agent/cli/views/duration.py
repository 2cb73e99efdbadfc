"""Stretches of time as people write them."""

from collections.abc import Iterable

from config.catalogue import UNITS


def span(seconds: float) -> str:
    """Seconds as people write them in a test: ``90 s``, ``2 min``, ``9 d``."""
    unit, size = whole_unit([seconds])
    return f"{seconds / size:g} {unit}"


def whole_unit(times: Iterable[float]) -> tuple[str, int]:
    """The largest unit in which all of ``times`` are whole, and its seconds."""
    later = [at for at in times if at]
    return next(((unit, size) for unit, size in UNITS if later and not any(at % size for at in later)), ("s", 1))
