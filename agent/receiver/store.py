"""Headquarters' memory of what arrived: every event once under its key, and what contradicts it beside it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from agent import sqlite
from agent.receiver.schema import SCHEMA, VERSION
from agent.sqlite import Connection
from agent.wire import EventMessage, canonical, genesis


class Verdict(StrEnum):
    """What became of an arrival."""

    NEW = "new"
    DUPLICATE = "duplicate"
    """The same event again: counted and dropped."""
    CONFLICT = "conflict"
    """Another event under a key we hold, or one that does not fit its neighbours: kept beside."""
    MALFORMED = "malformed"
    """Not a message of the contract, or its hash is wrong: never stored."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """All events of (gateway, epoch) up to ``seq``, whose hash is ``hash``, are stored."""

    gateway: str
    epoch: str
    seq: int
    hash: str
    highest: int
    """Highest seq stored; above ``seq`` when there is a gap."""


class ReceiverStore(Protocol):
    """Where a receiver keeps events. Its methods raise StoreError."""

    async def absorb(self, arrivals: Sequence[EventMessage], received: float) -> list[Verdict]:
        """Store a batch durably in one transaction (``received`` in UTC seconds); one verdict for each."""

    async def watermarks(self, gateway: str | None = None) -> list[Watermark]:
        """How far each epoch of a gateway, or of all, is complete."""

    async def first_gap(self, watermark: Watermark, head: int) -> tuple[int, int] | None:
        """First and last missing seq of the lowest gap up to ``head``; None when there is none."""


class SqliteStore:
    """A ReceiverStore in one SQLite file."""

    def __init__(self, database: sqlite.Database) -> None:
        """Made by ``open``."""
        self._database = database

    @classmethod
    async def open(cls, path: Path) -> "SqliteStore":
        """Open or create the store. Raises StoreError."""
        return cls(await sqlite.Database.open(path, SCHEMA, VERSION))

    async def close(self) -> None:
        """Close the file."""
        await self._database.close()

    async def absorb(self, arrivals: Sequence[EventMessage], received: float) -> list[Verdict]:
        """See ReceiverStore."""
        return await self._database.call(lambda db: _absorb(db, arrivals, received))

    async def watermarks(self, gateway: str | None = None) -> list[Watermark]:
        """See ReceiverStore."""
        return await self._database.call(lambda db: _watermarks(db, gateway))

    async def first_gap(self, watermark: Watermark, head: int) -> tuple[int, int] | None:
        """See ReceiverStore."""
        return await self._database.call(lambda db: _first_gap(db, watermark, head))


def _absorb(db: Connection, arrivals: Sequence[EventMessage], received: float) -> list[Verdict]:
    verdicts = [_store(db, message, received) for message in arrivals]
    for gateway, epoch in dict.fromkeys((message.gateway, message.epoch) for message in arrivals):
        _advance(db, gateway, epoch)
    return verdicts


def _store(db: Connection, message: EventMessage, received: float) -> Verdict:
    start = genesis(message.gateway, message.epoch)
    db.execute("INSERT OR IGNORE INTO chain (gateway, epoch, hash) VALUES (?, ?, ?)", (*_epoch(message), start))
    held = _hash_at(db, message, 0)
    if held == message.hash:
        db.execute("UPDATE chain SET redelivered = redelivered + 1 WHERE gateway = ? AND epoch = ?", _epoch(message))
        return Verdict.DUPLICATE
    fits = held is None and _fits(db, message, start)
    table = "event" if fits else "conflict"
    values = (message.kind, message.hash, message.previous, canonical(message.body).decode(), _envelope(message))
    db.execute(
        f"INSERT OR IGNORE INTO {table} (gateway, epoch, seq, kind, hash, previous, body, envelope, received)"  # noqa: S608 - one of two names
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*_epoch(message), message.seq, *values, received),
    )
    return Verdict.NEW if fits else Verdict.CONFLICT


def _fits(db: Connection, message: EventMessage, start: str) -> bool:
    """Whether the chain holds towards the neighbours we have."""
    before = start if message.seq == 1 else _hash_at(db, message, -1)
    query = "SELECT previous FROM event WHERE gateway = ? AND epoch = ? AND seq = ?"
    after = db.execute(query, (*_epoch(message), message.seq + 1)).fetchone()
    return before in (None, message.previous) and (after is None or after[0] == message.hash)


def _hash_at(db: Connection, message: EventMessage, offset: int) -> str | None:
    query = "SELECT hash FROM event WHERE gateway = ? AND epoch = ? AND seq = ?"
    found = db.execute(query, (*_epoch(message), message.seq + offset)).fetchone()
    return None if found is None else str(found[0])


def _advance(db: Connection, gateway: str, epoch: str) -> None:
    """Move the watermark over what is complete."""
    key = (gateway, epoch)
    (seq,) = db.execute("SELECT seq FROM chain WHERE gateway = ? AND epoch = ?", key).fetchone()
    start, digest = seq, None
    query = "SELECT seq, hash FROM event WHERE gateway = ? AND epoch = ? AND seq > ? ORDER BY seq"
    for following, following_hash in db.execute(query, (*key, start)):
        if following != seq + 1:
            break
        seq, digest = following, following_hash
    if digest is not None:
        db.execute("UPDATE chain SET seq = ?, hash = ? WHERE gateway = ? AND epoch = ?", (seq, digest, *key))


def _watermarks(db: Connection, gateway: str | None) -> list[Watermark]:
    highest = "SELECT max(seq) FROM event WHERE gateway = chain.gateway AND epoch = chain.epoch"
    found = db.execute(
        f"SELECT gateway, epoch, seq, hash, coalesce(({highest}), 0) FROM chain"  # noqa: S608 - our own text
        " WHERE ?1 IS NULL OR gateway = ?1 ORDER BY gateway, epoch",
        (gateway,),
    )
    return [Watermark(*row) for row in found]


def _first_gap(db: Connection, watermark: Watermark, head: int) -> tuple[int, int] | None:
    query = "SELECT min(seq) FROM event WHERE gateway = ? AND epoch = ? AND seq > ?"
    (above,) = db.execute(query, (watermark.gateway, watermark.epoch, watermark.seq)).fetchone()
    last = above - 1 if above is not None else head
    return (watermark.seq + 1, last) if last > watermark.seq else None


def _epoch(message: EventMessage) -> tuple[str, str]:
    return message.gateway, message.epoch


def _envelope(message: EventMessage) -> str:
    return json.dumps(asdict(message.envelope), sort_keys=True)
