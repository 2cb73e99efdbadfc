"""How a batch of events gets into the tables, within a transaction of the caller."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from headquarters.contract.protocol import EventMessage, canonical, genesis, travelled
from headquarters.stores.values import Arrival, ArrivalVerdict
from runtime.sqlite import Connection

_IDENTITY = {"alarm": ("alarm", "state"), "order": ("order", "status"), "record": ("run", "verdict")}
"""Kind of event -> the field of the thing it tells about, and the field of how that thing is."""


@dataclass(slots=True)
class Chain:
    """One epoch of one gateway, as its row says."""

    ordinal: int
    """Later epochs of a gateway have a higher one."""
    seq: int
    hash: str
    last: tuple[int, str] = (-1, "")
    """seq and hash of the event stored last in this batch."""
    redelivered: int = 0
    highest: int = 0
    """Highest seq stored: what comes beyond it, as nearly everything does, is compared with nothing there."""


def chain_of(db: Connection, gateway: str, epoch: str) -> Chain:
    """The row of an epoch; a new one is taken for later than those we know."""
    query = "SELECT ordinal, seq, hash FROM chain WHERE gateway = ? AND epoch = ?"
    found = db.execute(query, (gateway, epoch)).fetchone()
    if found is not None:
        return Chain(*found)
    ordinal = next_ordinal(db, gateway)
    start = genesis(gateway.rpartition("/")[2], epoch)
    db.execute(
        "INSERT INTO chain (gateway, epoch, ordinal, hash) VALUES (?, ?, ?, ?)", (gateway, epoch, ordinal, start)
    )
    return Chain(ordinal, 0, start)


def next_ordinal(db: Connection, gateway: str) -> int:
    """Above that of every epoch of ``gateway``."""
    query = "SELECT coalesce(max(ordinal), 0) + 1 FROM chain WHERE gateway = ?"
    return int(db.execute(query, (gateway,)).fetchone()[0])


def advance(db: Connection, gateway: str, epoch: str, chain: Chain) -> None:
    """Move the watermark over what is complete, and over what is gone as soon as an event follows it."""
    key = (gateway, epoch)
    ranges = db.execute("SELECT first, last FROM gone WHERE gateway = ? AND epoch = ? ORDER BY first", key).fetchall()
    complete, seq, digest = chain.seq, chain.seq, ""
    query = "SELECT seq, hash FROM event WHERE gateway = ? AND epoch = ? AND seq > ? ORDER BY seq"
    for following, following_hash in db.execute(query, (*key, chain.seq)):
        while ranges and ranges[0][0] <= complete + 1:
            complete = max(complete, ranges.pop(0)[1])
        if following > complete + 1:
            break
        complete, seq, digest = max(complete, following), following, following_hash
    if digest:
        db.execute("UPDATE chain SET seq = ?, hash = ? WHERE gateway = ? AND epoch = ?", (seq, digest, *key))


class Absorption:
    """One batch. Every event is judged against what is stored and against those before it in the batch."""

    def __init__(self, db: Connection, received: float) -> None:
        """``received`` in UTC seconds."""
        self._db = db
        self._received = received
        self._chains: dict[tuple[str, str], Chain] = {}

    def take(self, arrivals: Sequence[Arrival]) -> list[ArrivalVerdict]:
        """Store them; one verdict for each."""
        verdicts = [self._store(arrival.gateway, arrival.message) for arrival in arrivals]
        for (gateway, epoch), chain in self._chains.items():
            advance(self._db, gateway, epoch, chain)
            if chain.redelivered:
                count = "UPDATE chain SET redelivered = redelivered + ? WHERE gateway = ? AND epoch = ?"
                self._db.execute(count, (chain.redelivered, gateway, epoch))
        return verdicts

    def _store(self, gateway: str, event: EventMessage) -> ArrivalVerdict:
        key = gateway, event.epoch
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = chain_of(self._db, *key)
            chain.highest = self._highest(key)
        held = self._hash_at(key, event.seq) if event.seq <= chain.highest else None
        if held == event.hash:
            chain.redelivered += 1
            return ArrivalVerdict.DUPLICATE
        if held is not None or not self._fits(key, event, chain):
            self._insert("conflict", key, event)
            return ArrivalVerdict.CONFLICT
        self._insert("event", key, event)
        self._apply(gateway, event, chain)
        chain.last = event.seq, event.hash
        chain.highest = max(chain.highest, event.seq)
        return ArrivalVerdict.NEW

    def _fits(self, key: tuple[str, str], event: EventMessage, chain: Chain) -> bool:
        """Whether the chain holds towards the neighbours we have."""
        before = self._before(key, event, chain)
        after = self._after(key, event.seq) if event.seq < chain.highest else None
        return before in (None, event.previous) and after in (None, event.hash)

    def _after(self, key: tuple[str, str], seq: int) -> str | None:
        """What the event behind ``seq`` is chained to."""
        query = "SELECT previous FROM event WHERE gateway = ? AND epoch = ? AND seq = ?"
        found = self._db.execute(query, (*key, seq + 1)).fetchone()
        return None if found is None else str(found[0])

    def _highest(self, key: tuple[str, str]) -> int:
        query = "SELECT coalesce(max(seq), 0) FROM event WHERE gateway = ? AND epoch = ?"
        return int(self._db.execute(query, key).fetchone()[0])

    def _before(self, key: tuple[str, str], event: EventMessage, chain: Chain) -> str | None:
        seq = event.seq - 1
        if seq == chain.last[0]:
            return chain.last[1]
        if seq == 0:
            return genesis(key[0].rpartition("/")[2], key[1])
        return self._hash_at(key, seq)

    def _hash_at(self, key: tuple[str, str], seq: int) -> str | None:
        query = "SELECT hash FROM event WHERE gateway = ? AND epoch = ? AND seq = ?"
        found = self._db.execute(query, (*key, seq)).fetchone()
        return None if found is None else str(found[0])

    def _insert(self, table: str, key: tuple[str, str], event: EventMessage) -> None:
        body, envelope = canonical(event.body).decode(), json.dumps(travelled(event.envelope))
        self._db.execute(
            f"INSERT OR IGNORE INTO {table} (gateway, epoch, seq, kind, hash, previous, body, envelope, received)"  # noqa: S608 - one of two names
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*key, event.seq, event.kind, event.hash, event.previous, body, envelope, self._received),
        )

    def _apply(self, gateway: str, event: EventMessage, chain: Chain) -> None:
        """Let the event be how its alarm, order or test is now, unless a later one is known."""
        fields = _IDENTITY.get(event.kind)
        if fields is None:
            return
        identity, status = (event.body.get(name) for name in fields)
        if not (isinstance(identity, str) and isinstance(status, str)):
            return  # of a newer gateway: it is stored, but nothing we know how to follow
        self._db.execute(
            "INSERT INTO current (gateway, kind, id, ordinal, epoch, seq, status) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (gateway, kind, id) DO UPDATE SET ordinal = excluded.ordinal, epoch = excluded.epoch,"
            " seq = excluded.seq, status = excluded.status"
            " WHERE (excluded.ordinal, excluded.seq) > (current.ordinal, current.seq)",
            (gateway, event.kind, identity, chain.ordinal, event.epoch, event.seq, status),
        )
