"""The redo log, torn, lost, exchanged and refused: what was promised is there, and what is not there is told."""

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from agent.journal import Entry, Journal
from agent.journal.examine import examine
from agent.journal.redo import BLOCK, BLOCKS
from agent.journal.schema import BASE, VERSION
from rules.effects import Row
from runtime.clock import ManualClock
from runtime.sqlite import reading
from tests.unit.delivery_fakes import crash_image, facts
from tests.unit.disk_fakes import FaultyDisk

EVENTS = 12
FILE = (".db", ".db-wal")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """What a power cut leaves of a journal whose newest events are in its log only."""
    making, path = tmp_path / "making.db", tmp_path / "image" / "journal.db"
    path.parent.mkdir()
    asyncio.run(build(making, path))
    return path


async def build(making: Path, path: Path) -> None:
    clock = ManualClock()
    journal = await Journal.open(making, "gw-1", clock)
    for number in range(EVENTS):
        if number == EVENTS // 3:
            await journal.close()
            journal = await Journal.open(making, "gw-1", clock)
            shutil.copytree(making.parent, path.parent / "yesterday", ignore=lambda *_: ["image"])
        rows = (
            Row("counter", "n", {"n": number}),
            Row("alarm", f"a{number - 1}", None),
            Row("alarm", f"a{number}", {}),
        )
        entries = await journal.commit(facts(f"event {number}", rows=rows), clock.now())
        if number == EVENTS - 3:
            await journal.mark_sent(entries)
            await journal.settle("hq", entries[0].epoch, entries[0].seq, entries[0].hash)
    crash_image(making, path)
    shutil.copyfile(making.with_suffix(".mark"), path.with_suffix(".mark"))
    await journal.close()


async def opened(path: Path) -> tuple[Journal, list[Entry]]:
    journal = await Journal.open(path, "gw-1", ManualClock())
    entries = await journal.unsent(999)
    return journal, entries


def log(path: Path) -> Path:
    return path.with_suffix(".redo")


async def test_after_a_power_cut_everything_is_there_again(image: Path) -> None:
    with reading(image) as db:
        assert db.execute("SELECT count(*) FROM event").fetchone()[0] < EVENTS
    for _ in range(2):  # the second time from the file alone
        journal, entries = await opened(image)
        assert journal.findings == []
        assert journal.head == EVENTS
        assert len(entries) == EVENTS - 1, "what was sent rides with the next record"
        assert (await journal.stats(["hq"])).unsettled == 2
        rows = {(row.table, row.key): row.body for row in await journal.load_rows()}
        assert rows == {("counter", "n"): {"n": EVENTS - 1}, ("alarm", f"a{EVENTS - 1}"): {}}
        await journal.close()
        examine(image, Event(), pause=0.0)
    assert [entry.body for entry in entries][-1].count(b"event 11") == 1


def cut(path: Path, at: int) -> None:
    with log(path).open("r+b") as file:
        file.truncate(at)


def noise(path: Path, at: int) -> None:
    with log(path).open("r+b") as file:
        file.seek(at)
        file.write(random.Random(at).randbytes(64))  # noqa: S311 - the same in each run


