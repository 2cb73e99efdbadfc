"""How long events are kept, and what remains of them afterwards; in transactions of the caller.

A pruned body leaves its digest, so the chain can still be followed. Once nothing else of its segment is kept the
digests go too, and the hash at the segment's end stands for all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from agent.journal import outbox
from agent.journal.past import position_at
from config.plant import Plant, Storage
from rules.facts import AlarmFact, AuditFact, Fact, OrderFact, RecordFact
from runtime.sqlite import Connection

SEGMENT = 1_000
"""Events of an epoch in one segment."""
PRUNED_AT_ONCE = 200
"""Events in one transaction: others wait for it."""
VACUUMED_AT_ONCE = 100
"""Pages given back to the file system in one transaction."""
FREE_PAGES = 256
"""Unused pages the file keeps: the next events fill them."""
PROBED = 8_192
"""Bytes of the row that tries whether there is room."""
PERMANENT_CLASSES = ("emergency", "major")
"""Important repairs, whose papers a building keeps permanently; all others at least five years."""


class RetentionClass(IntEnum):
    """Classes of retention; under pressure of space a lower one goes first."""

    ROUTINE = 0
    """Starts, stops, readings by hand."""
    ALARM = 1
    PROOF = 2
    """Work orders, test records, audit."""
    EVER = 3
    """Work orders of important repairs, critical orders, tests that failed."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What may be pruned, once headquarters has it."""

    seconds: dict[RetentionClass, float] = field(default_factory=lambda: _seconds(Storage()))
    """How long each class is kept at least; a class not in it is kept for ever."""
    bytes_allowed: int = Storage().size
    """Size of the file from which settled events go before their time, lowest class first."""
    consumers: Sequence[str] = ()
    """Who must have acknowledged an event before it goes; when nobody is named, a broker's confirmation is enough."""

    @classmethod
    def of(cls, plant: Plant) -> "Retention":
        """What the files of a site say."""
        return cls(_seconds(plant.storage), plant.storage.size, plant.uplink.consumers)


def keep_of(fact: Fact) -> RetentionClass:
    """The class of the event that tells ``fact``."""
    if isinstance(fact, OrderFact):
        important = fact.severity == "critical" or fact.order_class in PERMANENT_CLASSES
        return RetentionClass.EVER if important else RetentionClass.PROOF
    if isinstance(fact, RecordFact):
        return RetentionClass.EVER if fact.verdict == "failed" else RetentionClass.PROOF
    if isinstance(fact, AuditFact):
        return RetentionClass.PROOF
    return RetentionClass.ALARM if isinstance(fact, AlarmFact) else RetentionClass.ROUTINE


def prune_old(db: Connection, retention: Retention, wall: float) -> int:
    """Prune some events whose time is over at UTC second ``wall``; returns how many, 0 when there are none left."""
    pruned = 0
    for keep, seconds in retention.seconds.items():
        oldest_kept = position_at(db, wall - seconds)
        pruned += _prune(db, retention.consumers, keep, oldest_kept, PRUNED_AT_ONCE - pruned)
    return pruned


def prune_for_space(db: Connection, retention: Retention) -> int:
    """Prune some settled events, the least important and oldest first; returns how many."""
    for keep in retention.seconds:
        if pruned := _prune(db, retention.consumers, keep, outbox.last_position(db) + 1, PRUNED_AT_ONCE):
            return pruned
    return 0


