"""Copies of the journal that a gateway makes for a backup while it works."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.api import requests
from agent.api.verbs.backup import KEPT, BackupApi
from agent.backup.journals import read
from agent.journal import Journal, JournalMaintenance
from agent.loop.committer import Committer
from config.site import load_site
from drivers.points import PlantgateError
from rules.people import Access, Person
from runtime.clock import ManualClock
from runtime.sqlite import reading
from tests.unit.delivery_fakes import drive, facts, running_task

SITE = Path(__file__).parents[4] / "acceptance" / "site"
LI = Person("Li", Access.ENGINEER, "li")
ASK, HOW = requests.CopyJournal("Li"), requests.CopyProgress()


@asynccontextmanager
async def gateway(path: Path, clock: ManualClock) -> AsyncIterator[BackupApi]:
    journal = await Journal.open(path, "gw-1", clock)
    committer = Committer(journal, clock)
    plant = load_site(SITE)
    api = BackupApi(lambda: plant, journal, JournalMaintenance(journal, clock), committer, clock)
    async with running_task(committer.run()), running_task(api.run()):
        await journal.commit(facts("one"), clock.now())
        yield api
    await journal.close()


async def ended(api: BackupApi, clock: ManualClock) -> str:
    """The code of what a copy came to; empty when it is ready."""
    told = await api.progress(LI, HOW)
    while not told["ready"] and not told["code"]:
        await clock.advance(0.1)
        told = await api.progress(LI, HOW)
    return str(told["code"])


async def test_it_holds_the_audit_row_about_itself_and_is_removed_when_nobody_takes_it(tmp_path: Path) -> None:
    clock = ManualClock()
    async with gateway(tmp_path / "journal.db", clock) as api:
        begun = await api.begin(LI, ASK)
        assert await ended(api, clock) == ""
        copy = Path(begun["path"])
        assert read(copy).head == 2
        with reading(copy) as db:
            assert [kind for (kind,) in db.execute("SELECT kind FROM event ORDER BY seq")] == ["system", "audit"]
        await clock.advance(KEPT + 1.0)
        await drive(clock, lambda: not copy.exists())


async def test_one_at_a_time(tmp_path: Path) -> None:
    clock = ManualClock()
    async with gateway(tmp_path / "journal.db", clock) as api:
        with pytest.raises(PlantgateError, match=r"backup\.no-copy"):
            await api.progress(LI, HOW)
        await api.begin(LI, ASK)
        with pytest.raises(PlantgateError, match=r"backup\.under-way"):
            await api.begin(LI, ASK)
        assert await ended(api, clock) == ""
        await api.begin(LI, ASK)
        assert await ended(api, clock) == ""


async def test_a_disk_without_room_keeps_it_for_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    async with gateway(tmp_path / "journal.db", clock) as api:
        monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=10, f_frsize=4096))
        with pytest.raises(PlantgateError, match=r"backup\.no-room"):
            await api.begin(LI, ASK)
    assert not (tmp_path / "journal.copy").exists()


async def test_what_is_in_memory_only_is_no_backup(tmp_path: Path) -> None:
    clock, path = ManualClock(), tmp_path / "journal.db"
    path.mkdir()  # nothing can be stored there
    async with gateway(path, clock) as api:
        with pytest.raises(PlantgateError, match=r"store\.volatile"):
            await api.begin(LI, ASK)
        assert await ended(api, clock) == "store.volatile"
