"""Where a receiver keeps what arrived: one small interface, and the store in one SQLite file."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from headquarters.contract.protocol import Claim
from headquarters.stores.absorption import Absorption
from headquarters.stores.announcements import announce
from headquarters.stores.schema import ADDED, BASE, SCHEMA, TOLD_AGAIN, VERSION
from headquarters.stores.values import Announcement, Arrival, ArrivalVerdict, GatewayMessage, Watermark
from runtime import sqlite
from runtime.sqlite import Connection


class ReceiverStore(Protocol):
    """What a receiver asks of its store; each method is one transaction, durable on return, or raises StoreError."""

    async def absorb(self, arrivals: Sequence[Arrival], received: float) -> list[ArrivalVerdict]:
        """Store a batch of events (``received`` in UTC seconds); one verdict for each. The same batch again is safe."""

    async def announce(self, announcements: Sequence[GatewayMessage[Announcement]], at: float) -> None:
        """Note what gateways say beside their events, in order (``at`` in UTC seconds)."""

    async def watermarks(self, gateway: str | None = None) -> list[Watermark]:
        """How far each epoch of a gateway, or of all, is complete."""

    async def watermark(self, gateway: str, epoch: str) -> Watermark | None:
        """How far one epoch is complete; None of one nobody has told of. As quick beside a thousand others."""

    async def first_gap(self, watermark: Watermark, head: int) -> tuple[int, int] | None:
        """First and last missing seq of the lowest gap up to ``head``; None when there is none."""

    async def agreed(self, gateway: str, claim: Claim) -> tuple[int, int]:
        """The highest claimed seq that is held with everything before it, and the lowest above that; 0 for none."""


class SqliteStore:
    """A ReceiverStore in one SQLite file."""

    def __init__(self, database: sqlite.Database) -> None:
        """Made by ``open``."""
        self._database = database

    @classmethod
    async def open(cls, path: Path) -> "SqliteStore":
        """Open or create the store. Raises StoreError."""
        return cls(await sqlite.Database.open(path, SCHEMA, VERSION, sqlite.DatabaseOptions(upgrade=_upgrade)))

    async def close(self) -> None:
        """Close the file."""
        await self._database.close()

    async def absorb(self, arrivals: Sequence[Arrival], received: float) -> list[ArrivalVerdict]:
        """See ReceiverStore."""
        return await self._database.call(lambda db: Absorption(db, received).take(arrivals))

    async def announce(self, announcements: Sequence[GatewayMessage[Announcement]], at: float) -> None:
        """See ReceiverStore."""
        await self._database.call(lambda db: announce(db, announcements, at))

    async def watermarks(self, gateway: str | None = None) -> list[Watermark]:
        """See ReceiverStore."""
        return await self._database.call(lambda db: _watermarks(db, gateway, None))

    async def watermark(self, gateway: str, epoch: str) -> Watermark | None:
        """See ReceiverStore."""
        found = await self._database.call(lambda db: _watermarks(db, gateway, epoch))
        return found[0] if found else None

    async def first_gap(self, watermark: Watermark, head: int) -> tuple[int, int] | None:
        """See ReceiverStore."""
        return await self._database.call(lambda db: _first_gap(db, watermark, head))

    async def agreed(self, gateway: str, claim: Claim) -> tuple[int, int]:
        """See ReceiverStore."""
        return await self._database.call(lambda db: _agreed(db, gateway, claim))


def _upgrade(connection: Connection) -> None:
    if sqlite.holds(connection, BASE) and not sqlite.holds(connection, SCHEMA):
        connection.executescript(f"BEGIN IMMEDIATE;{ADDED};COMMIT;")


def _agreed(db: Connection, gateway: str, claim: Claim) -> tuple[int, int]:
    """What is held above a gap proves nothing about what comes before: another chain may have led there."""
    query = (
        "SELECT 1 FROM event JOIN chain USING (gateway, epoch) WHERE gateway = ? AND epoch = ? AND event.seq = ?"
        " AND event.hash = ? AND event.seq <= chain.seq"
    )
    held = 0
    for point in claim.points:
        if db.execute(query, (gateway, claim.epoch, point.seq, point.hash)).fetchone() is None:
            return held, point.seq
        held = point.seq
    return held, 0


_OF = {
    (False, False): "",
    (True, False): "WHERE gateway = ?",
    (True, True): "WHERE gateway = ? AND epoch = ?",
}


def _watermarks(db: Connection, gateway: str | None, epoch: str | None) -> list[Watermark]:
    same = "gateway = chain.gateway AND epoch = chain.epoch"
    highest = f"SELECT max(seq) FROM event WHERE {same}"  # noqa: S608 - our own text
    conflict = f"SELECT min(seq) FROM conflict WHERE {same} AND NOT {TOLD_AGAIN}"  # noqa: S608 - our own text
    found = db.execute(
        f"SELECT gateway, epoch, seq, hash, coalesce(({highest}), 0), coalesce(({conflict}), 0), announced"  # noqa: S608 - ours
        f" FROM chain {_OF[gateway is not None, epoch is not None]} ORDER BY gateway, epoch",
        [one for one in (gateway, epoch) if one is not None],
    ).fetchall()
    return [_without_gone(db, Watermark(*row)) for row in found]


def _without_gone(db: Connection, mark: Watermark) -> Watermark:
    """``mark``, of which ``awaited`` is what was announced: as it is while anything of that may still come."""
    awaited = max(mark.highest, mark.awaited)
    return replace(mark, awaited=awaited if awaited > mark.seq and _first_gap(db, mark, awaited) else 0)


def _first_gap(db: Connection, watermark: Watermark, head: int) -> tuple[int, int] | None:
    """The watermark stands before the first gap, or before what is gone at the end."""
    key = watermark.gateway, watermark.epoch
    first = watermark.seq + 1
    ranges = "SELECT first, last FROM gone WHERE gateway = ? AND epoch = ? AND last >= ? ORDER BY first"
    for gone_first, gone_last in db.execute(ranges, (*key, first)).fetchall():
        if gone_first > first:
            break
        first = gone_last + 1
    nearest = (
        "SELECT min(seq) FROM (SELECT min(seq) AS seq FROM event WHERE gateway = ?1 AND epoch = ?2 AND seq >= ?3"
        " UNION ALL SELECT min(first) FROM gone WHERE gateway = ?1 AND epoch = ?2 AND first >= ?3)"
    )
    (above,) = db.execute(nearest, (*key, first)).fetchone()
    last = above - 1 if above is not None else head
    return (first, last) if last >= first else None
