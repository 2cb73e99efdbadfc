"""The journal of a gateway that does not run, only read: its file, and what its redo log holds beyond that.

Each look opens the file and closes it again, so a gateway that starts meanwhile waits a moment for it and no longer.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

from agent.journal import exchange
from agent.journal.entry import Entry
from agent.journal.outbox import last_position
from agent.journal.packing import Dictionaries
from agent.journal.past import LAST, LOOKED_AT, PastStretch, span_in, stretch_in, zone_in
from agent.journal.redo import Redo, RedoRecord, beyond, read_applied
from agent.journal.salvage import salvaged_rows
from drivers.points import Instant
from runtime.errors import AgentError, StoreError
from runtime.sqlite import Connection, reading

T = TypeVar("T")


class StoredJournal:
    """The journal at ``path``; implements ``agent.journal.past.Past``. Its methods raise AgentError, StoreError."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet."""
        self._path = path
        self._dictionaries = Dictionaries()
        self._log = Redo(path.with_suffix(".redo"), lambda *_: None)

    async def zone(self) -> str:
        """The time zone of its site; empty when it was never noted."""
        return await self._read(zone_in)

    async def states(self, table: str) -> list[Any]:
        """The bodies of one table of the engine's state, as far as they can be read."""
        rows = await asyncio.to_thread(lambda: salvaged_rows(self._file(), self._log.records()))
        return [json.loads(body) for (name, _), body in rows.items() if name == table]

    async def span(self, since: float, until: float | None) -> tuple[int, int]:
        """As ``Past.span``."""

        def look(db: Connection) -> tuple[int, int]:
            last, (after, before) = last_position(db), span_in(db, since, until)
            if after < last and (until is None or before <= last):
                return after, before
            tail = self._tail(db)
            if after >= last:
                after = next((one.position - 1 for one in tail if one.committed.wall >= since), last + len(tail))
            if until is not None:
                before = next((one.position for one in tail if one.committed.wall >= until), LAST)
            return after, before

        return await self._read(look)

    async def stretch(self, after: int, before: int, kinds: Collection[str]) -> PastStretch:
        """As ``Past.stretch``."""

        def look(db: Connection) -> PastStretch:
            found = stretch_in(db, self._dictionaries, after, before, kinds)
            if not found.end:
                return found
            tail = [one for one in self._tail(db) if max(after, found.last) < one.position < before]
            read = [one for one in tail[:LOOKED_AT] if one.kind in kinds]
            last = tail[:LOOKED_AT][-1].position if tail else found.last
            return PastStretch(last, found.entries + read, found.damaged, end=len(tail) <= LOOKED_AT)

        return await self._read(look)

    def _tail(self, db: Connection) -> list[Entry]:
        """The events that only the redo log holds, at the positions they will have."""
        heads = dict(db.execute("SELECT epoch, head FROM epoch").fetchall())
        records = beyond(self._log.records(), read_applied(db), lambda epoch: heads.get(epoch, 0))
        events = [event for event in _events(records) if event[1] > heads.get(event[0], LAST)]
        return [_entry(number, event) for number, event in enumerate(events, last_position(db) + 1)]

    def _file(self) -> Path:
        try:
            found = exchange.current(self._path)
            if found.is_file() and found.stat().st_size:
                return found
        except PermissionError as error:
            raise AgentError("agent.not-permitted", path=str(self._path)) from error
        except OSError:
            pass
        raise AgentError("history.no-journal", directory=str(self._path.parent))

    async def _read(self, look: Callable[[Connection], T]) -> T:
        def read() -> T:
            path = self._file()
            try:
                with reading(path) as db:
                    return look(db)
            except (TypeError, ValueError) as error:  # what should be a number or a text is none
                raise StoreError("store.corrupt", path=path, reason=error) from error

        return await asyncio.to_thread(read)


def _events(records: list[RedoRecord]) -> Iterator[list[Any]]:
    return (event for record in records for event in record.events)


def _entry(position: int, event: list[Any]) -> Entry:
    epoch, seq, kind, _, text, digest, previous, boot, mono, wall, trusted = event
    at = Instant(boot, mono, wall, bool(trusted))
    return Entry(position, epoch, seq, kind, text.encode(), digest, previous, at)
