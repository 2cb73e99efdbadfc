"""Local times on ordinary days and on those when clocks change, in zones that change them at odd times too."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.localtime import local_time, moment_of, reached, shown
from tests.soak import examples

BERLIN, CAIRO, LORD_HOWE = "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe"


def wall(text: str, zone: str = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("local", "zone", "moment"),
    [
        ("2026-05-01T02:30", BERLIN, "2026-05-01T00:30+00:00"),
        ("2026-03-29T02:30", BERLIN, "2026-03-29T01:00+00:00"),
        ("2026-10-25T02:30", BERLIN, "2026-10-25T00:30+00:00"),
        ("2026-04-24T00:00", CAIRO, "2026-04-23T22:00+00:00"),
        ("2026-10-04T02:15", LORD_HOWE, "2026-10-03T15:30+00:00"),
    ],
    ids=["ordinary", "left out", "repeated", "midnight left out", "half an hour left out"],
)
def test_moment_of(local: str, zone: str, moment: str) -> None:
    assert moment_of(datetime.fromisoformat(local), zone) == datetime.fromisoformat(moment).timestamp()


@pytest.mark.parametrize(
    ("local", "fold", "latest"),
    [
        ("2026-05-01T02:30", 0, "2026-05-01T02:30"),
        ("2026-10-25T02:30", 0, "2026-10-25T02:30"),
        ("2026-10-25T02:00", 1, "2026-10-25T02:59:59"),
        ("2026-10-25T02:30:30", 1, "2026-10-25T02:59:59"),
        ("2026-10-25T03:00", 0, "2026-10-25T03:00"),
    ],
)
def test_reached(local: str, fold: int, latest: str) -> None:
    assert reached(wall(local, fold=fold), BERLIN) == datetime.fromisoformat(latest)


around_changes = st.sampled_from(["2026-03-29T01:00", "2026-10-25T00:00", "2026-06-01T12:00"]).flatmap(
    lambda text: st.integers(-7_200, 21_600).map(lambda seconds: wall(text) + seconds)
)


@settings(max_examples=examples(200), deadline=None)
@given(around_changes, st.integers(0, 7_200), st.sampled_from([BERLIN, "Asia/Shanghai", LORD_HOWE]))
def test_reached_never_goes_back(now: float, later: int, zone: str) -> None:
    assert reached(now, zone) <= reached(now + later, zone)
    assert reached(now, zone) >= shown(now, zone)
    assert reached(now, zone) - shown(now, zone) < timedelta(hours=1)


@settings(max_examples=examples(200), deadline=None)
@given(around_changes, st.sampled_from([BERLIN, "Asia/Shanghai", LORD_HOWE]))
def test_what_is_shown_has_come(now: float, zone: str) -> None:
    assert moment_of(shown(now, zone), zone) <= int(now)


@pytest.mark.parametrize(
    ("wall", "shown"), [(1_792_888_200.0, "2026-10-25 02:30:00+02:00"), (1_792_891_800.0, "2026-10-25 02:30:00+01:00")]
)
def test_the_repeated_hour_tells_which(wall: float, shown: str) -> None:
    assert local_time(wall, "Europe/Berlin").isoformat(" ") == shown
