"""Is a receiver's store complete? Answers from the file alone, without changing it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from headquarters.contract.protocol import Range, chain, genesis
from headquarters.stores.schema import BASE, SCHEMA, TOLD_AGAIN
from runtime import sqlite
from runtime.errors import StoreError
from runtime.sqlite import Connection, reading


@dataclass(frozen=True, slots=True)
class EpochAudit:
    """What is stored of one epoch of one gateway."""

    gateway: str
    """``org/site/gateway``"""
    epoch: str
    first: int
    last: int
    count: int
    gaps: tuple[tuple[int, int], ...]
    """Missing ranges between 1 and ``last``, ends included, without what is gone."""
    gone: int
    """Events the gateway said it does not hold any more: pruned, or lost with a damaged store, and reported."""
    abandoned: tuple[tuple[int, int], ...]
    """Ranges of what is gone above all stored ones: announced, and never told, by a journal that is no more."""
    pending: int
    """Events above all stored ones that the gateway has announced."""
    redelivered: int
    """Deliveries of an event already held; dropped, so they had no effect."""
    conflicts: int
    """Events that contradict the store and did not come again under another epoch."""
    again: tuple[tuple[int, int, str], ...]
    """First and last seq of what the gateway told again, and under which epoch: its journal had been put back to an
    older copy, and under these keys are, if anything, events it has lost."""
    broken: tuple[int, ...]
    """Events whose hash does not follow from their body and the event before."""

    @property
    def lost(self) -> int:
        """How many events are missing below the highest stored one, without anybody having said so."""
        return sum(last - first + 1 for first, last in self.gaps)

    @property
    def good(self) -> bool:
        """Complete, unbroken and without contradiction."""
        return not (self.gaps or self.pending or self.conflicts or self.broken)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a store holds."""

    epochs: tuple[EpochAudit, ...]
    orders: int
    """Work orders ever seen."""
    open_orders: int
    """Work orders not closed by their latest event."""
    doubled_orders: int
    """Causes (gateway, equipment, rule) with more than one open work order."""
    doubled: int
    """Events stored more than once under one key; the primary key makes it 0."""

    def total(self, field: str) -> int:
        """The sum of a number over all epochs, such as ``count`` or ``lost``."""
        return sum(getattr(epoch, field) for epoch in self.epochs)

    @property
    def gateways(self) -> dict[str, list[EpochAudit]]:
        """The epochs of each gateway."""
        found: dict[str, list[EpochAudit]] = {}
        for epoch in self.epochs:
            found.setdefault(epoch.gateway, []).append(epoch)
        return found

    @property
    def good(self) -> bool:
        """Nothing lost, doubled or contradicted, and no cause with two open orders."""
        return not self.doubled and not self.doubled_orders and all(epoch.good for epoch in self.epochs)


def audit(path: Path) -> AuditReport:
    """Check the store at ``path``. Raises StoreError when it cannot be read or is not a receiver's."""
    with reading(path) as db:
        if not sqlite.holds(db, BASE):
            raise StoreError("audit.foreign", path=path)
        keys = db.execute("SELECT gateway, epoch, announced, redelivered FROM chain ORDER BY gateway, ordinal")
        epochs = tuple(_audit_epoch(db, *key) for key in keys.fetchall())
        return AuditReport(epochs, *_orders(db), _doubled(db))


def _audit_epoch(db: Connection, gateway: str, epoch: str, announced: int, redelivered: int) -> EpochAudit:
    query = "SELECT seq, hash, previous, body FROM event WHERE gateway = ? AND epoch = ? ORDER BY seq"
    first = last = count = 0
    digest: str | None = genesis(gateway.rpartition("/")[2], epoch)
    missing, broken = [], []
    for seq, stored, previous, body in db.execute(query, (gateway, epoch)):
        if seq != last + 1:
            missing.append(Range(last + 1, seq - 1))
            digest = None
        if chain(previous, body.encode()) != stored or digest not in (None, previous):
            broken.append(seq)
        first, last, count, digest = first or seq, seq, count + 1, stored
    again = _again(db, gateway, epoch)
    answered = f" AND NOT {TOLD_AGAIN}" if again else ""
    conflicts = _count(db, f"SELECT count(*) FROM conflict WHERE gateway = ? AND epoch = ?{answered}", gateway, epoch)  # noqa: S608 - ours
    gone = _gone(db, gateway, epoch)
    gaps = tuple((gap.first, gap.last) for one in missing for gap in _without(one, gone))
    pending = sum(gap.last - gap.first + 1 for gap in _without(Range(last + 1, announced), gone))
    told = sum(one.last - one.first + 1 for one in gone)
    abandoned = tuple((max(one.first, last + 1), one.last) for one in gone if one.last > last)
    return EpochAudit(
        gateway, epoch, first, last, count, gaps, told, abandoned, pending, redelivered, conflicts, again, tuple(broken)
    )  # fmt: skip


def _again(db: Connection, gateway: str, epoch: str) -> tuple[tuple[int, int, str], ...]:
    if not sqlite.holds(db, SCHEMA):
        return ()  # of an older receiver, which knew nothing of it
    query = "SELECT first, last, under FROM again WHERE gateway = ? AND epoch = ? ORDER BY first, at"
    return tuple(db.execute(query, (gateway, epoch)).fetchall())


def _gone(db: Connection, gateway: str, epoch: str) -> list[Range]:
    """What is gone, in order; no two ranges touch."""
    query = "SELECT first, last FROM gone WHERE gateway = ? AND epoch = ? ORDER BY first"
    merged: list[Range] = []
    for first, last in db.execute(query, (gateway, epoch)):
        if merged and first <= merged[-1].last + 1:
            merged[-1] = Range(merged[-1].first, max(last, merged[-1].last))
        else:
            merged.append(Range(first, last))
    return merged


def _without(whole: Range, gone: list[Range]) -> list[Range]:
    left, first = [], whole.first
    for one in gone:
        if one.last < first or one.first > whole.last:
            continue
        if one.first > first:
            left.append(Range(first, one.first - 1))
        first = one.last + 1
    return [*left, Range(first, whole.last)] if first <= whole.last else left


def _orders(db: Connection) -> tuple[int, int, int]:
    """How many orders there are, are open, and how many causes have more than one open one."""
    found = db.execute("SELECT gateway, id, status FROM current WHERE kind = 'order'").fetchall()
    # An order is named gateway/epoch/equipment/rule/number.
    causes = [(gateway, *order.split("/")[-3:-1]) for gateway, order, status in found if status != "closed"]
    return len(found), len(causes), sum(count > 1 for count in Counter(causes).values())


def _doubled(db: Connection) -> int:
    return _count(db, "SELECT count(*) - count(DISTINCT gateway || '/' || epoch || '/' || seq) FROM event")


def _count(db: Connection, query: str, *values: str) -> int:
    return int(db.execute(query, values).fetchone()[0])
