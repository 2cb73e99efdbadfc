"""Is a receiver's store complete? Answers from the file alone, without changing it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent import sqlite
from agent.errors import StoreError
from agent.receiver.schema import SCHEMA
from agent.sqlite import Connection, reading
from agent.wire import chain, genesis


@dataclass(frozen=True, slots=True)
class EpochAudit:
    """What is stored of one epoch of one gateway."""

    gateway: str
    epoch: str
    first: int
    last: int
    count: int
    gaps: tuple[tuple[int, int], ...]
    """Missing ranges between 1 and ``last``, ends included."""
    redelivered: int
    """Deliveries of an event already held; dropped, so they had no effect."""
    conflicts: int
    broken: tuple[int, ...]
    """Events whose hash does not follow from their body and the event before."""

    @property
    def lost(self) -> int:
        """How many events are missing."""
        return sum(last - first + 1 for first, last in self.gaps)

    @property
    def good(self) -> bool:
        """Complete, unbroken and without contradiction."""
        return not (self.gaps or self.conflicts or self.broken)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a store holds."""

    epochs: tuple[EpochAudit, ...]
    orders: int
    """Work orders ever seen."""
    open_orders: int
    """Work orders not closed by their latest event."""
    doubled: int
    """Events stored more than once under one key; the primary key makes it 0."""

    @property
    def events(self) -> int:
        """Events stored, over all gateways."""
        return sum(epoch.count for epoch in self.epochs)

    @property
    def lost(self) -> int:
        """Events missing below the highest stored one of each epoch."""
        return sum(epoch.lost for epoch in self.epochs)

    @property
    def redelivered(self) -> int:
        """Repeated deliveries that were dropped."""
        return sum(epoch.redelivered for epoch in self.epochs)

    @property
    def conflicts(self) -> int:
        """Events kept beside because they contradict the stored ones."""
        return sum(epoch.conflicts for epoch in self.epochs)

    @property
    def good(self) -> bool:
        """Nothing lost, doubled or contradicted."""
        return not self.doubled and all(epoch.good for epoch in self.epochs)


def audit(path: Path) -> AuditReport:
    """Check the store at ``path``. Raises StoreError when it cannot be read or is not a receiver's."""
    with reading(path) as db:
        if not sqlite.holds(db, SCHEMA):
            raise StoreError("audit.foreign", path=path)
        keys = db.execute("SELECT gateway, epoch, redelivered FROM chain ORDER BY gateway, epoch").fetchall()
        epochs = tuple(_audit_epoch(db, *key) for key in keys)
        return AuditReport(epochs, *_orders(db), _doubled(db))


def _audit_epoch(db: Connection, gateway: str, epoch: str, redelivered: int) -> EpochAudit:
    query = "SELECT seq, hash, previous, body FROM event WHERE gateway = ? AND epoch = ? ORDER BY seq"
    first = last = count = 0
    digest: str | None = genesis(gateway, epoch)
    gaps, broken = [], []
    for seq, stored, previous, body in db.execute(query, (gateway, epoch)):
        if seq != last + 1:
            gaps.append((last + 1, seq - 1))
            digest = None
        if chain(previous, body.encode()) != stored or digest not in (None, previous):
            broken.append(seq)
        first, last, count, digest = first or seq, seq, count + 1, stored
    conflicts = _count(db, "SELECT count(*) FROM conflict WHERE gateway = ? AND epoch = ?", gateway, epoch)
    return EpochAudit(gateway, epoch, first, last, count, tuple(gaps), redelivered, conflicts, tuple(broken))


def _orders(db: Connection) -> tuple[int, int]:
    latest = (
        "SELECT json_extract(body, '$.status'), max(epoch || printf('%016d', seq))"  # the status of that very row
        " FROM event WHERE kind = 'order' GROUP BY gateway, json_extract(body, '$.order')"
    )
    statuses = [status for status, _ in db.execute(latest)]
    return len(statuses), sum(status != "closed" for status in statuses)


def _doubled(db: Connection) -> int:
    return _count(db, "SELECT count(*) - count(DISTINCT gateway || '/' || epoch || '/' || seq) FROM event")


def _count(db: Connection, query: str, *values: str) -> int:
    return int(db.execute(query, values).fetchone()[0])


def events(path: Path) -> Iterator[tuple[str, str, int, str, str]]:
    """(gateway, epoch, seq, kind, body as JSON text) of every stored event, in order. Raises StoreError."""
    with reading(path) as db:
        yield from db.execute("SELECT gateway, epoch, seq, kind, body FROM event ORDER BY gateway, epoch, seq")
