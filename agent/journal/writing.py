"""What is written into the journal, within a transaction of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from agent.journal.entry import Entry, Epoch
from agent.journal.outbox import hold, mark_sent, newest_bodies
from agent.journal.packing import LEARN_EVERY, LEARN_FIRST, SAMPLED, Dictionaries, add_dictionary, learn, pack
from agent.journal.redo import RedoRecord
from drivers.points import Instant
from headquarters.contract.protocol import chain, genesis
from runtime.sqlite import Connection

StateRow = tuple[str, str, bytes | None]
"""Table, key and body of a row of the engine's state; a body of None deletes it."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event about to get its key."""

    kind: str
    keep: int
    """See ``agent.journal.retention.RetentionClass``."""
    body: bytes


def start_epoch(db: Connection, gateway: str, epoch: Epoch) -> None:
    """Begin an epoch without events."""
    values = (epoch.id, gateway, epoch.reason, epoch.predecessor, bytes.fromhex(genesis(gateway, epoch.id)))
    db.execute("INSERT INTO epoch (epoch, gateway, reason, predecessor, head, hash) VALUES (?, ?, ?, ?, 0, ?)", values)


def change_row(db: Connection, row: StateRow, *, tombstones: bool = False) -> None:
    """Set the row (table, key, body). A body of None deletes it, or marks it deleted where ``tombstones`` are kept."""
    table, key, body = row
    if body is None and not tombstones:
        db.execute('DELETE FROM state WHERE "table" = ? AND key = ?', (table, key))
        return
    values = (table, key, body, row_crc(table, key, body))
    db.execute('INSERT OR REPLACE INTO state ("table", key, body, crc) VALUES (?, ?, ?, ?)', values)


def row_crc(table: str, key: str, body: bytes | None) -> int:
    """What tells a damaged row of state from a sound one."""
    return crc32(body or b"", crc32(f"{table}/{key}".encode("utf-8", "backslashreplace")))


def append(
    db: Connection, dictionaries: Dictionaries, epoch: str, told: Sequence[PendingEvent], at: Instant
) -> list[Entry]:
    """Append events to the chain of ``epoch``."""
    if not told:
        return []
    query = "SELECT ref, gateway, head, hash FROM epoch WHERE epoch = ?"
    ref, gateway, head, digest = db.execute(query, (epoch,)).fetchone()
    dictionary, preset = dictionaries.newest(db)
    clocks = (_boot(db, at.boot), at.mono, at.wall, at.trusted)
    entries, seq = [], head
    for event in told:
        seq, previous, digest = seq + 1, digest, bytes.fromhex(chain(digest.hex(), event.body))
        stored = (event.kind, event.keep, dictionary, pack(event.body, preset), digest, previous)
        position = _insert(db, (ref, seq, *stored, *clocks))
        hashes = digest.hex(), previous.hex()
        entries.append(Entry(position, epoch, seq, event.kind, event.body, *hashes, at, gateway=gateway))
    db.execute("UPDATE epoch SET head = ?, hash = ? WHERE ref = ?", (seq, digest, ref))
    _learn(db, dictionaries, head, seq)
    return entries


def note(record: RedoRecord, entries: Sequence[Entry], told: Sequence[PendingEvent], rows: Sequence[StateRow]) -> None:
    """Add to ``record`` what ``append`` and ``change_row`` have just written."""
    record.rows += [[table, key, body and body.decode()] for table, key, body in rows]
    for entry, event in zip(entries, told, strict=True):
        at = entry.committed
        what = (entry.epoch, entry.seq, event.kind, event.keep, event.body.decode(), entry.hash, entry.previous)
        record.events.append([*what, at.boot, at.mono, at.wall, at.trusted])


def restore(db: Connection, dictionaries: Dictionaries, record: RedoRecord) -> None:
    """Write again what ``note`` noted; what is there already stays."""
    for event in record.events:
        _restore_event(db, dictionaries, event)
    for table, key, body in record.rows:
        change_row(db, (table, key, None if body is None else body.encode()))
    mark_sent(db, [(epoch, seq) for epoch, seq in record.sent])
    for consumer, epoch, seq in record.settled:
        hold(db, consumer, epoch, seq)


def _restore_event(db: Connection, dictionaries: Dictionaries, event: Sequence[Any]) -> None:
    epoch, seq, kind, keep, text, digest, previous, *at = event
    found = db.execute("SELECT ref, head FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
    if found is None or db.execute("SELECT 1 FROM event WHERE epoch = ? AND seq = ?", (found[0], seq)).fetchone():
        return
    ref, head = found
    dictionary, preset = dictionaries.newest(db)
    stored = (kind, keep, dictionary, pack(text.encode(), preset), bytes.fromhex(digest), bytes.fromhex(previous))
    _insert(db, (ref, seq, *stored, _boot(db, at[0]), *at[1:]))
    if seq > head:
        db.execute("UPDATE epoch SET head = ?, hash = ? WHERE ref = ?", (seq, bytes.fromhex(digest), ref))
        _learn(db, dictionaries, head, seq)


def _learn(db: Connection, dictionaries: Dictionaries, head: int, seq: int) -> None:
    if _lessons(seq) != _lessons(head):
        add_dictionary(db, learn(newest_bodies(db, dictionaries, SAMPLED)))


def _lessons(seq: int) -> int:
    return (seq >= LEARN_FIRST) + seq // LEARN_EVERY


def _boot(db: Connection, boot: str) -> int:
    db.execute("INSERT OR IGNORE INTO boot (boot) VALUES (?)", (boot,))
    return int(db.execute("SELECT ref FROM boot WHERE boot = ?", (boot,)).fetchone()[0])


def _insert(db: Connection, values: tuple[object, ...]) -> int:
    cursor = db.execute(
        "INSERT INTO event"
        " (epoch, seq, kind, keep, dictionary, body, hash, previous, boot, mono, wall, trusted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    assert cursor.lastrowid is not None  # noqa: S101 - an insert has one
    return cursor.lastrowid
