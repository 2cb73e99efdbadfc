"""What is written into the journal, within a transaction of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from agent.journal.entry import Entry, Epoch
from agent.journal.packing import LEARN_EVERY, LEARN_FIRST, SAMPLED, Dictionaries, add_dictionary, learn, pack
from agent.journal.queue import newest_bodies
from agent.sqlite import Connection
from agent.uplink.wire import chain, genesis
from drivers.points import Instant


@dataclass(frozen=True, slots=True)
class Told:
    """An event about to get its key."""

    kind: str
    keep: int
    """See ``agent.journal.retention.Keep``."""
    body: bytes


def start_epoch(db: Connection, gateway: str, epoch: Epoch) -> None:
    """Begin an epoch without events."""
    values = (epoch.id, gateway, epoch.reason, epoch.predecessor, bytes.fromhex(genesis(gateway, epoch.id)))
    db.execute("INSERT INTO epoch (epoch, gateway, reason, predecessor, head, hash) VALUES (?, ?, ?, ?, 0, ?)", values)


def change_row(db: Connection, row: tuple[str, str, bytes | None], *, tombstones: bool = False) -> None:
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


def append(db: Connection, dictionaries: Dictionaries, epoch: str, told: Sequence[Told], at: Instant) -> list[Entry]:
    """Append events to the chain of ``epoch``."""
    if not told:
        return []
    ref, head, digest = db.execute("SELECT ref, head, hash FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
    dictionary, preset = dictionaries.newest(db)
    clocks = (_boot(db, at.boot), at.mono, at.wall, at.trusted)
    entries, seq = [], head
    for event in told:
        seq, previous, digest = seq + 1, digest, bytes.fromhex(chain(digest.hex(), event.body))
        stored = (event.kind, event.keep, dictionary, pack(event.body, preset), digest, previous)
        position = _insert(db, (ref, seq, *stored, *clocks))
        entries.append(Entry(position, epoch, seq, event.kind, event.body, digest.hex(), previous.hex(), at))
    db.execute("UPDATE epoch SET head = ?, hash = ? WHERE ref = ?", (seq, digest, ref))
    if _lessons(seq) != _lessons(head):
        add_dictionary(db, learn(newest_bodies(db, dictionaries, SAMPLED)))
    return entries


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
