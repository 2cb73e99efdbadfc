"""A disk that fails in every way SQLite knows: what was decided is kept and told once, and it recovers by itself."""

import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.cli.commands.status import _Report
from agent.cli.shell.console import Console
from agent.journal import Entry, Journal, JournalMaintenance, StoreFinding
from agent.journal import journal as journal_module
from agent.journal.redo import BLOCKS
from agent.loop.committer import Committer
from config.catalogue import Catalogue
from headquarters.contract.protocol import chain, genesis
from rules.effects import Effects, Row
from runtime.clock import ManualClock
from runtime.errors import StoreError
from runtime.supervisor import running
from tests.unit.delivery_fakes import crash_image, drive, facts
from tests.unit.disk_fakes import FSYNC, FaultyDisk

FAULTS = [
    pytest.param(sqlite3.SQLITE_READONLY, "volatile", id="read-only"),
    pytest.param(FSYNC, "volatile", id="fsync"),
    pytest.param(sqlite3.SQLITE_IOERR, "volatile", id="io"),
    pytest.param(sqlite3.SQLITE_CANTOPEN, "volatile", id="cannot-open"),
    pytest.param(sqlite3.SQLITE_FULL, "volatile", id="full"),
    pytest.param(sqlite3.SQLITE_BUSY, "volatile", id="busy"),
    pytest.param(sqlite3.SQLITE_CORRUPT, "store-corrupt", id="corrupt"),
    pytest.param(sqlite3.SQLITE_NOTADB, "store-corrupt", id="not-a-database"),
]


@pytest.fixture
def disk() -> FaultyDisk:
    return FaultyDisk()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


class Gateway:
    """Committer, journal and keeper as the agent puts them together."""

    def __init__(self, journal: Journal, clock: ManualClock) -> None:
        self.journal = journal
        self.clock = clock
        self.keeper = JournalMaintenance(journal, clock)
        self.committer = Committer(journal, clock)
        self.found: list[StoreFinding] = []
        self.keeper.on_findings = self.found.extend

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.found]

    def put(self, *names: str, rows: tuple[Row, ...] = ()) -> None:
        self.committer.put(facts(*names, rows=rows), self.clock.now())

    async def stored(self) -> None:
        await drive(self.clock, lambda: not self.committer.pending)

    async def durable(self) -> None:
        await drive(self.clock, lambda: "agent.store-durable" in self.codes and not self.committer.pending)


@asynccontextmanager
async def gateway(path: Path, clock: ManualClock, disk: FaultyDisk, blocks: int = BLOCKS) -> AsyncIterator[Gateway]:
    """Without ``blocks`` for the redo log each commit is one of the file, as where the log cannot be written."""
    parts = Gateway(await Journal.open(path, "gw-1", clock, connect=disk.connect, blocks=blocks), clock)
    async with running({"keeper": parts.keeper.run()}), running({"committer": parts.committer.run()}):
        yield parts
    await parts.journal.close()


async def told(path: Path, clock: ManualClock) -> list[str]:
    """The names of all events in a file, oldest first, their chains proven."""
    journal = await Journal.open(path, "gw-1", clock)
    entries = await journal.unsent(999)
    await journal.close()
    for epoch in {entry.epoch for entry in entries}:
        assert_proven([entry for entry in entries if entry.epoch == epoch])
    return [name_of(entry) for entry in entries]


def assert_proven(entries: list[Entry]) -> None:
    digest = genesis("gw-1", entries[0].epoch)
    for number, entry in enumerate(entries, 1):
        assert (entry.seq, entry.previous, entry.hash) == (number, digest, chain(digest, entry.body))
        digest = entry.hash


def said(store: dict[str, Any]) -> str:
    """What ``plantgate status`` says of the store."""
    out = io.StringIO()
    _Report(Console(Catalogue.load("en"), out=out))._store({"degraded": True} | store)
    return out.getvalue()


def name_of(entry: Entry) -> str:
    return entry.body.decode().split('"name":"')[1].split('"')[0]


@pytest.mark.parametrize("blocks", [pytest.param(BLOCKS, id="log"), pytest.param(0, id="no log")])
@pytest.mark.parametrize(("code", "reason"), FAULTS)
async def test_a_failing_disk_costs_nothing_but_durability(
    path: Path, clock: ManualClock, disk: FaultyDisk, code: int, reason: str, blocks: int
) -> None:
    async with gateway(path, clock, disk, blocks) as parts:
        parts.put("one", rows=(Row("alarm", "kept", {"x": 1}), Row("alarm", "gone", {"x": 1})))
        await parts.stored()
        first = parts.journal.epoch.id
        disk.fail(code)
        parts.put("two", rows=(Row("alarm", "gone", None), Row("alarm", "new", {"x": 2})))
        await parts.stored()
        assert (parts.journal.durable, parts.committer.degraded) == (False, True)
        assert parts.keeper.storage == "volatile"
        assert str(path) in said(parts.keeper.plain())
        assert (parts.journal.epoch.reason, parts.journal.epoch.predecessor) == (reason, first)
        assert [name_of(entry) for entry in await parts.journal.unsent(9)] == ["two"]
        disk.heal()
        await parts.durable()
        parts.put("three")
        await parts.stored()
        assert not parts.committer.degraded
        assert "agent.store-lost" not in parts.codes
        assert {"agent.store-volatile", "agent.store-durable"} <= {*parts.codes}
        assert sorted(row.key for row in await parts.journal.load_rows()) == ["kept", "new"]
        image = crash_image(path, path.with_name("after.db"))
    assert await told(image, clock) == ["one", "two", "three"]


