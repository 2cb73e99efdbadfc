"""Moments as people say them, in the time zone of the site: ``yesterday``, ``2h``, ``2026-11-27 08:00``, ``昨天``."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from rules.localtime import moment_of, shown
from runtime.errors import AgentError

DAYS = {"today": 0, "今天": 0, "今日": 0, "yesterday": 1, "昨天": 1, "昨日": 1, "前天": 2}
"""Word -> days before today."""
UNITS = {
    "s": 1, "秒": 1, "min": 60, "m": 60, "分": 60, "分钟": 60, "h": 3600, "小时": 3600, "d": 86_400, "天": 86_400,
    "week": 604_800, "w": 604_800, "周": 604_800,
}  # fmt: skip
"""Unit -> its seconds."""
EARLIEST, LATEST = 1970, 2999
"""Years that are understood."""
_AGO = re.compile(r"([0-9]{1,6})\s*([a-z]+|[\u4e00-\u9fff]+?)\s*(?:ago|前)?")
_DAY = re.compile(rf"({'|'.join(DAYS)}|[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}})(?:[t ]\s*(.+))?")
_EXACT = re.compile(r"@([0-9]{1,12}(?:\.[0-9]{1,6})?)")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class SiteCalendar:
    """What a clock on the wall of the site shows."""

    now: float
    """Unix seconds."""
    zone: str

    def moment(self, text: str, *, end: bool = False) -> float:
        """Unix seconds of ``text``; of a day its beginning, or its ``end``.

        A time of day alone is the last one that has come. Raises AgentError (history.time).
        """
        said = unicodedata.normalize("NFKC", text).strip().lower()
        try:
            ways = (self._exact(said), self._ago(said), self._of_day(said, end), self._clock(said))
            found = next((one for one in ways if one is not None), None)
        except ValueError:  # a 31st of February, 25 o'clock
            found = None
        if found is None:
            raise AgentError("history.time", text=text)
        return found

    def day(self, text: str) -> tuple[date, float, float]:
        """The day that ``text`` names, and Unix seconds of its begin and end. Raises AgentError (history.day)."""
        said = unicodedata.normalize("NFKC", text).strip().lower()
        try:
            found = self._date(said)
        except ValueError:
            found = None
        if found is None:
            raise AgentError("history.day", text=text)
        return found, *self._ends(found)

    def shown(self, wall: float) -> str:
        """A moment as it is written: ``2026-11-27 08:00:00``."""
        return shown(wall, self.zone).isoformat(sep=" ")

    def _exact(self, said: str) -> float | None:
        matched = _EXACT.fullmatch(said)
        return float(matched[1]) if matched else None

    def _ago(self, said: str) -> float | None:
        matched = _AGO.fullmatch(said)
        size = UNITS.get(matched[2]) if matched else None
        return max(0.0, self.now - int(matched[1]) * size) if matched and size else None

    def _of_day(self, said: str, end: bool) -> float | None:
        matched = _DAY.fullmatch(said)
        day = self._date(matched[1]) if matched else None
        if matched is None or day is None:
            return None
        if matched[2] is None:
            return self._ends(day)[end]
        clock = _time(matched[2])
        return None if clock is None else moment_of(datetime.combine(day, clock), self.zone)

    def _clock(self, said: str) -> float | None:
        clock = _time(said)
        if clock is None:
            return None
        today = shown(self.now, self.zone).date()
        found = moment_of(datetime.combine(today, clock), self.zone)
        if found <= self.now:
            return found
        return moment_of(datetime.combine(today - timedelta(days=1), clock), self.zone)

    def _date(self, said: str) -> date | None:
        if said in DAYS:
            return shown(self.now, self.zone).date() - timedelta(days=DAYS[said])
        if not re.fullmatch("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", said):
            return None
        found = date(*map(int, said.split("-")))
        return found if EARLIEST <= found.year <= LATEST else None

    def _ends(self, day: date) -> tuple[float, float]:
        first, last = (datetime.combine(one, time()) for one in (day, day + timedelta(days=1)))
        return moment_of(first, self.zone), moment_of(last, self.zone)


def _time(said: str) -> time | None:
    matched = _TIME.fullmatch(said)
    return time(int(matched[1]), int(matched[2]), int(matched[3] or 0)) if matched else None
