"""The exchange of a salvaged journal, killed before each of its file operations: all of one of the two is there."""

import asyncio
import itertools
import shutil
from pathlib import Path
from threading import Event

import pytest

from agent.journal import Journal, exchange
from agent.journal.storefile import StoreFile
from rules.effects import Row
from runtime.clock import ManualClock
from tests.adversary.disks.killing import killed_at
from tests.unit.delivery_fakes import crash_image, facts

EVENTS = 50
MOST = 60
"""File operations an exchange has at most; it has about twenty."""
STATE = [Row("alarm", "tank-1/W01", {"state": "active"})]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A journal with events in its file and events in its log only."""
    making, path = tmp_path / "making.db", tmp_path / "old" / "journal.db"
    path.parent.mkdir()
    asyncio.run(build(making, path))
    return path


async def build(making: Path, path: Path) -> None:
    clock = ManualClock()
    for first in (0, EVENTS // 2):
        journal = await Journal.open(making, "gw-1", clock)
        names = [f"event {number}" for number in range(first, first + EVENTS // 2)]
        for name in names:
            await journal.commit(facts(name, rows=(*STATE,)), clock.now())
        if not first:
            await journal.close()
    crash_image(making, path)
    shutil.copyfile(making.with_suffix(".mark"), path.with_suffix(".mark"))
    await journal.close()


def copied(old: Path, to: Path) -> Path:
    shutil.copytree(old.parent, to)
    return to / old.name


def replace(path: Path) -> None:
    StoreFile(path, "gw-1").replace(1_800_000_000, Event())


async def held(path: Path) -> tuple[bool, int, list[str], list[Row], list[str]]:
    journal = await Journal.open(path, "gw-1", ManualClock())
    entries = await journal.read_range(journal.epoch.id, 1, 2 * EVENTS)
    names = [entry.body.decode().split('"name":"')[1].split('"')[0] for entry in entries]
    try:
        codes = [finding.code for finding in journal.findings]
        return journal.durable, journal.head, names, await journal.load_rows(), codes
    finally:
        await journal.close()


def assert_whole(path: Path, replaced: bool) -> None:
    durable, head, names, rows, codes = asyncio.run(held(path))
    assert (durable, head, rows) == (True, EVENTS, STATE)
    assert names == [f"event {number}" for number in range(EVENTS)]
    assert codes == ["agent.store-damaged"] * replaced
    asides = [*path.parent.glob("journal.db.damaged-*")]
    assert path.parent / "journal.db.damaged-1800000000" in asides or not replaced
    assert not [*path.parent.glob(f"*{exchange.READY}*")]


def test_a_kill_before_any_step_costs_nothing(old: Path, tmp_path: Path) -> None:
    outcomes = []
    for step in itertools.count(1):
        path = copied(old, tmp_path / f"killed-{step}")
        killed = killed_at(step, path.parent, lambda path=path: replace(path))
        ready = exchange.current(path) != path
        switched = ready or (path.parent / "journal.db.damaged-1800000000").exists()
        outcomes.append((switched, ready))
        assert_whole(path, switched)
        if not killed:
            break
    assert len(outcomes) < MOST
    assert outcomes.count((True, True)) >= 3, "killed while a complete copy waits beside what is left of the old set"
    assert outcomes == sorted(outcomes, key=lambda outcome: (outcome[0], not outcome[1])), "never back again"


def test_a_kill_while_an_exchange_is_completed_costs_nothing(old: Path, tmp_path: Path) -> None:
    waiting = copied(old, tmp_path / "waiting")
    step = next(
        step
        for step in itertools.count(1)
        if killed_at(step, waiting.parent, lambda: replace(waiting)) and exchange.current(waiting) != waiting
    )
    assert step < MOST
    for again in itertools.count(1):
        path = copied(waiting, tmp_path / f"again-{again}")
        killed = killed_at(again, path.parent, lambda path=path: exchange.finish(path))
        assert_whole(path, replaced=True)
        if not killed:
            break
    assert again > 3


def test_what_is_to_be_told_of_a_loss_is_told_after_a_kill_too(old: Path) -> None:
    replace(old)
    for _ in range(2):
        assert asyncio.run(held(old))[4] == ["agent.store-damaged"]


def test_a_log_left_beside_a_new_file_never_gets_into_it(old: Path) -> None:
    """The old log has frames of pages the new file has too: replayed into it they would tear it apart."""
    log = old.with_name("journal.db-wal").read_bytes()
    killed = next(s for s in itertools.count(1) if killed_at(s, old.parent, lambda: replace(old)) and ready(old))
    assert killed
    old.with_name("journal.db-wal").write_bytes(log)
    assert_whole(old, replaced=True)


def ready(path: Path) -> bool:
    return exchange.current(path) != path
