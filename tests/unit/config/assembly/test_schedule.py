"""Schedules as people write them, and the next days they come to, by the clock on the wall of the site."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.site import load_site
from rules.procedure.schedule import upcoming
from tests.adversary.safety.sites import GOOD

FRIDAY = "2026-11-27 09:00"
BERLIN = "Europe/Berlin"
WRITTEN: list[tuple[str, str, list[str]]] = [
    ("daily", '{every: day, at: "10:00"}', ["11-27 10:00", "11-28 10:00", "11-29 10:00"]),
    ("weekly", '{every: week, day: monday, at: "10:00"}', ["11-30 10:00", "12-07 10:00", "12-14 10:00"]),
    ("first saturday", '{every: month, day: first saturday, at: "10:00"}',
     ["12-05 10:00", "01-02 10:00", "02-06 10:00"]),
    ("second sunday", '{every: month, day: second sunday, at: "10:00"}', ["12-13 10:00", "01-10 10:00", "02-14 10:00"]),
    ("last friday, today", '{every: month, day: last friday, at: "10:00"}',
     ["11-27 10:00", "12-25 10:00", "01-29 10:00"]),
    ("last day", '{every: month, date: last, at: "06:30"}', ["11-30 06:30", "12-31 06:30", "01-31 06:30"]),
    ("quarterly", '{every: month, months: [3, 6, 9, 12], day: first monday, at: "10:00"}',
     ["12-07 10:00", "03-01 10:00", "06-07 10:00"]),
    ("half-yearly", '{every: month, months: [4, 10], date: 15, at: "10:00"}',
     ["04-15 10:00", "10-15 10:00", "04-15 10:00"]),
    ("cron, fifth monday", '{cron: "0 10 * * 1#5"}', ["11-30 10:00", "03-29 10:00", "05-31 10:00"]),
    ("cron, working days", '{cron: "30 8 * * 1-5"}', ["11-30 08:30", "12-01 08:30", "12-02 08:30"]),
    ("cron, last day that is no weekend", '{cron: "0 10 LW * *"}', ["11-30 10:00", "12-31 10:00", "01-29 10:00"]),
    ("not on holidays", '{every: day, at: "10:00", except: ["11-28..12-01", "2026-12-03"]}',
     ["11-27 10:00", "12-02 10:00", "12-04 10:00"]),
    ("not over new year", '{every: week, day: friday, at: "10:00", except: ["12-24..01-06"]}',
     ["11-27 10:00", "12-04 10:00", "12-11 10:00"]),
    ("a holiday of another year", '{every: day, at: "10:00", except: ["2027-11-28..2027-12-05"]}',
     ["11-27 10:00", "11-28 10:00", "11-29 10:00"]),
]  # fmt: skip
CHANGES = [
    ("before the gap in spring", "2026-03-28 01:00", ["03-28 02:30+01:00", "03-29 03:00+02:00", "03-30 02:30+02:00"]),
    ("before the repeated hour", "2026-10-24 03:00", ["10-25 02:30+02:00", "10-26 02:30+01:00", "10-27 02:30+01:00"]),
    ("in its second pass", "2026-10-25 02:40+01:00", ["10-26 02:30+01:00", "10-27 02:30+01:00", "10-28 02:30+01:00"]),
]


def next_times(directory: Path, schedule: str, zone: str, now: str, form: str) -> list[str]:
    """The next three, as a site in ``zone`` sees them at ``now``."""
    procedure = (
        "- id: own\n  for_each: generator\n  title: {zh: 测试, en: Test}\n"
        f"  schedule: {schedule}\n  steps: [{{expect: running, within: 5 s}}]\n"
    )
    (directory / "procedures").mkdir()
    (directory / "procedures" / "own.yaml").write_text(procedure, encoding="utf-8")
    (directory / "plant.yaml").write_text(GOOD.replace("gateway_supply", f"timezone: {zone}, gateway_supply"))
    (one,) = [one for one in load_site(directory).procedures if one.id == "own"]
    assert one.schedule is not None
    at = datetime.fromisoformat(now)
    wall = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp()
    times = [datetime.fromtimestamp(start.wall, ZoneInfo(zone)) for start in upcoming(one.schedule, wall)]
    offsets = [f"{time:%z}" for time in times] if form == "offset" else [""] * 3
    return [
        f"{time:%m-%d %H:%M}{offset[:3]}{':00' if offset else ''}" for time, offset in zip(times, offsets, strict=True)
    ]


@pytest.mark.parametrize(("schedule", "times"), [row[1:] for row in WRITTEN], ids=[row[0] for row in WRITTEN])
def test_next_three(tmp_path: Path, schedule: str, times: list[str]) -> None:
    assert next_times(tmp_path, schedule, "Asia/Shanghai", FRIDAY, "plain") == times


@pytest.mark.parametrize(("now", "times"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_next_three_where_clocks_change(tmp_path: Path, now: str, times: list[str]) -> None:
    assert next_times(tmp_path, '{every: day, at: "02:30"}', BERLIN, now, "offset") == times