@pytest.mark.parametrize(("code", "reason"), FAULTS)
async def test_it_starts_whatever_the_disk_says(
    path: Path, clock: ManualClock, disk: FaultyDisk, code: int, reason: str
) -> None:
    async with gateway(path, clock, disk) as parts:
        parts.put("one", rows=(Row("alarm", "kept", {"x": 1}),))
        await parts.stored()
        first = parts.journal.epoch.id
    disk.fail(code)
    async with gateway(path, clock, disk) as parts:
        assert (parts.journal.durable, parts.journal.epoch.reason) == (False, reason)
        assert parts.journal.epoch.predecessor == first
        assert await parts.journal.load_rows() == [Row("alarm", "kept", {"x": 1})]
        parts.put("two")
        await parts.stored()
        disk.heal()
        await parts.durable()
    assert await told(path, clock) == ["one", "two"]


async def test_a_commit_of_unknown_outcome_is_told_once(path: Path, clock: ManualClock, disk: FaultyDisk) -> None:
    """Its fsync failed, its pages may still reach the disk: after reopening it must not be there twice."""
    async with gateway(path, clock, disk, blocks=0) as parts:
        parts.put("one")
        await parts.stored()
        disk.regret = lambda sql: FSYNC if sql == "COMMIT" else None
        parts.put("two")
        await parts.stored()
        disk.heal()
        await parts.durable()
    assert await told(path, clock) == ["one", "two"]


async def test_after_a_failed_fsync_the_file_is_opened_anew(path: Path, clock: ManualClock, disk: FaultyDisk) -> None:
    journal = await Journal.open(path, "gw-1", clock, connect=disk.connect, blocks=0)
    disk.fail(FSYNC, on="COMMIT")
    with pytest.raises(StoreError, match=r"store\.io"):
        await journal.commit(facts("one"), clock.now())
    disk.heal()
    disk.statements.clear()
    with pytest.raises(StoreError, match=r"store\.io"):
        await journal.commit(facts("one"), clock.now())
    assert disk.statements == []
    await journal.close()


async def test_a_bug_is_no_trouble_of_the_disk(path: Path, clock: ManualClock, disk: FaultyDisk) -> None:
    journal = await Journal.open(path, "gw-1", clock, connect=disk.connect)
    with pytest.raises(StoreError, match=r"store\.failed"):
        await journal.maintain(lambda db: db.execute("UPDATE event SET nothing = 1"))
    assert not journal.trouble.is_set()
    await journal.close()


async def test_memory_is_bounded_and_what_it_loses_is_counted(
    path: Path, clock: ManualClock, disk: FaultyDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "VOLATILE_ALLOWED", 10)
    async with gateway(path, clock, disk) as parts:
        disk.fail(sqlite3.SQLITE_READONLY)
        parts.put("trigger")
        await parts.stored()
        await parts.journal.mark_sent(await parts.journal.unsent(1))
        for number in range(14):
            parts.put(f"e{number}")
        await parts.stored()
        assert parts.journal.lost == 4
        disk.heal()
        await parts.durable()
        assert ("agent.events-lost", {"count": "4"}) in [(f.code, f.arguments) for f in parts.found]
        entries = await parts.journal.unsent(99)
    assert [name_of(entry) for entry in entries] == [f"e{number}" for number in range(4, 14)]


async def test_nothing_acts_and_nobody_is_told_of_durability_there_is_not(
    path: Path, clock: ManualClock, disk: FaultyDisk
) -> None:
    durable: list[bool] = []
    async with gateway(path, clock, disk) as parts:
        parts.committer.on_durable = durable.append
        disk.fail(sqlite3.SQLITE_READONLY)
        parts.put("one")
        await parts.stored()
        assert durable == [False]
        disk.heal()
        await parts.durable()
        parts.put("two")
        await parts.stored()
    assert durable == [False, True]


async def test_a_full_disk_gives_the_reserve_to_events(path: Path, clock: ManualClock, disk: FaultyDisk) -> None:
    reserve = path.with_suffix(".reserve")
    async with gateway(path, clock, disk, blocks=0) as parts:
        await drive(clock, reserve.exists)
        disk.refuse = lambda sql: sqlite3.SQLITE_FULL if sql == "COMMIT" and reserve.exists() else None
        parts.put("one")
        await parts.stored()
        assert (parts.journal.durable, parts.keeper.tight, reserve.exists()) == (True, True, False)
        assert parts.keeper.storage == "tight"
        await parts.keeper.upkeep()
        assert (parts.keeper.tight, reserve.exists()) == (False, True)
        assert parts.keeper.storage == "durable"
        assert parts.codes == ["agent.store-tight", "agent.store-room"]
    assert await told(path, clock) == ["one"]


async def test_everything_the_engine_knows_is_written_again_after_trouble(
    path: Path, clock: ManualClock, disk: FaultyDisk
) -> None:
    async with gateway(path, clock, disk) as parts:
        whole = Effects(rows=[Row("alarm", "a", {"x": 9})])
        parts.keeper.on_returned = lambda: parts.committer.put(whole, clock.now())
        disk.fail(sqlite3.SQLITE_READONLY)
        parts.put("one")
        await parts.stored()
        disk.heal()
        await parts.durable()
        await parts.committer.drain()
        assert await parts.journal.load_rows() == whole.rows
