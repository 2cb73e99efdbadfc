"""Local times of a site and the moments they stand for, on the days daylight saving changes too.

A time that is repeated in autumn stands for its first pass. One that spring leaves out stands for the first moment
after the gap.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)


def moment_of(local: datetime, zone: str) -> float:
    """Unix seconds of a local time without offset."""
    place, real = ZoneInfo(zone), local
    while real.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) != real:
        real += _MINUTE
    return real.replace(tzinfo=place).timestamp()


def shown(wall: float, zone: str) -> datetime:
    """What a clock on the wall shows, to the second, without offset."""
    return datetime.fromtimestamp(int(wall), ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def reached(wall: float, zone: str) -> datetime:
    """The latest local time that has come: in the second pass of the repeated hour all of that hour has."""
    local = datetime.fromtimestamp(int(wall), ZoneInfo(zone))
    if not local.fold:
        return local.replace(tzinfo=None)
    while local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = local.replace(second=0) + _MINUTE
    return local.replace(tzinfo=None, fold=0) - timedelta(seconds=1)