def used_bytes(db: Connection) -> int:
    """How much of the file is in use."""
    query = (
        "SELECT page_count - freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    )
    pages, size = db.execute(query).fetchone()
    return int(pages * size)


def vacuum(db: Connection) -> int:
    """Give some unused pages back to the file system; returns how many are left beyond what soon is used again."""
    free = int(db.execute("PRAGMA freelist_count").fetchone()[0])
    if free > FREE_PAGES:
        db.execute(f"PRAGMA incremental_vacuum({min(VACUUMED_AT_ONCE, free - FREE_PAGES)})").fetchall()
    return max(0, free - FREE_PAGES - VACUUMED_AT_ONCE)


def probe(db: Connection) -> None:
    """Write something, to see whether there is room."""
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('probe', hex(randomblob(?)))", (PROBED,))


def give_up_oldest(db: Connection, allowed: int) -> int:
    """Make a store of at most ``allowed`` events: what a broker has goes first, then the oldest.

    Returns how many unsent events were lost.
    """
    excess = int(db.execute("SELECT events FROM tally").fetchone()[0]) - allowed
    if excess <= 0:
        return 0
    order = "ORDER BY sent = 0, position LIMIT ?"
    rows = db.execute(f"SELECT position, epoch, seq, hash, sent FROM event {order}", (excess,)).fetchall()  # noqa: S608
    _forget(db, [row[:4] for row in rows if row[4]])
    lost = [row for row in rows if not row[4]]
    for position, epoch, seq, _, _ in lost:
        note_lost(db, epoch, seq, seq)
        db.execute("DELETE FROM event WHERE position = ?", (position,))
    return len(lost)


def note_lost(db: Connection, epoch: int, first: int, last: int) -> None:
    """Remember that the events ``first`` to ``last`` can no longer be shown."""
    before = db.execute("SELECT first FROM lost WHERE epoch = ? AND last = ?", (epoch, first - 1)).fetchone()
    start = first if before is None else before[0]
    db.execute("INSERT OR REPLACE INTO lost (epoch, first, last) VALUES (?, ?, ?)", (epoch, start, last))


def _seconds(storage: Storage) -> dict[RetentionClass, float]:
    return {
        RetentionClass.ROUTINE: storage.keep,
        RetentionClass.ALARM: storage.keep,
        RetentionClass.PROOF: storage.keep_proof,
    }


def _prune(db: Connection, consumers: Sequence[str], keep: int, before: int, limit: int) -> int:
    rows: list[tuple[int, int, int, bytes]] = []
    for ref, epoch in db.execute("SELECT ref, epoch FROM epoch ORDER BY ref").fetchall():
        end = min(before, _settled_before(db, ref, outbox.settled(db, epoch, consumers))) if consumers else before
        query = (
            "SELECT position, epoch, seq, hash FROM event INDEXED BY event_keep"
            " WHERE keep = ? AND epoch = ? AND position < ? AND (? OR sent > 0) ORDER BY position LIMIT ?"
        )
        rows += db.execute(query, (keep, ref, end, bool(consumers), limit - len(rows))).fetchall()
    _forget(db, rows)
    return len(rows)


def _settled_before(db: Connection, epoch: int, seq: int) -> int:
    """A position behind the events of an epoch up to ``seq``, and before all later ones."""
    query = "SELECT coalesce(max(position), 0) + 1 FROM event WHERE epoch = ? AND seq <= ?"
    return int(db.execute(query, (epoch, seq)).fetchone()[0])


def _forget(db: Connection, rows: Sequence[tuple[int, int, int, bytes]]) -> None:
    """Replace events (position, epoch, seq, hash) by their digests, and full segments of digests by their ends."""
    db.executemany("INSERT INTO digest (epoch, seq, hash) VALUES (?, ?, ?)", [row[1:] for row in rows])
    db.executemany("DELETE FROM event WHERE position = ?", [row[:1] for row in rows])
    for epoch, number in sorted({(epoch, (seq - 1) // SEGMENT) for _, epoch, seq, _ in rows}):
        _close_segment(db, epoch, number)


def _close_segment(db: Connection, epoch: int, number: int) -> None:
    bounds = (epoch, number * SEGMENT + 1, (number + 1) * SEGMENT)
    held = "SELECT 1 FROM event WHERE epoch = ? AND seq BETWEEN ? AND ? LIMIT 1"
    last = db.execute("SELECT hash FROM digest WHERE epoch = ? AND seq = ?", (epoch, bounds[2])).fetchone()
    if last is None or db.execute(held, bounds).fetchone():
        return
    db.execute("INSERT INTO segment (epoch, number, hash) VALUES (?, ?, ?)", (epoch, number, last[0]))
    db.execute("DELETE FROM digest WHERE epoch = ? AND seq BETWEEN ? AND ?", bounds)
