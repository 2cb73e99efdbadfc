"""Saves what can be read of a damaged journal into a new one, and counts what cannot."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any
from zlib import crc32

from agent.journal import exchange, transfer
from agent.journal.examine import unaccounted, unlinked
from agent.journal.high_water_mark import HighWaterMark
from agent.journal.numbering import StoreFinding, keep_untold, lost, note_missing
from agent.journal.outbox import read_entry
from agent.journal.packing import Dictionaries
from agent.journal.redo import RedoRecord, beyond, read_applied
from agent.journal.retention import note_lost
from agent.journal.schema import SCHEMA, VERSION
from agent.journal.transfer import References
from agent.journal.writing import restore, row_crc
from headquarters.contract.protocol import genesis
from runtime import sqlite
from runtime.errors import StoreError
from runtime.sqlite import Connection, DatabaseError, reading

CHUNK = 500
"""Events in one transaction."""
FARTHEST = 2**48
"""No journal has more positions."""
FARTHEST_TAIL = 1_000_000
"""Events that may be missing behind the last readable one; a head beyond is itself damage."""
UNKNOWN_BOOT = "unknown"
"""Of an event whose boot could not be read."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A journal to be saved, and what is known of it from elsewhere."""

    path: Path
    aside: str
    """The end of the name it will have."""
    gateway: str
    mark: HighWaterMark | None
    log: Sequence[tuple[int, RedoRecord]]
    """The records of its redo log."""


def salvage(damaged: Damaged, target: Path, stop: Event) -> None:
    """Fill the new journal ``target`` with every event and row that is proven sound.

    On return it is a single file without a log, and holds what is to be told of the loss. Raises StoreError when it
    cannot be written, or when ``stop`` is set meanwhile.
    """
    with sqlite.translated(target):
        for tail in exchange.TAILS:
            target.with_name(target.name + tail).unlink(missing_ok=True)
    with sqlite.translated(target), closing(sqlite.create(target, SCHEMA, VERSION)) as new:
        with reading(damaged.path) as old, sqlite.translated(target):
            findings = _copy(old, new, damaged.log, stop)
        new.execute("BEGIN IMMEDIATE")
        findings += note_missing(new, damaged.gateway, damaged.mark)
        keep_untold(
            new, [StoreFinding("agent.store-damaged", {"aside": f"{damaged.path.name}.{damaged.aside}"}), *findings]
        )
        new.execute("COMMIT")
        sqlite.make_single(new)


def salvaged_rows(source: Path, log: Sequence[tuple[int, RedoRecord]]) -> dict[tuple[str, str], bytes]:
    """The rows of the engine's state that can be read: bodies by table and key."""
    try:
        with reading(source) as db:
            rows, applied = {row[:2]: row[2] for row in _state(db)[0]}, _applied(db)
    except (StoreError, DatabaseError):
        return {}
    for record in beyond(log, applied, lambda _: FARTHEST):
        for table, key, body in record.rows:
            rows[table, key] = b"" if body is None else body.encode()
    return {at: body for at, body in rows.items() if body}


def _copy(old: Connection, new: Connection, log: Sequence[tuple[int, RedoRecord]], stop: Event) -> list[StoreFinding]:
    epochs = [
        row for row in _both_ends(old, transfer.EPOCHS, "ref") if _typed(row, int, str, str, str, str, int, bytes)
    ]
    boots = [row for row in _both_ends(old, transfer.BOOTS, "ref") if _typed(row, int, str)]
    boots.append((-1, UNKNOWN_BOOT))
    dictionaries = [row for row in _both_ends(old, transfer.DICTIONARIES, "ref, copy") if _sound_dictionary(row)]
    state, damaged = _state(old)
    new.execute("BEGIN IMMEDIATE")
    references = transfer.take_references(new, epochs, boots, dictionaries)
    new.executemany("INSERT OR IGNORE INTO state VALUES (?, ?, ?, ?)", state)
    transfer.take_consumers(new, _both_ends(old, transfer.CONSUMERS, "consumer, epoch"))
    for table, query in transfer.PER_EPOCH.items():
        transfer.take_per_epoch(new, table, _both_ends(old, query, "1, 2"), references)
    new.execute("COMMIT")
    _copy_events(old, new, references, stop)
    _bring_in(new, log, _applied(old))
    findings = [finding for row in epochs for finding in _account(new, row)]
    if damaged:
        findings.append(StoreFinding("agent.store-state-damaged", {"count": damaged}))
    return findings


def _copy_events(old: Connection, new: Connection, references: References, stop: Event) -> None:
    dictionaries, chunk = Dictionaries(), []
    for row in _through_damage(old):
        if _sound_event(old, dictionaries, row, references):
            boot = row[9] if row[9] in references.boots else -1
            chunk.append((*row[:9], boot, *row[10:]))
        if len(chunk) == CHUNK:
            _store(new, chunk, references)
            chunk = []
            if stop.is_set():
                raise StoreError("store.closed", path="salvage")
    _store(new, chunk, references)


def _store(new: Connection, chunk: list[Row], references: References) -> None:
    new.execute("BEGIN IMMEDIATE")
    transfer.take_events(new, chunk, references)
    new.execute("COMMIT")


