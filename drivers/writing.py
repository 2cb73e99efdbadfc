"""The value a point may take. Pure."""

from math import inf, isfinite

from drivers.contract import Refused
from drivers.points import Value
from drivers.templates import TemplatePoint

_ILLEGAL_VALUE = 3
"""The exception a device would give (Modbus Application Protocol V1.1b3, §7)."""


def check_span(point: TemplatePoint, value: Value | None) -> None:
    """Raise Refused when ``value`` is none that ``point`` can have."""
    if isinstance(value, bool | str) or value is None:
        return
    low, high = (-inf if point.low is None else point.low), (inf if point.high is None else point.high)
    if not isfinite(value) or not low <= value <= high:
        span = {"low": f"{low:g}", "high": f"{high:g}"}
        raise Refused("write.out-of-span", number=_ILLEGAL_VALUE, point=point.name, value=value, **span)