@pytest.mark.parametrize("hurt", [cut, noise])
@pytest.mark.parametrize("block", range(EVENTS - EVENTS // 3))
@pytest.mark.parametrize("offset", [0, 20, 60])
async def test_what_a_damaged_log_costs_is_told(
    image: Path, hurt: Callable[[Path, int], None], block: int, offset: int
) -> None:
    hurt(image, block * BLOCK + offset)
    journal, entries = await opened(image)
    kept = sorted(entry.seq for entry in entries if entry.epoch != journal.epoch.id)
    expected = EVENTS // 3 + block
    assert max(kept) == expected
    assert journal.epoch.reason == "store-restored"
    assert [f.arguments["ranges"] for f in journal.findings if f.code == "agent.store-lost"] == [
        f"{expected + 1}-{EVENTS}"
    ]
    await journal.close()


async def test_a_record_nobody_was_told_of_may_be_torn(image: Path, clock: ManualClock) -> None:
    """The power fails while the newest record is written: its commit never returned, its mark was never written."""
    journal = await Journal.open(image, "gw-1", clock)
    await journal.commit(facts("told"), clock.now())
    mark = image.with_suffix(".mark").read_bytes()
    await journal.commit(facts("not told"), clock.now())
    torn = image.with_name("torn.db")
    crash_image(image, torn)
    torn.with_suffix(".mark").write_bytes(mark)
    cut(torn, BLOCK + 20)
    await journal.close()
    after, _ = await opened(torn)
    assert (after.findings, after.head) == ([], EVENTS + 1)
    await after.close()


def yesterday(path: Path, *names: str) -> None:
    for name in names:
        shutil.copyfile(path.parent / "yesterday" / f"making{name}", path.parent / f"journal{name}")


@pytest.mark.parametrize(
    ("happened", "reason", "head"),
    [
        pytest.param(lambda path: log(path).unlink(), "store-restored", EVENTS // 3, id="log removed"),
        pytest.param(lambda path: log(path).write_bytes(b""), "store-restored", EVENTS // 3, id="log emptied"),
        pytest.param(lambda path: yesterday(path, ".redo"), "store-restored", EVENTS // 3, id="older log"),
        pytest.param(lambda path: yesterday(path, *FILE), "new-store", EVENTS, id="the file as it was before the log"),
        pytest.param(
            lambda path: yesterday(path, *FILE, ".redo", ".mark"), "new-store", EVENTS // 3, id="all of it older"
        ),
    ],
)  # fmt: skip
async def test_a_log_goes_with_its_file_or_not_at_all(
    image: Path, happened: Callable[[Path], None], reason: str, head: int
) -> None:
    happened(image)
    journal, entries = await opened(image)
    former = [entry.seq for entry in entries if entry.epoch != journal.epoch.id] or [journal.head]
    assert (journal.epoch.reason, max(former)) == (reason, head)
    await journal.close()


async def test_a_log_is_not_put_into_a_file_that_lacks_a_commit_before_it(
    image: Path, tmp_path: Path, clock: ManualClock
) -> None:
    """A file restored from before a commit that never was in the log: the records behind it do not go on there."""
    older = tmp_path / "older.db"
    journal = await Journal.open(image, "gw-1", clock)
    crash_image(image, older)
    await journal.commit(facts("first"), clock.now())
    await journal.maintain(lambda db: db.execute("INSERT INTO meta VALUES ('commit', 'of the file')"))
    await journal.commit(facts("second"), clock.now())
    for tail in (".redo", ".mark"):
        shutil.copyfile(image.with_suffix(tail), older.with_suffix(tail))
    await journal.close()
    after, _ = await opened(older)
    assert (after.epoch.reason, after.epoch.predecessor) == ("store-restored", journal.epoch.id)
    await after.close()


async def test_a_log_of_another_journal_is_left_alone(image: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    shutil.copyfile(log(image), log(other))
    journal, entries = await opened(other)
    assert (journal.epoch.reason, journal.head, entries) == ("new-store", 0, [])
    await journal.close()


async def test_a_log_that_cannot_be_written_costs_nothing(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "journal.db"
    journal = await Journal.open(path, "gw-1", clock)
    await journal.commit(facts("in the log"), clock.now())
    log(path).unlink()
    log(path).mkdir()
    await journal.commit(facts("in the file"), clock.now())
    assert journal.durable
    assert journal.error is None
    copy = crash_image_without_log(path, tmp_path / "after.db")
    await journal.close()
    after, entries = await opened(copy)
    assert ([entry.seq for entry in entries], after.findings) == ([1, 2], [])
    await after.close()


def crash_image_without_log(path: Path, to: Path) -> Path:
    for tail in ("", "-wal"):
        shutil.copyfile(path.with_name(path.name + tail), to.with_name(to.name + tail))
    return to


async def test_a_full_log_is_emptied_into_the_file(tmp_path: Path, clock: ManualClock) -> None:
    path, disk = tmp_path / "journal.db", FaultyDisk()
    journal = await Journal.open(path, "gw-1", clock, connect=disk.connect, blocks=10)
    disk.statements.clear()
    for number in range(45):
        await journal.commit(facts(f"event {number}"), clock.now())
    assert disk.statements.count("COMMIT") == 4, "ten records, and the eleventh commit takes them along"
    assert log(path).stat().st_size == 10 * BLOCK
    image = crash_image(path, tmp_path / "after.db")
    await journal.close()
    after, entries = await opened(image)
    assert [entry.seq for entry in entries] == [*range(1, 46)]
    await after.close()


async def test_a_commit_that_fails_when_the_log_is_full_takes_nothing_back(tmp_path: Path, clock: ManualClock) -> None:
    path, disk = tmp_path / "journal.db", FaultyDisk()
    journal = await Journal.open(path, "gw-1", clock, connect=disk.connect, blocks=10)
    disk.fail(sqlite3.SQLITE_FULL, on="COMMIT")
    for number in range(10):
        await journal.commit(facts(f"event {number}"), clock.now())
    with pytest.raises(Exception, match=r"store\.full"):
        await journal.commit(facts("one too many"), clock.now())
    disk.heal()
    await journal.commit(facts("event 10"), clock.now())
    assert [entry.seq for entry in await journal.unsent(99)] == [*range(1, 12)]
    await journal.close()


async def test_rows_are_read_from_the_log_when_the_file_cannot_be_opened(image: Path, clock: ManualClock) -> None:
    disk = FaultyDisk()
    disk.fail(sqlite3.SQLITE_READONLY)
    journal = await Journal.open(image, "gw-1", clock, connect=disk.connect)
    assert not journal.durable
    rows = {(row.table, row.key): row.body for row in await journal.load_rows()}
    assert rows == {("counter", "n"): {"n": EVENTS - 1}, ("alarm", f"a{EVENTS - 1}"): {}}
    await journal.close()


async def test_a_file_of_the_release_before_is_opened_and_stays_readable_for_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Killed at each statement of its first opening: it is always the old file or the new one."""
    old = await released(tmp_path / "old.db", clock)
    step, disk = 0, FaultyDisk()
    while step < (len(disk.statements) or 1):
        step += 1
        path, killed = tmp_path / f"{step}.db", tmp_path / f"killed-{step}.db"
        shutil.copyfile(old, path)
        disk = FaultyDisk()
        disk.before = lambda _, disk=disk, path=path, killed=killed, step=step: (  # type: ignore[misc]
            crash_image(path, killed) if len(disk.statements) == step else None
        )
        journal = await Journal.open(path, "gw-1", clock, connect=disk.connect)
        await journal.close()
        after, entries = await opened(killed)
        stats = await after.stats()
        assert ([entry.seq for entry in entries], stats.unsent, stats.refused) == ([3, 4], 3, 1)
        await after.commit(facts("five"), clock.now())
        await after.close()
        with reading(killed) as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION
            assert db.execute("SELECT count(*) FROM event WHERE sent = 0").fetchone()[0] == 4


async def released(path: Path, clock: ManualClock) -> Path:
    """As the program before the redo log left it: its tables, one event sent, one refused."""
    journal = await Journal.open(path, "gw-1", clock, blocks=0)
    entries = await journal.commit(facts("one", "two", "three", "four"), clock.now())
    await journal.mark_sent(entries[:1])
    await journal.mark_refused(entries[1:2])
    await journal.close()
    with sqlite3.connect(path, isolation_level=None) as db:
        for name in ("event_added", "event_delivered", "event_removed"):
            db.execute(f"DROP TRIGGER {name}")
        for name in ("tally", "doubt", "again"):
            db.execute(f"DROP TABLE {name}")
        db.execute("DELETE FROM meta WHERE key = 'applied'")
        with sqlite3.connect(":memory:") as model:
            model.executescript(BASE)
            names = "SELECT name FROM sqlite_master ORDER BY name"
            assert db.execute(names).fetchall() == model.execute(names).fetchall()
        model.close()
    db.close()
    return path


def test_the_log_is_as_large_as_the_documentation_says() -> None:
    assert BLOCKS * BLOCK == 2 * 1024 * 1024
