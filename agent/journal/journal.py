"""The durable memory of the gateway: events, append-only and chained, and the rows of the engine's state.

One transaction keeps both in step: what the engine decided and what it told are never apart, whenever power fails.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex

import structlog

from agent import sqlite, wire
from agent.clock import Clock
from agent.errors import StoreError
from agent.journal import queue
from agent.journal.entry import Entry, Epoch, QueueStats, Settlement
from agent.journal.schema import SCHEMA, VERSION
from agent.journal.writing import append, change_row, start_epoch
from drivers.points import Instant
from rules.effects import Effects, Row

log = structlog.get_logger()


class Journal:
    """The journal of one gateway; all its methods raise StoreError when the file does not cooperate."""

    def __init__(self, database: sqlite.Database, gateway: str, clock: Clock, epoch: Epoch, head: int) -> None:
        """Made by ``open``."""
        self.gateway = gateway
        self._clock = clock
        self._database = database
        self._epoch = epoch
        self._head = head
        self._listeners: list[Callable[[], object]] = []

    @classmethod
    async def open(cls, path: Path, gateway: str, clock: Clock) -> "Journal":
        """Open or create the journal at ``path``.

        A damaged file is set aside, logged, and a new epoch begins: a gateway never refuses to start for its past.
        """
        reason = "new-store"
        try:
            database = await sqlite.Database.open(path, SCHEMA, VERSION)
        except StoreError as error:
            if error.code != "store.corrupt":
                raise
            aside = sqlite.set_aside(path, f"damaged-{int(clock.now().wall)}")
            log.error("store.set-aside", path=str(path), aside=str(aside), reason=str(error))
            reason = "store-corrupt"
            database = await sqlite.Database.open(path, SCHEMA, VERSION)
        fresh = Epoch(_new_id(clock.now()), reason)
        epoch, head = await database.call(lambda db: _current_epoch(db, gateway, fresh))
        return cls(database, gateway, clock, epoch, head)

    async def close(self) -> None:
        """Finish what is being written and close the file."""
        await self._database.close()

    @property
    def epoch(self) -> Epoch:
        """The epoch new events belong to."""
        return self._epoch

    @property
    def head(self) -> int:
        """Highest seq of the current epoch; 0 before its first event."""
        return self._head

    def on_commit(self, listener: Callable[[], object]) -> None:
        """Call ``listener`` after each commit that brought events. It must return at once."""
        self._listeners.append(listener)

    async def load_rows(self) -> list[Row]:
        """The engine's state as of the last commit."""
        return await self._database.call(_load_rows)

    async def commit(self, effects: Effects, at: Instant, source: str = "engine") -> list[Entry]:
        """Keep rows and events in one transaction; durable on return. Returns the events with their keys."""
        rows = [(row.table, row.key, None if row.body is None else wire.canonical(row.body)) for row in effects.rows]
        facts = [(fact.kind, queue.body_of(fact)) for fact in effects.events]

        def write(db: sqlite.Connection) -> list[Entry]:
            for row in rows:
                change_row(db, row)
            return append(db, self._epoch.id, facts, source, at)

        entries = await self._database.call(write)
        self._committed(entries)
        return entries

    async def renew(self, reason: str) -> Epoch:
        """Begin a new epoch that names this one as its predecessor."""
        fresh = Epoch(_new_id(self._clock.now()), reason, self._epoch.id)
        await self._database.call(lambda db: start_epoch(db, self.gateway, fresh))
        self._epoch, self._head = fresh, 0
        return fresh

    async def last_position(self) -> int:
        """Position of the newest event of any epoch; 0 when there is none."""
        return await self._database.call(queue.last_position)

    async def unsent(self, limit: int, *, after: int = 0, until: int | None = None) -> list[Entry]:
        """Events no broker has confirmed, oldest first, with ``after < position <= until``; refused ones left out."""
        return await self._database.call(lambda db: queue.unsent(db, limit, after, until))

    async def read_range(self, epoch: str, first: int, last: int) -> list[Entry]:
        """The events ``first`` to ``last`` of an epoch that are still kept, in order."""
        return await self._database.call(lambda db: queue.read_range(db, epoch, first, last))

    async def mark_sent(self, entries: Sequence[Entry]) -> None:
        """A broker confirmed these: sent, not yet settled."""
        await self._database.call(lambda db: queue.mark_sent(db, entries))

    async def mark_refused(self, entries: Sequence[Entry]) -> None:
        """A broker declined these: they stay unsent and wait for ``retry_refused``, so the queue moves on."""
        await self._database.call(lambda db: queue.mark_refused(db, entries))

    async def retry_refused(self) -> None:
        """Put refused events back in the queue."""
        await self._database.call(queue.retry_refused)

    async def settle(self, consumer: str, epoch: str, seq: int, digest: str) -> Settlement:
        """A consumer holds all events of ``epoch`` up to ``seq``, whose hash is ``digest``; may go back."""
        return await self._database.call(lambda db: queue.settle(db, self.gateway, consumer, (epoch, seq, digest)))

    async def stats(self, consumers: Sequence[str] = ()) -> QueueStats:
        """How far delivery to ``consumers`` has got."""
        return await self._database.call(lambda db: queue.stats(db, self._epoch.id, consumers))

    def _committed(self, entries: list[Entry]) -> None:
        if not entries:
            return
        # Two commits of one group may resolve in either order.
        self._head = max(self._head, *(entry.seq for entry in entries if entry.epoch == self._epoch.id), 0)
        for listener in self._listeners:
            listener()


def _load_rows(db: sqlite.Connection) -> list[Row]:
    found = db.execute('SELECT "table", key, body FROM state ORDER BY "table", key')
    return [Row(table, key, json.loads(body)) for table, key, body in found]


def _current_epoch(db: sqlite.Connection, gateway: str, fresh: Epoch) -> tuple[Epoch, int]:
    query = "SELECT epoch, reason, predecessor, head FROM epoch WHERE gateway = ? ORDER BY rowid DESC LIMIT 1"
    found = db.execute(query, (gateway,)).fetchone()
    if found is None:
        start_epoch(db, gateway, fresh)
        return fresh, 0
    return Epoch(*found[:3]), found[3]


def _new_id(at: Instant) -> str:
    """Sorts by time as far as the clock is right; random, so that no two stores share one."""
    return f"{int(at.wall * 1000):012x}{token_hex(5)}"
