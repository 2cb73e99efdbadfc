"""A time that a person told: it holds for this boot, over kills, until a clock is trusted; nothing else is believed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.journal import Journal
from agent.loop.committer import Committer, system_fact
from agent.loop.hand_clock import LATEST, HandClock, ahead_in, taken
from drivers.points import Instant, PlantgateError
from rules.effects import Effects, Row
from rules.localtime import written
from rules.people import Access, Person
from runtime.clock import BUILT, ManualClock
from runtime.supervisor import running

WANG = Person("Wang", Access.ENGINEER, "wangfang")
ZONE = "Asia/Shanghai"
TOLD = "2026-11-28 14:05"
NOW = written(TOLD, ZONE)


def box(boot: str = "b1", mono: float = 500.0, wall: float = 20.0, *, trusted: bool = False) -> ManualClock:
    """The clock of a box without one: it begins in 1970."""
    clock = ManualClock()
    clock.instant = Instant(boot, mono, wall, trusted)
    return clock


@asynccontextmanager
async def life(path: Path, clock: ManualClock) -> AsyncIterator[tuple[HandClock, Journal]]:
    """From one start of the process to its end, as ``agent.app`` does it."""
    journal = await Journal.open(path / "journal.db", "gw-1", clock)
    committer = Committer(journal, clock)
    hand = HandClock(clock, committer, "gw-1", journal.last_trusted)
    told, _ = taken(await journal.load_rows())
    clock.by_hand = ahead_in(told, clock.now().boot)
    async with running({"committer": committer.run()}):
        hand.resume(told)
        yield hand, journal
        await committer.drain()
    await journal.close()


async def told(journal: Journal) -> list[tuple[str, str]]:
    """What headquarters hears: action or code, and by whom."""
    bodies = [entry.body.decode() for entry in await journal.unsent(100)]
    found = []
    for body in bodies:
        found += [code for code in ("set-clock", "time.hand-over", "time.hand-gone") if f'"{code}"' in body]
    return [(code, "Wang") for code in found]


async def test_the_gateway_goes_by_it_and_says_so(tmp_path: Path) -> None:
    clock, changes = box(), []
    async with life(tmp_path, clock) as (hand, journal):
        hand.on_change = lambda: changes.append(clock.now().wall)
        await hand.set(WANG, TOLD, ZONE)
        await clock.advance(90.0)
        assert clock.now() == Instant("b1", 590.0, NOW + 90.0, trusted=False, by_hand=True)
        assert (clock.now().dated, clock.real_now().wall, clock.trusted) == (True, NOW + 90.0, False)
        assert hand.plain() == {"set_by": "Wang", "set_at": NOW}
        assert await told(journal) == [("set-clock", "Wang")]
        (entry,) = await journal.unsent(10)
    assert changes == [NOW]
    assert b"1970-01-01 00:00:20Z -> 2026-11-28 06:05:00Z" in entry.body
    assert b"wangfang" in entry.body
    # Its time is not taken for that of a synchronised clock: headquarters corrects it later by boot and seconds.
    assert (entry.committed.trusted, entry.committed.wall) == (False, NOW)


@dataclass
class Restart:
    """The box after a restart, what the gateway goes by then, and what is told of it."""

    case: str
    boot: str
    mono: float
    wall: float
    trusted: bool
    now: float
    by_hand: bool
    tells: str = ""


RESTARTS = [
    Restart("killed", "b1", 560.0, 80.0, False, NOW + 60.0, True),
    Restart("killed, the system's clock jumped ahead", "b1", 560.0, 1_900_000_000.0, False, NOW + 60.0, True),
    Restart("killed, the system's clock jumped back", "b1", 560.0, 0.0, False, NOW + 60.0, True),
    Restart("another boot", "b2", 4.0, 4.0, False, 4.0, False, "time.hand-gone"),
    Restart("another boot that lasts longer", "b2", 9e5, 9e5, False, 9e5, False, "time.hand-gone"),
    Restart("another boot with a saved clock", "b2", 4.0, NOW + 70.0, False, NOW + 70.0, False, "time.hand-gone"),
    Restart("a trusted clock", "b1", 560.0, NOW + 75.0, True, NOW + 75.0, False, "time.hand-over"),
    Restart("another boot with a trusted clock", "b2", 4.0, NOW + 75.0, True, NOW + 75.0, False, "time.hand-gone"),
]


@pytest.mark.parametrize("row", RESTARTS, ids=lambda row: row.case)
async def test_over_a_restart(tmp_path: Path, row: Restart) -> None:
    async with life(tmp_path, box()) as (hand, _):
        await hand.set(WANG, TOLD, ZONE)
    clock = box(row.boot, row.mono, row.wall, trusted=row.trusted)
    async with life(tmp_path, clock) as (hand, journal):
        assert (clock.now().wall, clock.now().by_hand) == (row.now, row.by_hand)
        await clock.advance()
        assert [code for code, _ in await told(journal)] == ["set-clock", *filter(None, [row.tells])]
    # What is over does not come back, whatever comes.
    again = box(row.boot, row.mono + 60.0, row.wall + 60.0)
    async with life(tmp_path, again) as (hand, _):
        assert again.now().by_hand is row.by_hand


async def test_ends_when_a_clock_is_trusted_and_stays_ended(tmp_path: Path) -> None:
    clock = box()
    async with life(tmp_path, clock) as (hand, journal):
        await hand.set(WANG, TOLD, ZONE)
        clock.set(wall=NOW + 12.0, trusted=True)
        assert clock.now() == Instant("b1", 500.0, NOW + 12.0)
        hand.look()
        clock.set(trusted=False)
        assert clock.now().wall == NOW + 12.0
        hand.look()
        await clock.advance()
        assert [code for code, _ in await told(journal)] == ["set-clock", "time.hand-over"]
        assert b'"-12"' in (await journal.unsent(10))[-1].body
        assert (hand.rows(), hand.plain()["set_by"]) == ([], "")


async def test_told_twice_the_second_counts(tmp_path: Path) -> None:
    clock = box()
    async with life(tmp_path, clock) as (hand, _):
        await hand.set(WANG, "2027-11-28 14:05", ZONE)
        await hand.set(WANG, TOLD, ZONE)
        assert clock.now().wall == NOW
    again = box(mono=501.0)
    async with life(tmp_path, again) as (hand, _):
        assert again.now().wall == NOW + 1.0


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("no time", "five past two", {}, "time.unreadable"),
    ("a day only", "2026-11-28", {}, "time.unreadable"),
    ("no such day", "2026-02-30 14:05", {}, "time.unreadable"),
    ("seconds too many", "2026-11-28 14:05:61", {}, "time.unreadable"),
    ("other digits", "２０２６-11-28 14:05", {}, "time.unreadable"),
    ("before the program was written", "2025-11-28 14:05", {}, "time.absurd"),
    ("after any life of it", "2062-11-28 14:05", {}, "time.absurd"),
    ("year 9999 in a far zone", "9999-12-31 23:59-12:00", {}, "time.absurd"),
    ("year 9999 here", "9999-12-31 23:59", {"zone": "America/Bogota"}, "time.unreadable"),
    ("year 1", "0001-01-01 00:00", {}, "time.unreadable"),
    ("before what a trusted clock has shown", "2026-09-28 14:05", {"known": NOW}, "time.absurd"),
    ("an hour and more before it", "2026-11-28 13:04", {"known": NOW}, "time.absurd"),
    ("in the hour spring leaves out", "2026-03-29 02:30", {"zone": "Europe/Berlin"}, "time.never"),
    ("in the hour autumn repeats", "2026-10-25 02:30", {"zone": "Europe/Berlin"}, "time.twice"),
    ("while a clock is trusted", TOLD, {"trusted": True}, "time.trusted"),
]


@pytest.mark.parametrize(("text", "given", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_is_refused_changes_nothing(tmp_path: Path, text: str, given: dict[str, Any], code: str) -> None:
    clock = box(trusted=given.get("trusted", False))
    before = clock.now()
    async with life(tmp_path, clock) as (hand, journal):
        await know(journal, given.get("known"))
        with pytest.raises(PlantgateError) as refused:
            await hand.set(WANG, text, given.get("zone", ZONE))
        assert (refused.value.code, clock.now(), hand.rows()) == (code, before, [])
        assert await told(journal) == []


TAKEN = [
    ("with seconds", "2026-11-28 14:05:30", ZONE, NOW + 30.0),
    ("as computers write it", "2026-11-28T14:05", ZONE, NOW),
    ("with its offset", "2026-11-28 06:05Z", ZONE, NOW),
    ("first pass", "2026-10-25 02:30+02:00", "Europe/Berlin", 1_792_888_200.0),
    ("second pass", "2026-10-25 02:30+01:00", "Europe/Berlin", 1_792_888_200.0 + 3_600.0),
    ("the minute before spring", "2026-03-29 01:59", "Europe/Berlin", 1_774_745_940.0),
    ("the minute after it", "2026-03-29 03:00", "Europe/Berlin", 1_774_746_000.0),
    ("the first second there may be", "2026-01-01 00:00Z", ZONE, BUILT),
]


@pytest.mark.parametrize(("text", "zone", "wall"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
async def test_what_a_person_may_write(tmp_path: Path, text: str, zone: str, wall: float) -> None:
    clock = box()
    async with life(tmp_path, clock) as (hand, _):
        await hand.set(WANG, text, zone)
        assert clock.now().wall == wall


async def test_a_watch_may_be_slow_by_an_hour(tmp_path: Path) -> None:
    clock = box()
    async with life(tmp_path, clock) as (hand, journal):
        await know(journal, NOW)
        await hand.set(WANG, "2026-11-28 13:05", ZONE)
        assert clock.now().wall == NOW - 3_600.0


async def test_a_simulation_has_its_own_time(tmp_path: Path) -> None:
    clock = box()
    async with life(tmp_path, clock) as (hand, _):
        clock.speed = 60.0
        with pytest.raises(PlantgateError, match=r"time\.simulated"):
            await hand.set(WANG, TOLD, ZONE)


@pytest.mark.parametrize("body", [{"boot": 1}, {"boot": "b1", "ahead": "x", "by": "Wang"}, [], "x"])
def test_a_row_that_cannot_be_read_is_no_time(body: Any) -> None:
    assert taken([Row("alarm", "a", {}), Row("clock", "", body)]) == (None, [Row("alarm", "a", {})])


def test_the_latest_is_twenty_years_on() -> None:
    assert 20 <= (LATEST - BUILT) / (365.25 * 86_400.0) < 21


async def know(journal: Journal, wall: float | None) -> None:
    """An event of a trusted clock, and a newer one of none."""
    for at in [Instant("b0", 1.0, wall), Instant("b0", 2.0, 5.0, trusted=False)] if wall is not None else []:
        await journal.commit(Effects(events=[system_fact("agent.started", at, simulated=False)]), at)
