"""The journal's file on its way in and out: opening, what can be read of it when that fails, replacing it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import structlog

from agent.journal import exchange
from agent.journal.examine import examine
from agent.journal.high_water_mark import HighWaterMark, HighWaterMarkFile
from agent.journal.numbering import (
    Numbering,
    StoreFinding,
    decide,
    forget_beyond,
    note_missing,
    read_mark,
    untold_findings,
)
from agent.journal.packing import Dictionaries
from agent.journal.redo import BLOCKS, Redo
from agent.journal.salvage import Damaged, salvage, salvaged_rows
from agent.journal.schema import ADDED, BASE, SCHEMA, VERSION
from agent.journal.writing import restore
from rules.effects import Row
from runtime.disk_file import identity
from runtime.errors import StoreError
from runtime.sqlite import Connect, Connection, Database, DatabaseOptions, connect_alone, differs, holds

BEYOND_REPAIR = ("store.corrupt", "store.version", "store.foreign")
"""Such a file is set aside, and what can be read of it goes into a new one."""

log = structlog.get_logger()


class StoreFile:
    """The file at ``path`` and the mark beside it."""

    def __init__(
        self, path: Path, gateway: str, machine: str = "", connect: Connect = connect_alone, blocks: int = BLOCKS
    ) -> None:
        """``machine`` is the identity of the box the file should belong to; its redo log has so many ``blocks``."""
        self.path = path
        dictionaries = Dictionaries()
        self.log = Redo(path.with_suffix(".redo"), lambda db, record: restore(db, dictionaries, record), blocks)
        """What makes a commit durable before the file has it; see ``Database.call`` about lazy ones."""
        self._gateway = gateway
        self._machine = machine
        self._options = DatabaseOptions(connect, self._seal, upgrade, self.log, check=False)
        self._mark_file = HighWaterMarkFile(path.with_suffix(".mark"))
        self._confirmed: HighWaterMark | None = None
        """As of the last commit of this process; the mark on disk may be older if that could not be written."""
        self._sealing = False
        self._mark_failed = False
        self._made: tuple[int, int] | None = None
        """Device and inode of the file in use."""

    def high_water_mark(self) -> HighWaterMark | None:
        """The newest thing known about how far the file had got."""
        return self._confirmed or self._mark_file.read()

    async def open(self, fresh_id: str) -> tuple[Database, Numbering]:
        """Open or make the file and settle which epoch goes on. Raises StoreError."""
        mark = await asyncio.to_thread(self.high_water_mark)
        async with self._opened() as database:
            standing = await database.call(lambda db: decide(db, self._gateway, self._machine, mark, fresh_id))
            untold = await database.call(untold_findings)
            self._sealing = True
            await database.call(lambda _: None)  # writes the mark
        return database, replace(standing, findings=(*untold, *standing.findings))

    async def reopen(self) -> tuple[Database, list[StoreFinding]]:
        """Open the file again for an epoch that is already going on elsewhere. Raises StoreError."""
        async with self._opened() as database:
            findings = [*await database.call(untold_findings), *await database.call(self._reconcile)]
            self._sealing = True
        return database, findings

    def verify(self) -> None:
        """Raise StoreError (store.vanished) when the name leads to another file than the one in use, or to none.

        What is written then nobody finds again: a folder was deleted, put back from a copy, or another disk mounted.
        """
        if identity(self.path) != self._made:
            raise StoreError("store.vanished", path=self.path)

    def readable_rows(self) -> list[Row]:
        """The engine's state as far as it can be read without opening the file for writing."""
        found = salvaged_rows(exchange.current(self.path), self.log.records())
        return [Row(table, key, json.loads(body)) for (table, key), body in found.items()]

    async def damage(self) -> StoreError | None:
        """What is wrong with the file, if anything is."""
        try:
            await asyncio.to_thread(examine, self.path, Event(), pause=0.0)
        except StoreError as error:
            return error
        return None

    async def judged(self, error: StoreError) -> StoreError:
        """``error`` as it is, or as damage of the file.

        Our statements fit our tables: where one fails for no reason of the disk, what SQLite keeps of the tables is
        damaged, which no check of SQLite finds.
        """
        if error.code != "store.failed":
            return error
        try:
            damaged = await asyncio.to_thread(differs, exchange.current(self.path), SCHEMA)
        except StoreError as unreadable:
            return unreadable
        return (
            StoreError("store.corrupt", path=self.path, reason=error.arguments.get("reason", "")) if damaged else error
        )

    def replace(self, at: int, stop: Event) -> None:
        """Set the file aside and put a new one with all that can be saved in its place. Raises StoreError.

        Whatever moment this ends at, the next start finds either file whole, and in the new one what is to be told of
        the loss (``untold_findings``). ``at`` goes into the name of the old one.
        """
        if exchange.current(self.path) == self.path:
            aside = f"damaged-{at}"
            lost = Damaged(self.path, aside, self._gateway, self.high_water_mark(), self.log.records())
            salvage(lost, exchange.making(self.path), stop)
            exchange.make_ready(self.path, aside)
            log.error("store.set-aside", path=str(self.path), aside=f"{self.path.name}.{aside}")
        exchange.finish(self.path)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Database]:
        """The file, an exchange under way completed first; closed again when the body fails."""
        self._sealing = False
        await asyncio.to_thread(exchange.finish, self.path)
        database = await Database.open(self.path, SCHEMA, VERSION, self._options)
        self._made = await asyncio.to_thread(identity, self.path)
        try:
            yield database
        except BaseException:
            await database.close()
            raise

    def _reconcile(self, db: Connection) -> list[StoreFinding]:
        if self._confirmed is not None:
            # A commit that was reported as failed may be on the disk after all; what it told is told again elsewhere.
            forget_beyond(db, self._confirmed)
        return note_missing(db, self._gateway, self.high_water_mark())

    def _seal(self, db: Connection) -> None:
        if not self._sealing:
            return
        self.verify()
        mark = read_mark(db, self._gateway)
        if mark is None or mark == self._confirmed:
            return
        self._confirmed = mark
        try:
            self._mark_file.write(mark)
        except OSError as error:
            # The commit stands; only a later loss would be bounded less tightly.
            if not self._mark_failed:
                log.error("store.mark", path=str(self._mark_file.path), reason=str(error))
            self._mark_failed = True
        else:
            self._mark_failed = False


def upgrade(connection: Connection) -> None:
    """Add to a file of the same version what it lacks, in one transaction; leave any other file alone."""
    if holds(connection, BASE) and not holds(connection, SCHEMA):
        connection.executescript(f"BEGIN IMMEDIATE;{ADDED};COMMIT;")