def _bring_in(new: Connection, log: Sequence[tuple[int, RedoRecord]], applied: int | None) -> None:
    def head(epoch: str) -> int:
        query = "SELECT max(seq) FROM event WHERE epoch = (SELECT ref FROM epoch WHERE epoch = ?)"
        return int(new.execute(query, (epoch,)).fetchone()[0] or 0)

    new.execute("BEGIN IMMEDIATE")
    for record in beyond(log, applied, head):
        restore(new, Dictionaries(), record)
    newest = max([applied or 0, *(number for number, _ in log)])
    new.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('applied', ?)", (str(newest),))
    new.execute("COMMIT")


def _applied(old: Connection) -> int | None:
    try:
        return read_applied(old)
    except (DatabaseError, ValueError):
        return None


def _account(new: Connection, epoch: Row) -> list[StoreFinding]:
    """Drop what does not fit into the chain of an epoch, and write down what is missing in it."""
    ref = new.execute("SELECT ref FROM epoch WHERE epoch = ?", (epoch[1],)).fetchone()[0]
    start = genesis(epoch[2], epoch[1])
    new.execute("BEGIN IMMEDIATE")
    doubtful = [(position,) for position, broken in unlinked(new, ref, start) if broken]
    new.executemany("DELETE FROM event WHERE position = ?", doubtful)
    head = _head(new, ref)
    missing = unaccounted(new, ref, head)
    for first, last in missing:
        note_lost(new, ref, first, last)
    new.execute("UPDATE epoch SET head = ? WHERE ref = ?", (head, ref))
    new.execute("COMMIT")
    return [lost(epoch[1], missing)] if missing else []


def _head(new: Connection, ref: int) -> int:
    """The head an epoch claims if its last event bears it out, else that of the last event."""
    claimed, digest = new.execute("SELECT head, hash FROM epoch WHERE ref = ?", (ref,)).fetchone()
    highest = int(new.execute("SELECT coalesce(max(seq), 0) FROM event WHERE epoch = ?", (ref,)).fetchone()[0])
    plausible = isinstance(claimed, int) and highest <= claimed <= highest + FARTHEST_TAIL
    return claimed if plausible and isinstance(digest, bytes) else highest


def _typed(row: Row, *types: type) -> bool:
    return all(isinstance(value, kind) for value, kind in zip(row, types, strict=True))


def _sound_dictionary(row: Row) -> bool:
    return _typed(row, int, int, bytes) and crc32(row[2]) == row[0]


def _sound_event(old: Connection, dictionaries: Dictionaries, row: Row, references: References) -> bool:
    if row[1] not in references.epochs or not isinstance(row[2], int):
        return False
    position, _, seq, kind, _, dictionary, body, digest, previous = row[:9]
    shown = (position, "", seq, kind, digest, previous, "", 0.0, 0.0, 0, 0, dictionary, body, "")
    try:
        read_entry(old, dictionaries, shown)
    except (StoreError, DatabaseError):
        return False
    return True


def _state(old: Connection) -> tuple[list[Row], str]:
    """Sound rows of state, and how many are not: a number, with a plus when more may be; empty when all are sound."""
    rows, torn = _read_both_ends(old, transfer.STATE, '"table", key')
    sound = [row for row in rows if _sound_row(row)]
    damaged = len(rows) - len(sound)
    return sound, f"{damaged}{'+' * torn}" if damaged or torn else ""


def _sound_row(row: Row) -> bool:
    table, key, body, crc = row
    return _typed(row, str, str, bytes, int) and row_crc(table, key, body) == crc


def _both_ends(old: Connection, query: str, order: str) -> list[Row]:
    return _read_both_ends(old, query, order)[0]


def _read_both_ends(old: Connection, query: str, order: str) -> tuple[list[Row], bool]:
    """The rows of a small table up to the first damage and from its end back to the last; whether there is any."""
    found: dict[Row, None] = {}
    for direction in ("ASC", "DESC"):
        ordered = ", ".join(f"{column} {direction}" for column in order.split(", "))
        try:
            for row in old.execute(f"{query} ORDER BY {ordered}"):
                found[row] = None
        except DatabaseError:
            continue
        return list(found), False
    return list(found), True


def _through_damage(old: Connection) -> Iterator[Row]:
    """Rows of ``EVENTS`` by position, jumping over what cannot be read."""
    position = 0
    while position <= FARTHEST:
        try:
            for row in old.execute(f"{transfer.EVENTS} WHERE position >= ? ORDER BY position", (position,)):
                yield row
                position = row[0] + 1
            return
        except DatabaseError:
            position = _next_readable(old, position + 1)


def _next_readable(old: Connection, position: int) -> int:
    """The lowest position from which a row can be read again, found by doubling and halving; beyond all if none."""
    jump = 1
    while not _readable(old, position + jump):
        jump *= 2
        if jump > FARTHEST:
            return FARTHEST + 1
    low, high = position, position + jump
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _readable(old, middle) else (middle + 1, high)
    return low


def _readable(old: Connection, position: int) -> bool:
    try:
        old.execute(f"{transfer.EVENTS} WHERE position >= ? ORDER BY position LIMIT 1", (position,)).fetchone()
    except DatabaseError:
        return False
    return True
