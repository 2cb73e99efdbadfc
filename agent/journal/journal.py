"""The durable memory of the gateway: events, append-only and chained, and the rows of the engine's state.

One transaction keeps both in step: what the engine decided and what it told are never apart, whenever power fails.
When the disk cannot keep it, memory does: a volatile epoch takes its place, and moves into the file once there is one.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from agent.journal import doubt, outbox, past
from agent.journal.doubt import Doubt
from agent.journal.entry import Entry, Epoch, QueueStats, Settlement
from agent.journal.numbering import StoreFinding, start_volatile
from agent.journal.packing import Dictionaries
from agent.journal.past import PastStretch
from agent.journal.redo import BLOCKS, RedoRecord
from agent.journal.retention import give_up_oldest, keep_of
from agent.journal.schema import SCHEMA, VERSION
from agent.journal.storefile import BEYOND_REPAIR, StoreFile
from agent.journal.transfer import contents, take_over
from agent.journal.writing import PendingEvent, append, change_row, note, row_crc, start_epoch
from drivers.points import Instant, PlantgateError
from headquarters.contract import protocol
from headquarters.contract.protocol import FormerEpoch, Point
from rules.effects import Effects, Row
from runtime.clock import Clock
from runtime.errors import StoreError
from runtime.sqlite import MEMORY, UNTRUSTED, Connect, Connection, Database, connect_alone

T = TypeVar("T")

VOLATILE_ALLOWED = 10_000
"""Events kept in memory while there is no disk: days of a busy plant room in some 10 MB."""
OURS = ("store.closed", "store.failed")
"""Failures that say nothing about the disk."""


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """Where events go: a database and an epoch that belong together, whatever takes their place meanwhile."""

    database: Database
    epoch: Epoch

    @property
    def durable(self) -> bool:
        """Whether what is committed here survives a power cut."""
        return self.database.path != MEMORY


class Journal:
    """The journal of one gateway; its methods raise StoreError when the store does not cooperate."""

    def __init__(self, file: StoreFile, gateway: str, clock: Clock) -> None:
        """Made by ``open``."""
        self.gateway = gateway
        self.file = file
        self.trouble = asyncio.Event()
        """Set when a call failed in a way only ``fall_back`` and ``return_to_disk`` mend; see ``maintenance``."""
        self.error: StoreError | None = None
        """What the trouble is."""
        self.lost = 0
        """Events given up while there was no disk, since the start."""
        self.findings: list[StoreFinding] = []
        """What headquarters must hear about the store and nobody has taken yet."""
        self._clock = clock
        self._place: JournalPlace
        self._dictionaries = Dictionaries()
        self._moving = asyncio.Lock()
        self._head = 0
        self._rows: list[Row] | None = None
        self._on_commit: list[Callable[[], object]] = []
        self._on_renew: list[Callable[[], object]] = []

    @classmethod
    async def open(
        cls, path: Path, gateway: str, clock: Clock, machine: str = "", connect: Connect = connect_alone,
        blocks: int = BLOCKS,
    ) -> "Journal":  # fmt: skip
        """Open or create the journal at ``path``; in memory when that cannot be done, with ``trouble`` set.

        ``machine`` is the identity of the box: another one than before begins a new epoch. ``blocks`` is the size of
        the redo log (``agent.journal.redo``).
        """
        journal = cls(StoreFile(path, gateway, machine, connect, blocks), gateway, clock)
        try:
            database, standing = await _told_as_damage(journal.file.open(_new_id(clock.now())), journal.file)
        except StoreError as error:
            journal._note(error)
            journal._rows = await asyncio.to_thread(journal.file.readable_rows)
            await journal._begin_volatile(error, "")
        else:
            journal._place, journal._head = JournalPlace(database, standing.epoch), standing.head
            journal.findings += standing.findings
        return journal

    async def close(self) -> None:
        """Finish what is being written and close the file."""
        await self._place.database.close()

    @property
    def epoch(self) -> Epoch:
        """The epoch new events belong to."""
        return self._place.epoch

    @property
    def head(self) -> int:
        """Highest seq of the current epoch; 0 before its first event."""
        return self._head

    @property
    def durable(self) -> bool:
        """Whether what is committed survives a power cut."""
        return self._place.durable

    @contextmanager
    def listening(self, on_commit: Callable[[], object], on_renew: Callable[[], object]) -> Iterator[None]:
        """While the body runs call ``on_commit`` after each commit that brought events.

        ``on_renew`` is called when a new epoch began or the store became another one. Both must return at once.
        """
        self._on_commit.append(on_commit)
        self._on_renew.append(on_renew)
        try:
            yield
        finally:
            self._on_commit.remove(on_commit)
            self._on_renew.remove(on_renew)

    def take_findings(self) -> list[StoreFinding]:
        """What happened to the store since the last look."""
        taken, self.findings = self.findings, []
        return taken

    async def load_rows(self) -> list[Row]:
        """The engine's state as of the last commit, or what can still be read of it."""
        if self._rows is None:
            try:
                return await self._call(lambda db, _: load_rows(db), lazy=True)
            except StoreError:
                self._rows = await asyncio.to_thread(self.file.readable_rows)
        return self._rows

    async def commit(self, effects: Effects, at: Instant) -> list[Entry]:
        """Keep rows and events in one transaction; durable on return if ``durable``. Returns the events."""
        rows = [
            (row.table, row.key, None if row.body is None else protocol.canonical(row.body)) for row in effects.rows
        ]
        told = [PendingEvent(fact.kind, keep_of(fact), outbox.body_of(fact)) for fact in effects.events]

        def write(db: Connection, place: JournalPlace) -> tuple[list[Entry], int]:
            for row in rows:
                change_row(db, row, tombstones=not place.durable)
            entries = append(db, self._dictionaries, place.epoch.id, told, at)
            if (log := self._log_of(place)) is not None:
                note(log, entries, told, rows)
            return entries, give_up_oldest(db, VOLATILE_ALLOWED) if entries and not place.durable else 0

        entries, lost = await self._call(write, lazy=True)
        self.lost += lost
        self._committed(entries)
        return entries

    async def renew(self, reason: str) -> Epoch:
        """Begin a new epoch that names this one as its predecessor."""
        async with self._moving:
            fresh = Epoch(_new_id(self._clock.now()), reason, self.epoch.id)
            await self._ask(self._place, lambda db, _: start_epoch(db, self.gateway, fresh))
            self._continue(JournalPlace(self._place.database, fresh), 0)
        return fresh

    async def doubt(self, epoch: str, reason: str, consumers: Sequence[str]) -> bool:
        """Begin a new epoch, and tell nothing of ``epoch`` until one of ``consumers`` said what it holds of it.

        Returns False when it has been in doubt before, or is not of this store.
        """
        async with self._moving:
            if not self.durable:
                return False
            fresh = Epoch(_new_id(self._clock.now()), reason, epoch)
            begun = await self._ask(self._place, lambda db, _: doubt.doubt(db, self.gateway, epoch, consumers, fresh))
            if begun:
                self._continue(JournalPlace(self._place.database, fresh), 0)
        return begun

    async def doubts(self, consumers: Sequence[str]) -> list[Doubt]:
        """Who of ``consumers`` must still say what it holds of which epoch."""
        return await self._call(lambda db, _: doubt.doubts(db, consumers), lazy=True)

    async def held_back(self) -> set[str]:
        """The epochs of which nothing may be told yet."""
        return await self._call(lambda db, _: doubt.held_back(db), lazy=True)

    async def points(self, epoch: str, low: int, high: int, most: int) -> list[Point]:
        """At most so many events of ``epoch`` with ``low < seq < high``, evenly spaced; none when there are none."""
        return await self._call(lambda db, _: doubt.points(db, epoch, low, high, most), lazy=True)

    async def agree(self, agreed: Doubt) -> None:
        """The consumer holds ``agreed.epoch`` up to ``agreed.low``: what comes after that is told again.

        Ended in the middle it is to be called again, and goes on.
        """
        fresh = _new_id(self._clock.now())
        while await self._call(lambda db, _: doubt.move(db, self._dictionaries, self.gateway, agreed, fresh)):
            pass
        self._continue(self._place, self._head)

    async def resume_former(self, consumers: Sequence[str]) -> list[str]:
        """Other names this gateway had when it committed events that are still kept.

        What of those ``consumers`` have not acknowledged is unsent again: nobody announces them, so nobody asks.
        """
        return await self._call(lambda db, _: outbox.resume_former(db, self.gateway, consumers))

    async def last_position(self) -> int:
        """Position of the newest event of any epoch; 0 when there is none."""
        return await self._call(lambda db, _: outbox.last_position(db), lazy=True)

    async def last_trusted(self) -> float | None:
        """Unix seconds of the newest event of a trusted clock; None where none of the newest is."""
        return await self._call(lambda db, _: outbox.last_trusted(db), lazy=True)

    async def former_epochs(self) -> list[FormerEpoch]:
        """The newest ended epochs of which events are kept here, oldest first."""
        return await self._call(lambda db, place: outbox.former_epochs(db, self.gateway, place.epoch.id), lazy=True)

    async def unsent(self, limit: int, *, after: int = 0, until: int | None = None) -> list[Entry]:
        """Events no broker has confirmed, oldest first, with ``after < position <= until``; refused ones left out."""
        return await self._call(lambda db, _: outbox.unsent(db, self._dictionaries, limit, after, until), lazy=True)

    async def read_range(self, epoch: str, first: int, last: int) -> list[Entry]:
        """The events ``first`` to ``last`` of an epoch that are still kept, in order."""
        return await self._call(lambda db, _: outbox.read_range(db, self._dictionaries, epoch, first, last), lazy=True)

    async def span(self, since: float, until: float | None) -> tuple[int, int]:
        """As ``agent.journal.past.Past``: of the file, or of memory while there is no disk."""
        return await self._call(lambda db, _: past.span_in(db, since, until), lazy=True)

    async def stretch(self, after: int, before: int, kinds: Collection[str]) -> PastStretch:
        """As ``agent.journal.past.Past``."""
        return await self._call(
            lambda db, _: past.stretch_in(db, self._dictionaries, after, before, kinds), lazy=True
        )  # fmt: skip

    async def note_zone(self, zone: str) -> None:
        """Keep the time zone of the site for those who read the file without the site."""
        await self._call(lambda db, _: past.note_zone(db, zone))

    async def mark_sent(self, entries: Sequence[Entry]) -> None:
        """A broker confirmed these: sent, not yet settled. After a crash the newest ones may count as unsent."""
        keys = [(entry.epoch, entry.seq) for entry in entries]

        def write(db: Connection, place: JournalPlace) -> None:
            outbox.mark_sent(db, keys)
            if (log := self._log_of(place)) is not None:
                log.sent += keys

        await self._call(write, lazy=True)

    async def mark_refused(self, entries: Sequence[Entry]) -> None:
        """A broker declined these: they stay unsent and wait for ``retry_refused``, so the queue moves on."""
        keys = [(entry.epoch, entry.seq) for entry in entries]
        await self._call(lambda db, _: outbox.mark_refused(db, keys), lazy=True)

    async def retry_refused(self) -> None:
        """Put refused events back in the queue."""
        await self._call(lambda db, _: outbox.retry_refused(db), lazy=True)

    async def settle(self, consumer: str, epoch: str, seq: int, digest: str, gateway: str = "") -> Settlement:
        """A consumer holds all events of ``epoch`` up to ``seq``, whose hash is ``digest``; may go back.

        ``gateway`` is the name under which it was told; the present one when empty.
        After a crash the newest settlements may be forgotten: consumers repeat them. One that goes back is not: what
        the consumer lost could be pruned before it repeats that.
        """

        def write(db: Connection, place: JournalPlace) -> tuple[Settlement, bool]:
            exact = place.durable or epoch == place.epoch.id
            before = outbox.settled(db, epoch, (consumer,))
            outcome = outbox.settle(db, gateway or self.gateway, consumer, (epoch, seq, digest), exact=exact)
            if outcome is Settlement.SETTLED and (log := self._log_of(place)) is not None:
                log.settled.append((consumer, epoch, seq))
            return outcome, outcome is Settlement.SETTLED and seq < before

        outcome, back = await self._call(write, lazy=True)
        if back:
            await self._call(write)
        return outcome

    async def stats(self, consumers: Sequence[str] = ()) -> QueueStats:
        """How far delivery to ``consumers`` has got."""
        return await self._call(lambda db, place: outbox.stats(db, place.epoch.id, consumers), lazy=True)

    async def maintain(self, work: Callable[[Connection], T]) -> T:
        """Do some of the upkeep of ``agent.journal.retention`` in a transaction of its own."""
        return await self._call(lambda db, _: work(db))

    def report(self, error: StoreError) -> None:
        """Somebody found the file damaged."""
        self._note(error)

    async def fall_back(self) -> None:
        """Go on in memory, in a volatile epoch: what is in the file stays there."""
        assert self.error is not None  # noqa: S101 - only trouble leads here
        async with self._moving:
            before = self._place
            await self._begin_volatile(self.error, before.epoch.id)
        await before.database.close()

    async def return_to_disk(self, database: Database) -> int:
        """Move what memory holds into the file opened as ``database``, and go on there; returns how many events.

        Raises StoreError; then ``database`` is closed and memory goes on.
        """
        async with self._moving:
            before = self._place
            try:
                moved = await before.database.call(contents)
                await database.call(lambda db: take_over(db, moved))
            except BaseException:
                await database.close()
                raise
            self._rows = None
            self.cleared()
            self._continue(JournalPlace(database, before.epoch), self._head)
        await before.database.close()
        return len(moved.events)

    def cleared(self) -> None:
        """The trouble was mended without leaving the file."""
        self.error = None
        self.trouble.clear()

    async def _begin_volatile(self, error: StoreError, predecessor: str) -> None:
        mark = await asyncio.to_thread(self.file.high_water_mark)
        reason = "store-corrupt" if error.code in BEYOND_REPAIR else "volatile"
        epoch = Epoch(_new_id(self._clock.now()), reason, predecessor or (mark.epoch if mark else ""))
        database = await Database.open(MEMORY, SCHEMA, VERSION)
        try:
            await database.call(lambda db: start_volatile(db, self.gateway, epoch, mark))
        except BaseException:
            await database.close()
            raise
        self.findings.append(StoreFinding("agent.store-volatile", {"error": error.code}))
        self._continue(JournalPlace(database, epoch), 0)

    def _continue(self, place: JournalPlace, head: int) -> None:
        self._place, self._head = place, head
        for listener in self._on_renew:
            listener()

    def _log_of(self, place: JournalPlace) -> RedoRecord | None:
        """Where to note what is written in a ``place``; None in memory. In the thread of its database."""
        if not place.durable:
            return None
        record = self.file.log.pending
        record.epoch = place.epoch.id
        return record

    async def _call(self, function: Callable[[Connection, JournalPlace], T], *, lazy: bool = False) -> T:
        async with self._moving:
            place = self._place
        return await self._ask(place, function, lazy=lazy)

    async def _ask(
        self, place: JournalPlace, function: Callable[[Connection, JournalPlace], T], *, lazy: bool = False
    ) -> T:
        if place.durable and self.error is not None and self.error.code in UNTRUSTED:
            raise self.error  # until the keeper has looked at the disk again
        answer = place.database.call(lambda db: function(db, place), lazy=lazy)
        try:
            return await (_told_as_damage(answer, self.file) if place.durable else answer)
        except StoreError as error:
            if place.database is self._place.database:  # what a place that was left says late concerns nobody
                self._note(error)
            raise

    def _note(self, error: StoreError) -> None:
        if error.code not in OURS and self.error is None:
            self.error = error
            self.trouble.set()

    def _committed(self, entries: list[Entry]) -> None:
        if not entries:
            return
        # Two commits of one group may resolve in either order.
        self._head = max(self._head, *(entry.seq for entry in entries if entry.epoch == self.epoch.id), 0)
        for listener in self._on_commit:
            listener()


async def _told_as_damage(answer: Awaitable[T], file: StoreFile) -> T:
    """What ``answer`` gives. An error nobody expected is a bug, unless the file turns out to hold nonsense."""
    try:
        return await answer
    except StoreError as error:
        raise await file.judged(error) from error
    except PlantgateError:
        raise
    except Exception as error:
        if (found := await file.damage()) is not None:
            raise found from error
        raise


def load_rows(db: Connection) -> list[Row]:
    """The engine's state in a file. Raises StoreError (store.corrupt)."""
    found = db.execute(
        'SELECT "table", key, body, crc FROM state WHERE body IS NOT NULL ORDER BY "table", key'
    ).fetchall()
    for table, key, body, crc in found:
        if row_crc(table, key, body) != crc:
            raise StoreError("store.corrupt", path="state", reason=f"{table} {key}")
    return [Row(table, key, json.loads(body)) for table, key, body, _ in found]


def _new_id(at: Instant) -> str:
    """Sorts by time as far as the clock is right; random, so that no two stores share one."""
    return f"{int(at.wall * 1000):012x}{token_hex(5)}"
