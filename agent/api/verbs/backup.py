"""A copy of the journal for ``plantgate backup``: the gateway holds the file alone, so only it can make one."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.backup.beginning import COPY
from agent.backup.disk import check_room, translated
from agent.backup.journals import audit
from agent.journal import Journal, JournalMaintenance
from agent.journal.copying import remove_copy
from agent.loop.committer import Committer
from config.plant import Plant
from drivers.points import PlantgateError
from rules.effects import Effects
from rules.facts import moment
from rules.people import Person
from runtime.clock import Clock
from runtime.errors import AgentError, StoreError

BREATH = 0.005
"""Seconds between two pieces of a copy: the disk and the interpreter belong to the polls."""
KEPT = 600.0
"""Seconds a copy waits to be taken."""


@dataclass(slots=True)
class CopyState:
    """How far a copy is."""

    path: Path
    by: str
    done: int = 0
    total: int = 0
    """Pages."""
    ready: bool = False
    error: PlantgateError | None = None


class BackupApi:
    """One copy at a time, in a task of its own: whoever asked may hang up."""

    def __init__(
        self,
        plant: Callable[[], Plant],
        journal: Journal,
        keeper: JournalMaintenance,
        committer: Committer,
        clock: Clock,
    ) -> None:
        """Copies lie beside the file of ``journal``."""
        self._plant = plant
        self._keeper = keeper
        self._committer = committer
        self._clock = clock
        self._path = journal.file.path.with_name(COPY)
        self._journal_path = journal.file.path
        self._copy: CopyState | None = None
        self._asked = asyncio.Event()
        self._stopped = Event()

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {requests.CopyJournal: self.begin, requests.CopyProgress: self.progress}

    async def begin(self, who: Person, asked: requests.CopyJournal) -> dict[str, Any]:
        """Begin a copy; the audit row about it is in it. Raises AgentError, StoreError."""
        before = self._copy
        if before is not None and not before.ready and before.error is None:
            raise AgentError("backup.under-way", by=before.by)
        with translated(self._path):
            check_room(self._path.parent, self._journal_path.stat().st_size)
        self._copy = CopyState(self._path, who.name)
        try:
            await self._audit(who, secrets=asked.secrets)
        except StoreError as error:
            self._copy.error = error
            raise
        self._asked.set()
        return {"path": str(self._path), "site": str(self._plant().directory.absolute())}

    async def progress(self, who: Person, asked: requests.CopyProgress) -> dict[str, Any]:
        """How many of how many pages are copied, and why it failed if it did."""
        copy = self._copy
        if copy is None:
            raise AgentError("backup.no-copy")
        error = copy.error
        arguments = {key: str(value) for key, value in error.arguments.items()} if error else {}
        told = {"done": copy.done, "total": copy.total, "ready": copy.ready}
        return {**told, "code": error.code if error else "", "arguments": arguments}

    async def run(self) -> None:
        """Make each copy that is asked for, until cancelled; one that nobody takes is removed."""
        try:
            while True:
                await self._asked.wait()
                self._asked.clear()
                if self._copy is not None:
                    await self._make(self._copy)
                    await self._clock.real_wait(self._asked, KEPT)
                    with suppress(StoreError):  # it goes before the next one
                        await asyncio.to_thread(remove_copy, self._path)
        finally:
            self._stopped.set()

    async def _make(self, copy: CopyState) -> None:
        def told(done: int, total: int) -> None:
            copy.done, copy.total = done, total
            if self._stopped.wait(BREATH):
                raise StoreError("store.closed", path=copy.path)

        try:
            await self._keeper.copy(copy.path, told)
        except StoreError as error:
            copy.error = error
        else:
            copy.ready = True

    async def _audit(self, who: Person, *, secrets: bool) -> None:
        fact = audit("backup", who.name, "", "secrets" if secrets else "", account=who.account)
        fact = replace(fact, at=moment(self._clock.now()), simulated=self._clock.simulated)
        await self._committer.store(Effects(events=[fact]), self._clock.now())
