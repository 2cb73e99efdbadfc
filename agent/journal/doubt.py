"""An epoch in doubt: this store was once an older copy of itself, so what a key means at headquarters nobody knows.

Nothing of it is told until a consumer has said up to which event it holds the same chain. What comes after that event
is moved into an epoch of its own (*told again*), and the epoch in doubt ends there. Each consumer is asked: one that
holds less has what it lacks told again as well. In transactions of the caller; whatever moment this ends at, what was
begun goes on from the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.journal.entry import Entry, Epoch
from agent.journal.outbox import HELD, read_range
from agent.journal.packing import Dictionaries
from agent.journal.retention import note_lost
from agent.journal.writing import PendingEvent, append, start_epoch
from headquarters.contract.protocol import Point
from runtime.sqlite import Connection

TOLD_AGAIN = "told-again"
"""Reason of an epoch that repeats events of its predecessor."""
MOVED_AT_ONCE = 200
"""Events moved in one transaction: others wait for it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A consumer that has not said yet what it holds of an epoch."""

    epoch: str
    consumer: str
    low: int
    """It holds the events up to this one: it acknowledged them before the doubt."""
    head: int


def doubt(db: Connection, gateway: str, epoch: str, consumers: Sequence[str], fresh: Epoch) -> bool:
    """Put ``epoch`` in doubt and begin ``fresh`` for all that is new; False when it has been in doubt before."""
    if db.execute("SELECT 1 FROM doubt WHERE epoch = ?", (epoch,)).fetchone():
        return False
    db.executemany("INSERT INTO doubt (epoch, consumer) VALUES (?, ?)", [(epoch, one) for one in consumers])
    start_epoch(db, gateway, fresh)
    return True


def doubts(db: Connection, consumers: Sequence[str]) -> list[Doubt]:
    """Who of ``consumers`` must still say what it holds of which epoch; one that was added later is asked like all."""
    query = (
        "SELECT DISTINCT doubt.epoch, head, coalesce(consumer.seq, 0) FROM doubt JOIN epoch USING (epoch)"
        " LEFT JOIN consumer ON consumer.epoch = doubt.epoch AND consumer.consumer = ?1"
        " WHERE NOT EXISTS (SELECT 1 FROM doubt AS said WHERE said.epoch = doubt.epoch AND said.consumer = ?1"
        " AND said.agreed IS NOT NULL)"
    )
    return [
        Doubt(epoch, consumer, low, head)
        for consumer in consumers
        for epoch, head, low in db.execute(query, (consumer,)).fetchall()
    ]  # fmt: skip


def held_back(db: Connection) -> set[str]:
    """The epochs of which nothing may be told."""
    return {epoch for (epoch,) in db.execute(f"SELECT epoch FROM epoch WHERE ref IN ({HELD})")}  # noqa: S608 - ours


def points(db: Connection, epoch: str, low: int, high: int, most: int) -> list[Point]:
    """At most ``most`` events kept here with ``low < seq < high``, evenly spaced, the highest among them."""
    (ref,) = db.execute("SELECT ref FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
    query = "SELECT seq, hash FROM event WHERE epoch = ? AND seq > ? AND seq <= ? ORDER BY seq DESC LIMIT 1"
    aims = {high - 1 - (high - 1 - low) * number // most for number in range(most)}
    found = (db.execute(query, (ref, low, aim)).fetchone() for aim in sorted(aims))
    return [Point(seq, digest.hex()) for seq, digest in dict.fromkeys(row for row in found if row is not None)]


def move(db: Connection, dictionaries: Dictionaries, gateway: str, agreed: Doubt, fresh_id: str) -> bool:
    """Move some events beyond ``agreed.low`` into an epoch that tells them again.

    Returns False when none was left: then the consumer has nothing more to say about this epoch.
    """
    ref = _ref(db, agreed.epoch)
    entries = read_range(db, dictionaries, agreed.epoch, *_next(db, ref, agreed.low))
    if not entries:
        values = (agreed.epoch, agreed.consumer, agreed.low)
        db.execute("INSERT OR REPLACE INTO doubt (epoch, consumer, agreed) VALUES (?, ?, ?)", values)
        return False
    under = _under(db, gateway, agreed, fresh_id)
    for entry in entries:
        _move_one(db, dictionaries, ref, under, entry)
    return True


def _next(db: Connection, ref: int, low: int) -> tuple[int, int]:
    """First and last seq of the next events to move."""
    query = "SELECT seq FROM event WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?"
    seqs = [seq for (seq,) in db.execute(query, (ref, low, MOVED_AT_ONCE))]
    return (seqs[0], seqs[-1]) if seqs else (1, 0)


def _under(db: Connection, gateway: str, agreed: Doubt, fresh_id: str) -> str:
    """The epoch that tells again what this consumer lacks."""
    query = "SELECT again FROM doubt WHERE epoch = ? AND consumer = ?"
    found = db.execute(query, (agreed.epoch, agreed.consumer)).fetchone()
    if found is not None and found[0]:
        return str(found[0])
    start_epoch(db, gateway, Epoch(fresh_id, TOLD_AGAIN, agreed.epoch))
    values = (agreed.epoch, agreed.consumer, fresh_id)
    db.execute("INSERT OR REPLACE INTO doubt (epoch, consumer, again) VALUES (?, ?, ?)", values)
    return fresh_id


def _move_one(db: Connection, dictionaries: Dictionaries, ref: int, under: str, entry: Entry) -> None:
    (keep,) = db.execute("SELECT keep FROM event WHERE position = ?", (entry.position,)).fetchone()
    (told,) = append(db, dictionaries, under, [PendingEvent(entry.kind, keep, entry.body)], entry.committed)
    there = _ref(db, under)
    longer = "UPDATE again SET last = ? WHERE epoch = ? AND under = ? AND last = ? AND at + last - first = ?"
    if not db.execute(longer, (entry.seq, ref, there, entry.seq - 1, told.seq - 1)).rowcount:
        insert = "INSERT OR REPLACE INTO again (epoch, first, last, under, at) VALUES (?, ?, ?, ?, ?)"
        db.execute(insert, (ref, entry.seq, entry.seq, there, told.seq))
    note_lost(db, ref, entry.seq, entry.seq)
    db.execute("DELETE FROM event WHERE position = ?", (entry.position,))


def _ref(db: Connection, epoch: str) -> int:
    return int(db.execute("SELECT ref FROM epoch WHERE epoch = ?", (epoch,)).fetchone()[0])
