"""The journal as a queue towards headquarters: what was sent, refused, settled; in a transaction of the caller."""

from collections.abc import Sequence
from dataclasses import asdict

from agent.journal.entry import Entry, QueueStats, Settlement
from agent.sqlite import Connection
from agent.wire import canonical, genesis
from drivers.points import Instant
from rules.facts import Fact

_ENTRY = "SELECT position, epoch, seq, kind, body, hash, previous, boot, mono, wall, trusted, sent FROM event"
_LAST = 2**62
"""Beyond any position."""


def body_of(fact: Fact) -> bytes:
    """The body of the event that tells ``fact``."""
    return canonical(asdict(fact))


def last_position(db: Connection) -> int:
    """See ``Journal.last_position``."""
    return int(db.execute("SELECT coalesce(max(position), 0) FROM event").fetchone()[0])


def unsent(db: Connection, limit: int, after: int, until: int | None) -> list[Entry]:
    """See ``Journal.unsent``."""
    where = "WHERE sent = 0 AND refused = 0 AND position > ? AND position <= ? ORDER BY position LIMIT ?"
    found = db.execute(f"{_ENTRY} {where}", (after, _LAST if until is None else until, limit))
    return [_entry(*row) for row in found]


def read_range(db: Connection, epoch: str, first: int, last: int) -> list[Entry]:
    """See ``Journal.read_range``."""
    found = db.execute(f"{_ENTRY} WHERE epoch = ? AND seq BETWEEN ? AND ? ORDER BY seq", (epoch, first, last))
    return [_entry(*row) for row in found]


def mark_sent(db: Connection, entries: Sequence[Entry]) -> None:
    """See ``Journal.mark_sent``."""
    positions = [(entry.position,) for entry in entries]
    db.executemany("UPDATE event SET sent = sent + 1, refused = 0 WHERE position = ?", positions)


def mark_refused(db: Connection, entries: Sequence[Entry]) -> None:
    """See ``Journal.mark_refused``."""
    db.executemany("UPDATE event SET refused = 1 WHERE position = ?", [(entry.position,) for entry in entries])


def retry_refused(db: Connection) -> None:
    """See ``Journal.retry_refused``."""
    db.execute("UPDATE event SET refused = 0 WHERE sent = 0 AND refused = 1")


def settle(db: Connection, gateway: str, consumer: str, upto: tuple[str, int, str]) -> Settlement:
    """See ``Journal.settle``."""
    epoch, seq, digest = upto
    found = db.execute("SELECT head FROM epoch WHERE epoch = ? AND gateway = ?", (epoch, gateway)).fetchone()
    if found is None:
        return Settlement.UNKNOWN
    if seq > found[0]:
        return Settlement.AHEAD
    if digest != _hash_at(db, gateway, epoch, seq):
        return Settlement.CONFLICT
    db.execute("INSERT OR REPLACE INTO consumer (consumer, epoch, seq) VALUES (?, ?, ?)", (consumer, epoch, seq))
    return Settlement.SETTLED


def stats(db: Connection, epoch: str, consumers: Sequence[str]) -> QueueStats:
    """See ``Journal.stats``."""
    counts = "SELECT count(*), coalesce(sum(refused), 0), min(position) FROM event WHERE sent = 0"
    waiting, refused, oldest = db.execute(counts).fetchone()
    head = db.execute("SELECT head FROM epoch WHERE epoch = ?", (epoch,)).fetchone()[0]
    first = db.execute("SELECT coalesce(min(seq), 0) FROM event WHERE epoch = ?", (epoch,)).fetchone()[0]
    since = db.execute("SELECT wall FROM event WHERE position = ?", (oldest,)).fetchone()
    return QueueStats(epoch, head, first, waiting, refused, _unsettled(db, consumers), since and since[0])


def _unsettled(db: Connection, consumers: Sequence[str]) -> int:
    total = 0
    for epoch, head in db.execute("SELECT epoch, head FROM epoch").fetchall():
        held = dict(db.execute("SELECT consumer, seq FROM consumer WHERE epoch = ?", (epoch,)).fetchall())
        total += head - min((held.get(consumer, 0) for consumer in consumers), default=0)
    return total


def _hash_at(db: Connection, gateway: str, epoch: str, seq: int) -> str | None:
    if seq == 0:
        return genesis(gateway, epoch)
    found = db.execute("SELECT hash FROM event WHERE epoch = ? AND seq = ?", (epoch, seq)).fetchone()
    return None if found is None else str(found[0])


def _entry(*row: object) -> Entry:
    position, epoch, seq, kind, body, digest, previous, boot, mono, wall, trusted, sent = row
    committed = Instant(boot, mono, wall, bool(trusted))  # type: ignore[arg-type]  # the types of the schema
    return Entry(position, epoch, seq, kind, body, digest, previous, committed, sent)  # type: ignore[arg-type]
