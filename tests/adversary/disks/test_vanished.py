"""The journal's file is taken away from under a running gateway: nothing is confirmed that nobody would find again."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.journal import Journal, JournalMaintenance
from rules.effects import Row
from runtime.clock import ManualClock
from runtime.errors import StoreError
from runtime.supervisor import running
from tests.unit.delivery_fakes import drive, facts


def folder_deleted(path: Path) -> None:
    shutil.rmtree(path.parent)


def folder_moved(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


def file_deleted(path: Path) -> None:
    path.unlink()


def put_back_from_a_copy(path: Path) -> None:
    folder_deleted(path)
    shutil.copytree(path.parent.with_name("yesterday"), path.parent)


def replaced_by_another_file(path: Path) -> None:
    path.with_name("other").touch()
    path.with_name("other").replace(path)


EVENTS = [folder_deleted, folder_moved, file_deleted, put_back_from_a_copy, replaced_by_another_file]


@pytest.mark.parametrize("happens", EVENTS)
@pytest.mark.parametrize("asked", [True, False], ids=["at the next commit", "while nothing is committed"])
async def test_it_is_noticed_and_all_is_stored_again_where_it_is_looked_for(
    tmp_path: Path, happens: Callable[[Path], None], asked: bool
) -> None:
    path, clock = tmp_path / "state" / "journal.db", ManualClock()
    path.parent.mkdir()
    await (await Journal.open(path, "gw-1", clock)).close()
    shutil.copytree(path.parent, tmp_path / "yesterday")
    journal = await Journal.open(path, "gw-1", clock)
    first = journal.epoch.id
    await journal.commit(facts("before", rows=(Row("lockout", "a", {"by": "Li"}),)), clock.now())
    maintenance = JournalMaintenance(journal, clock)
    happens(path)
    if asked:
        with pytest.raises(StoreError, match=r"store\.vanished"):
            await journal.commit(facts("lost", rows=(Row("lockout", "b", {"by": "Wang"}),)), clock.now())
    async with running({"journal": maintenance.run()}):
        await drive(
            clock, lambda: journal.epoch.id != first, within=60
        )  # the threads are as fast as the machine is idle
        path.parent.mkdir(exist_ok=True)
        await drive(clock, lambda: journal.durable, within=60)
        await journal.commit(facts("after", rows=(Row("lockout", "c", {"by": "Zhao"}),)), clock.now())
    await journal.close()
    again = await Journal.open(path, "gw-1", clock)
    assert ("c", {"by": "Zhao"}) in [(row.key, row.body) for row in await again.load_rows()]
    assert any(b"after" in entry.body for entry in await again.unsent(99))
    # Commands were disarmed with the epoch that began in memory, and what the old file held is known to be missing.
    assert again.epoch.reason == "volatile"
    await again.close()
