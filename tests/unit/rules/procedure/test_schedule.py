"""Calendars: daylight saving both ways, clock jumps, windows, missed starts; each nominal start at most once."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.effects import Effects, Row
from rules.plain import to_plain
from rules.procedure.model import Missed, Schedule
from rules.procedure.schedule import following, latest, nominal_now
from tests.unit.rules.procedure.room import JOB, MONDAY, Room, weekly

BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"
WEEKLY = Schedule("0 10 * * 1", SHANGHAI)


def wall(text: str, zone: str = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


TABLE = [
    ("an hour before", "0 10 * * 1", "2026-01-05T09:00", 0, "2025-12-29T10:00:00"),
    ("the very second", "0 10 * * 1", "2026-01-05T10:00", 0, "2026-01-05T10:00:00"),
    ("monthly", "0 10 1 * *", "2026-03-15T00:00", 0, "2026-03-01T10:00:00"),
    ("before the spring gap", "30 2 * * *", "2026-03-29T01:59", 0, "2026-03-28T02:30:00"),
    ("after the spring gap", "30 2 * * *", "2026-03-29T03:00", 0, "2026-03-29T02:30:00"),
    ("autumn, first pass", "30 2 * * *", "2026-10-25T02:30", 0, "2026-10-25T02:30:00"),
    ("autumn, second pass", "30 2 * * *", "2026-10-25T02:30", 1, "2026-10-25T02:30:00"),
    ("autumn, again before", "30 2 * * *", "2026-10-25T02:10", 1, "2026-10-25T02:30:00"),
    ("autumn, every quarter", "*/15 * * * *", "2026-10-25T02:20", 1, "2026-10-25T02:45:00"),
]


@pytest.mark.parametrize(
    ("cron", "local", "fold", "nominal"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_latest(cron: str, local: str, fold: int, nominal: str) -> None:
    found = latest(Schedule(cron, BERLIN), wall(local, fold=fold))
    assert found is not None
    assert found.nominal == nominal


def test_gap_stands_for_the_first_moment_after_it() -> None:
    found = following(Schedule("30 2 * * *", BERLIN), "2026-03-28T02:30:00")
    assert found is not None
    assert (found.nominal, found.wall) == ("2026-03-29T02:30:00", wall("2026-03-29T03:00"))


def test_repeated_hour_stands_for_its_first_pass() -> None:
    found = following(Schedule("30 2 * * *", BERLIN), "2026-10-24T02:30:00")
    assert found is not None
    assert found.wall == wall("2026-10-25T02:30", fold=0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1_700_000_000, 1_900_000_000))
def test_following_comes_after_latest(now: int) -> None:
    schedule = Schedule("30 2 * * 0", BERLIN)
    found = latest(schedule, now)
    assert found is not None
    later = following(schedule, found.nominal)
    assert later is not None
    assert found.nominal <= nominal_now(schedule, now)
    assert later.nominal > found.nominal
    assert later.wall > found.wall


def scheduled(wall: float = MONDAY - 60, **changes: object) -> Room:
    return Room(weekly(schedule=Schedule("0 10 * * 1", SHANGHAI, **changes)), wall=wall)  # type: ignore[arg-type]


def test_first_seen_in_the_repeated_hour_nothing_of_it_was_missed() -> None:
    schedule = Schedule("30 2 * * *", BERLIN)
    room = Room(weekly(schedule=schedule), wall=wall("2026-10-25T02:10", fold=1)).live(40 * 60)
    assert room.records() == []


def test_starts_in_its_minute_and_once() -> None:
    room = scheduled().live(59)
    assert room.run is None
    room.live(3)
    assert room.run is not None
    assert (room.run.by, room.run.nominal) == ("schedule", "2026-01-05T10:00:00")
    room.until("").live(600)
    assert room.records() == ["passed"]


def test_clock_that_jumps_back_starts_nothing_twice() -> None:
    room = scheduled().live(70).until("")
    room.wall -= 7_200
    room.live(3 * 3_600)
    assert room.records() == ["passed"]


def test_restart_starts_nothing_twice() -> None:
    room = scheduled().live(70).until("").kill().live(120)
    assert room.records() == ["passed"]


@pytest.mark.parametrize(
    ("missed", "off", "verdicts"),
    [
        (Missed.SKIP, 1_000, ["passed"]),
        (Missed.SKIP, 4_000, ["missed"]),
        (Missed.RUN, 4_000, ["passed"]),
    ],
)
def test_switched_off_over_the_moment(missed: Missed, off: int, verdicts: list[str]) -> None:
    room = scheduled(missed=missed).live(10)
    room.boot = "b2"
    room.wall += off
    room.kill(2).live(300)
    assert room.records() == verdicts


def test_clock_that_jumps_far_ahead_skips_what_nobody_started() -> None:
    room = scheduled().live(10)
    room.wall += 30 * 86_400
    room.live(130)
    assert room.records() == ["missed"]


def test_untrusted_time_starts_nothing() -> None:
    room = scheduled()
    room.live(10)
    room.trusted = False
    room.live(300)
    assert (room.records(), room.acted) == ([], [])


def test_a_time_told_by_a_person_starts_nothing_and_marks_nothing() -> None:
    """Neither its minute nor a year too late is a start; once a clock is trusted all is as if it had not been told."""
    room = scheduled().live(10)
    room.trusted, room.by_hand = False, True
    room.live(100)
    marks = dict(room.state.procedures.marks)
    room.wall += 366 * 86_400
    room.live(100)
    assert (room.records(), room.acted, room.state.procedures.marks) == ([], [], marks)
    room.wall -= 366 * 86_400 + 200
    room.trusted, room.by_hand = True, False
    room.live(130)
    assert room.run is not None


def test_a_person_may_start_a_test_by_a_time_told_by_a_person() -> None:
    room = Room()
    room.trusted, room.by_hand = False, True
    room.live(10).start()
    assert room.run is not None


def test_starts_later_in_its_window_once_it_may() -> None:
    room = scheduled().live(10)
    room.fire = "alarm"
    room.live(300)
    assert (room.records(), room.run) == ([], None)
    room.fire = "quiet"
    room.live(10)
    assert room.run is not None


def test_is_postponed_at_the_end_of_its_window_and_says_why() -> None:
    room = scheduled(window=120.0).live(10)
    room.fire = "alarm"
    room.live(400)
    assert (room.records(), room.record.reasons[0].code) == (["postponed"], "procedure.interlock")
    assert room.state.procedures.history[JOB].failed is False


def test_unknown_past_is_not_missed() -> None:
    room = scheduled(wall=MONDAY + 5_000).live(300)
    assert room.records() == []


EDITS = [
    ("an hour that has just begun", Schedule("55 9 * * 1", SHANGHAI)),
    ("this very minute", Schedule("58 9 * * 1", SHANGHAI)),
    ("yesterday, and missed tests run", Schedule("0 10 * * 0", SHANGHAI, missed=Missed.RUN)),
    ("a longer window", Schedule("50 9 * * 1", SHANGHAI, window=7200.0)),
]


@pytest.mark.parametrize("edited", [row[1] for row in EDITS], ids=[row[0] for row in EDITS])
@pytest.mark.parametrize("how", ["reload", "restart"])
def test_writing_a_schedule_starts_nothing(edited: Schedule, how: str) -> None:
    """It is Monday 09:59 when somebody moves the weekly test to a time whose window is open already."""
    room = Room(weekly(schedule=Schedule("0 10 * * 3", SHANGHAI)))
    room.live(5)
    # Its last start was on Wednesday before.
    mark = replace(room.state.procedures.marks[JOB], nominal="2025-12-31T10:00:00")
    room.state.procedures.marks[JOB] = mark
    room._commit(Effects(rows=[Row("schedule", JOB, to_plain(mark))]))
    room.procedures = (weekly(schedule=edited),)
    if how == "restart":
        room.kill()
    else:
        room._load()
        room.state.fresh, room.state.procedures.look = True, None
        room.put()
    room.live(50)
    assert (room.run, room.acted, room.records()) == (None, [], [])
