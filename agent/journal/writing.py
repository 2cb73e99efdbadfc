"""What is written into the journal, within a transaction of the caller."""

from collections.abc import Sequence

from agent.journal.entry import Entry, Epoch
from agent.sqlite import Connection
from agent.wire import chain, genesis
from drivers.points import Instant


def start_epoch(db: Connection, gateway: str, epoch: Epoch) -> None:
    """Begin an epoch without events."""
    values = (epoch.id, gateway, epoch.reason, epoch.predecessor, genesis(gateway, epoch.id))
    db.execute("INSERT INTO epoch (epoch, gateway, reason, predecessor, head, hash) VALUES (?, ?, ?, ?, 0, ?)", values)


def change_row(db: Connection, row: tuple[str, str, bytes | None]) -> None:
    """Set the row (table, key, body), or delete it when the body is None."""
    table, key, body = row
    if body is None:
        db.execute('DELETE FROM state WHERE "table" = ? AND key = ?', (table, key))
    else:
        db.execute('INSERT OR REPLACE INTO state ("table", key, body) VALUES (?, ?, ?)', row)


def append(db: Connection, epoch: str, facts: Sequence[tuple[str, bytes]], source: str, at: Instant) -> list[Entry]:
    """Append (kind, body) facts to the chain of ``epoch``."""
    if not facts:
        return []
    seq, digest = db.execute("SELECT head, hash FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
    entries = []
    for kind, body in facts:
        seq, previous, digest = seq + 1, digest, chain(digest, body)
        position = _insert(db, (epoch, seq, kind, source, body, digest, previous), at)
        entries.append(Entry(position, epoch, seq, kind, body, digest, previous, at))
    db.execute("UPDATE epoch SET head = ?, hash = ? WHERE epoch = ?", (seq, digest, epoch))
    return entries


def _insert(db: Connection, values: tuple[object, ...], at: Instant) -> int:
    cursor = db.execute(
        "INSERT INTO event (epoch, seq, kind, source, body, hash, previous, boot, mono, wall, trusted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, at.boot, at.mono, at.wall, at.trusted),
    )
    assert cursor.lastrowid is not None  # noqa: S101 - an insert has one
    return cursor.lastrowid
