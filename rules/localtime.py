"""Local times of a site and the moments they stand for, on the days daylight saving changes too.

A time that is repeated in autumn stands for its first pass. One that spring leaves out stands for the first moment
after the gap.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.errors import LocalTimeError

_MINUTE = timedelta(minutes=1)
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def written(text: str, zone: str) -> float:
    """Unix seconds of a time that a person wrote: ``2026-11-28 14:05``, with an offset where the hour is repeated.

    Raises LocalTimeError when it cannot be read, never comes or comes twice.
    """
    try:
        return _moment(text, zone)
    except (ValueError, OverflowError) as error:
        raise LocalTimeError("time.unreadable", value=text) from error


def _moment(text: str, zone: str) -> float:
    if not _WRITTEN.fullmatch(text):
        raise ValueError(text)
    local = datetime.fromisoformat(text)
    if local.tzinfo is not None:
        return local.timestamp()
    passes = [local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1)]
    real = [one for one in passes if one.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local]
    if not real:
        raise LocalTimeError("time.never", value=text, zone=zone)
    if real[0].utcoffset() != real[-1].utcoffset():
        raise LocalTimeError("time.twice", value=text, first=real[0].isoformat(" "), second=real[1].isoformat(" "))
    return real[0].timestamp()


def moment_of(local: datetime, zone: str) -> float:
    """Unix seconds of a local time without offset."""
    place, real = ZoneInfo(zone), local
    while real.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) != real:
        real += _MINUTE
    return real.replace(tzinfo=place).timestamp()


def local_time(wall: float, zone: str) -> datetime:
    """What a clock on the wall shows, to the second, with its offset from UTC: in autumn an hour comes twice."""
    return datetime.fromtimestamp(int(wall), ZoneInfo(zone))


def shown(wall: float, zone: str) -> datetime:
    """What a clock on the wall shows, to the second, without offset."""
    return local_time(wall, zone).replace(tzinfo=None, fold=0)


def reached(wall: float, zone: str) -> datetime:
    """The latest local time that has come: in the second pass of the repeated hour all of that hour has."""
    local = local_time(wall, zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    while local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = local.replace(second=0) + _MINUTE
    return local.replace(tzinfo=None, fold=0) - timedelta(seconds=1)
