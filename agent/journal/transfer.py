"""Rows that move from one journal file to another, keys and hashes untouched; in a transaction of the caller."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.journal.writing import change_row
from runtime.sqlite import Connection

Rows = Sequence[tuple[Any, ...]]

EPOCHS = "SELECT ref, epoch, gateway, reason, predecessor, head, hash FROM epoch"
BOOTS = "SELECT ref, boot FROM boot"
DICTIONARIES = "SELECT ref, copy, bytes FROM dictionary"
EVENTS = (
    "SELECT position, epoch, seq, kind, keep, dictionary, body, hash, previous,"
    " boot, mono, wall, trusted, sent, refused FROM event"
)
STATE = 'SELECT "table", key, body, crc FROM state'
CONSUMERS = "SELECT consumer, epoch, seq FROM consumer"
PER_EPOCH = {
    "digest": "SELECT epoch, seq, hash FROM digest",
    "segment": "SELECT epoch, number, hash FROM segment",
    "lost": "SELECT epoch, first, last FROM lost",
}


@dataclass(frozen=True, slots=True)
class References:
    """How a file numbers what another numbers otherwise."""

    epochs: dict[int, int] = field(default_factory=dict)
    boots: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """All rows of a small journal."""

    epochs: Rows
    boots: Rows
    dictionaries: Rows
    events: Rows
    state: Rows
    consumers: Rows
    per_epoch: dict[str, Rows]


def contents(db: Connection) -> Contents:
    """Everything in ``db``, which must be small."""

    def rows(query: str) -> Rows:
        return db.execute(query).fetchall()

    return Contents(
        rows(EPOCHS),
        rows(BOOTS),
        rows(DICTIONARIES),
        rows(f"{EVENTS} ORDER BY position"),
        rows(STATE),
        rows(CONSUMERS),
        {table: rows(query) for table, query in PER_EPOCH.items()},
    )


def take_over(db: Connection, moved: Contents) -> None:
    """Add what another journal holds: its events behind ours, its changes of state over ours."""
    references = take_references(db, moved.epochs, moved.boots, moved.dictionaries)
    take_events(db, ((None, *row[1:]) for row in moved.events), references)
    for table, key, body, _ in moved.state:
        change_row(db, (table, key, body))
    take_consumers(db, moved.consumers)
    for table, rows in moved.per_epoch.items():
        take_per_epoch(db, table, rows, references)


def take_references(db: Connection, epochs: Rows, boots: Rows, dictionaries: Rows) -> References:
    """Add what events refer to; returns the references here for those there."""
    insert = "INSERT OR IGNORE INTO epoch (epoch, gateway, reason, predecessor, head, hash) VALUES (?, ?, ?, ?, ?, ?)"
    db.executemany(insert, [row[1:] for row in epochs])
    db.executemany("INSERT OR IGNORE INTO boot (boot) VALUES (?)", [row[1:] for row in boots])
    db.executemany("INSERT OR IGNORE INTO dictionary (ref, copy, bytes) VALUES (?, ?, ?)", dictionaries)
    return References(
        {row[0]: _ref(db, "SELECT ref FROM epoch WHERE epoch = ?", row[1]) for row in epochs},
        {row[0]: _ref(db, "SELECT ref FROM boot WHERE boot = ?", row[1]) for row in boots},
    )


def take_events(db: Connection, rows: Iterable[tuple[Any, ...]], references: References) -> None:
    """Add rows of ``EVENTS``; a position of None puts a row behind all others."""
    db.executemany(
        f"INSERT OR IGNORE INTO event VALUES ({', '.join('?' * 15)})",  # noqa: S608 - question marks
        (
            (*row[:1], references.epochs[row[1]], *row[2:9], references.boots[row[9]], *row[10:])
            for row in rows
        ),
    )  # fmt: skip


def take_consumers(db: Connection, rows: Rows) -> None:
    """Add rows of ``CONSUMERS``."""
    doubted = {epoch for (epoch,) in db.execute("SELECT epoch FROM doubt")}
    known = [row for row in rows if row[1] not in doubted]  # of those memory knows nothing
    db.executemany("INSERT OR REPLACE INTO consumer (consumer, epoch, seq) VALUES (?, ?, ?)", known)


def take_per_epoch(db: Connection, table: str, rows: Rows, references: References) -> None:
    """Add rows of ``PER_EPOCH``; those of an unknown epoch are left out."""
    known = [(references.epochs[row[0]], *row[1:]) for row in rows if row[0] in references.epochs]
    db.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?)", known)  # noqa: S608 - one of three names


def _ref(db: Connection, query: str, name: str) -> int:
    return int(db.execute(query, (name,)).fetchone()[0])
