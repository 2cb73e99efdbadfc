"""Leaving a failing disk and coming back, again and again: nothing is mixed up, nothing is left open."""

import asyncio
import gc
import os
import sqlite3
import threading
import weakref
from pathlib import Path

import pytest

from agent.journal import Journal, JournalMaintenance
from agent.loop.committer import Committer
from agent.uplink.publisher import Publisher
from rules.effects import Effects
from runtime.clock import ManualClock
from runtime.errors import StoreError
from runtime.supervisor import running
from tests.unit.delivery_fakes import IDENTITY, UPLINK, FakeBroker, drive, facts
from tests.unit.disk_fakes import FaultyDisk

RETRIES = 50


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def test_what_was_asked_of_a_file_stays_with_its_epoch(path: Path, clock: ManualClock) -> None:
    """The thread of the file is busy while memory takes its place: its queue must not get the epoch of memory."""
    disk, held, let_go = FaultyDisk(), threading.Event(), threading.Event()
    journal = await Journal.open(path, "gw-1", clock, connect=disk.connect)
    first = journal.epoch.id

    def hold(_: str) -> None:
        held.set()
        let_go.wait(10)

    disk.before = hold
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(journal.commit(facts(f"event {n}"), clock.now())) for n in range(20)]
        await asyncio.to_thread(held.wait, 10)
        journal.report(StoreError("store.io", path=path, reason="test"))
        falling = group.create_task(journal.fall_back())
        while journal.durable:  # noqa: ASYNC110 - a thread tells no event
            await asyncio.sleep(0)
        let_go.set()
        await falling
    entries = [entry for task in asked for entry in task.result()]
    assert {entry.epoch for entry in entries} == {first}
    assert sorted(entry.seq for entry in entries) == [*range(1, 21)]
    (volatile,) = await journal.commit(facts("in memory"), clock.now())
    assert (volatile.epoch, volatile.seq) == (journal.epoch.id, 1)
    assert volatile.epoch != first
    await journal.close()


async def test_what_an_abandoned_file_says_late_is_no_new_trouble(path: Path, clock: ManualClock) -> None:
    disk, let_go = FaultyDisk(), threading.Event()
    journal = await Journal.open(path, "gw-1", clock, connect=disk.connect)
    disk.before = lambda _: let_go.wait(10)
    late = asyncio.get_running_loop().create_task(journal.commit(facts("late"), clock.now()))
    await asyncio.sleep(0)
    journal.report(StoreError("store.io", path=path, reason="test"))
    falling = asyncio.get_running_loop().create_task(journal.fall_back())
    while journal.durable:  # noqa: ASYNC110 - a thread tells no event
        await asyncio.sleep(0)
    journal.cleared()
    disk.fail(sqlite3.SQLITE_IOERR)
    let_go.set()
    with pytest.raises(StoreError):
        await late
    await falling
    assert journal.error is None
    await journal.close()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("PRAGMA user_version", id="the file cannot be opened"),
        pytest.param("SELECT value FROM meta", id="opened, and then not read"),
        pytest.param("SELECT ref, head FROM epoch", id="opened, and then not compared"),
        pytest.param("COMMIT", id="read, and then not written"),
    ],
)
async def test_no_retry_leaves_a_thread_or_a_descriptor_open(path: Path, clock: ManualClock, statement: str) -> None:
    disk, others = FaultyDisk(), {*threading.enumerate()}
    journal = await Journal.open(path, "gw-1", clock, connect=disk.connect)
    keeper = JournalMaintenance(journal, clock)
    tried: list[str] = []

    def trying() -> bool:
        """Whether an attempt is under way, or one has left its thread behind."""
        started = {*threading.enumerate()} - others
        return any(thread.name == f"sqlite-{path.name}" for thread in started)

    async with running({"keeper": keeper.run()}):
        disk.fail(sqlite3.SQLITE_IOERR, on=statement)
        disk.before = lambda sql: tried.append(sql) if sql.lstrip().startswith(statement) else None
        journal.report(StoreError("store.io", path=path, reason="test"))
        await drive(clock, lambda: len(tried) > 2 and not journal.durable, within=300)
        await drive(clock, lambda: not trying())
        before, tries = left_open(), len(tried)
        await drive(clock, lambda: len(tried) > tries + RETRIES, within=3600, step=1.0)
        await drive(clock, lambda: not trying())
        assert left_open() <= before
        disk.heal()
        await drive(clock, lambda: journal.durable, within=300)
    await journal.close()


def left_open() -> int:
    """Threads and descriptors of this process."""
    return sum(thread.name.startswith("sqlite-") for thread in threading.enumerate()) + len(os.listdir("/proc/self/fd"))


async def test_a_cancelled_start_leaves_no_thread(path: Path, clock: ManualClock) -> None:
    disk, held, let_go = FaultyDisk(), threading.Event(), threading.Event()

    def hold(_: str) -> None:
        held.set()
        let_go.wait(10)

    disk.before, before = hold, left_open()
    opening = asyncio.get_running_loop().create_task(Journal.open(path, "gw-1", clock, connect=disk.connect))
    await asyncio.to_thread(held.wait, 10)
    opening.cancel()
    let_go.set()
    await asyncio.gather(opening, return_exceptions=True)
    gc.collect()
    assert left_open() <= before


async def test_a_publisher_that_ended_listens_no_more(path: Path, clock: ManualClock) -> None:
    """Each reload of the uplink makes another one: the journal must not hold on to those before."""
    journal = await Journal.open(path, "gw-1", clock)
    ended = []
    for _ in range(5):
        publisher = Publisher(journal, UPLINK, IDENTITY, FakeBroker(), clock)
        async with running({"publisher": publisher.run()}):
            await clock.advance(1)
        ended.append(weakref.ref(publisher))
    del publisher
    gc.collect()
    assert [one() for one in ended] == [None] * 5
    await journal.close()


async def test_whoever_waits_for_a_committer_that_ended_is_told(path: Path, clock: ManualClock) -> None:
    disk = FaultyDisk()
    journal = await Journal.open(path, "gw-1", clock, connect=disk.connect)
    committer = Committer(journal, clock)
    disk.fail(sqlite3.SQLITE_BUSY)
    waiting: list[asyncio.Future[None]] = [asyncio.get_running_loop().create_future() for _ in range(3)]
    async with running({"committer": committer.run()}):
        await clock.advance(0)
        committer.put(facts("one"), clock.now(), [waiting[0]])
        committer.put(Effects(), clock.now(), [waiting[1]])
    committer.put(facts("too late"), clock.now(), [waiting[2]])
    for waiter in waiting:
        with pytest.raises(StoreError):
            await waiter
    await journal.close()
