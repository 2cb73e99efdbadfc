"""Moments as people say them, on the days the clocks change too; what is none of them is one sentence."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.history.words import SiteCalendar
from runtime.errors import AgentError

SHANGHAI = ZoneInfo("Asia/Shanghai")


def wall(text: str, zone: ZoneInfo = SHANGHAI) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


NOW = wall("2026-11-28 09:30")


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("yesterday", "2026-11-27 00:00", "2026-11-28 00:00"),
        ("昨天", "2026-11-27 00:00", "2026-11-28 00:00"),
        (" Today ", "2026-11-28 00:00", "2026-11-29 00:00"),
        ("今天", "2026-11-28 00:00", "2026-11-29 00:00"),
        ("前天", "2026-11-26 00:00", "2026-11-27 00:00"),
        ("2026-11-05", "2026-11-05 00:00", "2026-11-06 00:00"),
        ("2026-2-9", "2026-02-09 00:00", "2026-02-10 00:00"),
        ("昨天 22:15", "2026-11-27 22:15", "2026-11-27 22:15"),
        ("2026-11-27T08:00:05", "2026-11-27 08:00:05", "2026-11-27 08:00:05"),
        ("08:00", "2026-11-28 08:00", "2026-11-28 08:00"),
        ("８：００", "2026-11-28 08:00", "2026-11-28 08:00"),
        ("22:00", "2026-11-27 22:00", "2026-11-27 22:00"),
        ("2h", "2026-11-28 07:30", "2026-11-28 07:30"),
        ("2 小时", "2026-11-28 07:30", "2026-11-28 07:30"),
        ("30分钟前", "2026-11-28 09:00", "2026-11-28 09:00"),
        ("30 min ago", "2026-11-28 09:00", "2026-11-28 09:00"),
        ("3天", "2026-11-25 09:30", "2026-11-25 09:30"),
        ("1 week", "2026-11-21 09:30", "2026-11-21 09:30"),
    ],
)
def test_what_it_means(text: str, begin: str, end: str) -> None:
    calendar = SiteCalendar(NOW, "Asia/Shanghai")
    assert calendar.moment(text) == wall(begin)
    assert calendar.moment(text, end=True) == wall(end)


@pytest.mark.parametrize(
    "text",
    [
        "", "gestern", "2 hours and a bit", "25:00", "2026-02-31", "0000-01-01", "9999-12-31", "-2h", "2x", "@", "昨",
        "1e9h", "\x00",
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(AgentError) as refused:
        SiteCalendar(NOW, "Asia/Shanghai").moment(text)
    assert refused.value.code == "history.time"


def test_farther_back_than_there_is_time_is_all_there_is() -> None:
    assert SiteCalendar(NOW, "UTC").moment("999999 week") == 0.0


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23.0), ("2026-10-25", 25.0), ("2026-10-26", 24.0)], ids=["spring", "autumn", "-"]
)
def test_a_day_is_as_long_as_it_is(day: str, hours: float) -> None:
    _, begin, end = SiteCalendar(NOW, "Europe/Berlin").day(day)
    assert (end - begin) / 3600 == hours
    assert begin == wall(day, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("text", ["2h", "08:00", "2026-11-27 08:00", "2026-13-01", ""])
def test_a_time_is_no_day(text: str) -> None:
    with pytest.raises(AgentError) as refused:
        SiteCalendar(NOW, "Asia/Shanghai").day(text)
    assert refused.value.code == "history.day"


def test_exact_seconds_come_back_as_they_were() -> None:
    moment = datetime(2026, 11, 27, 1, 2, 3, 456000, UTC).timestamp()
    assert SiteCalendar(NOW, "UTC").moment(f"@{moment:.6f}") == pytest.approx(moment, abs=1e-6)
