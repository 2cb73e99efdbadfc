"""The journal as a queue towards headquarters: what was sent, refused, settled; in a transaction of the caller."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from agent.journal.entry import Entry, QueueStats, Settlement
from agent.journal.fitting import fitted
from agent.journal.high_water_mark import EPOCHS
from agent.journal.packing import Dictionaries, unpack
from drivers.points import Instant
from headquarters.contract.protocol import Again, FormerEpoch, chain, genesis
from rules.facts import Fact
from runtime.errors import StoreError
from runtime.sqlite import Connection

ENTRY = (
    "SELECT position, epoch.epoch, seq, kind, event.hash, previous, boot.boot, mono, wall, trusted, sent,"
    " dictionary, body, epoch.gateway"
    " FROM event JOIN epoch ON epoch.ref = event.epoch JOIN boot ON boot.ref = event.boot"
)
"""Rows for ``read_entry``."""
SAMPLED, ENOUGH = 200, 100
"""Newest events whose mean size is taken, and how many there must be."""
EVENT_BYTES = 600.0
"""Bytes of a usual event in the journal: 432,000 alarms in 256 MB is what the bench holds it to (``make bench``)."""
ROW_BYTES = 140.0
"""Bytes of an event in the journal beside its packed body: its other columns and its place in the indexes."""
HELD = (
    "SELECT ref FROM epoch WHERE EXISTS (SELECT 1 FROM doubt WHERE doubt.epoch = epoch.epoch)"
    " AND NOT EXISTS (SELECT 1 FROM doubt WHERE doubt.epoch = epoch.epoch AND agreed IS NOT NULL)"
)
"""The epochs in doubt of which no consumer has said anything yet."""
RANGES_TOLD = 20
"""Ranges of an epoch that a birth names as told again, so that it fits a message whatever was pruned between them."""
_LAST = 2**62
"""Beyond any position."""
_KEY = "epoch = (SELECT ref FROM epoch WHERE epoch = ?) AND seq = ?"


def body_of(fact: Fact) -> bytes:
    """The body of the event that tells ``fact``."""
    return fitted(asdict(fact))


NEWEST = 100_000
"""Events among which one of a trusted clock is looked for: weeks of a box whose clock nobody set."""


def last_position(db: Connection) -> int:
    """See ``Journal.last_position``."""
    return int(db.execute("SELECT coalesce(max(position), 0) FROM event").fetchone()[0])


def last_trusted(db: Connection) -> float | None:
    """See ``Journal.last_trusted``."""
    query = "SELECT wall FROM event WHERE trusted AND position > ? ORDER BY position DESC LIMIT 1"
    found = db.execute(query, (last_position(db) - NEWEST,)).fetchone()
    return None if found is None else float(found[0])


def former_epochs(db: Connection, gateway: str, present: str) -> list[FormerEpoch]:
    """See ``Journal.former_epochs``."""
    found = db.execute(
        "SELECT ref, epoch, head, (SELECT min(agreed) FROM doubt WHERE doubt.epoch = epoch.epoch) FROM epoch"
        " WHERE gateway = ? AND epoch != ? AND (EXISTS (SELECT 1 FROM event WHERE event.epoch = epoch.ref)"
        " OR EXISTS (SELECT 1 FROM again WHERE again.epoch = epoch.ref)) ORDER BY"
        # What is told again comes right behind what it repeats.
        " coalesce((SELECT again.epoch FROM again WHERE under = epoch.ref), ref) DESC,"
        " coalesce((SELECT -min(first) FROM again WHERE under = epoch.ref), 1) LIMIT ?",
        (gateway, present, EPOCHS),
    )
    return [_former(db, *row) for row in found][::-1]


def resume_former(db: Connection, gateway: str, consumers: Sequence[str]) -> list[str]:
    """See ``Journal.resume_former``."""
    names = set()
    for ref, epoch, name, head in db.execute(
        "SELECT ref, epoch, gateway, head FROM epoch WHERE gateway != ?", (gateway,)
    ):
        held = settled(db, epoch, consumers)
        if held < head:
            db.execute("UPDATE event SET sent = 0 WHERE epoch = ? AND seq > ? AND sent > 0", (ref, held))
        if db.execute("SELECT 1 FROM event WHERE epoch = ? LIMIT 1", (ref,)).fetchone():
            names.add(name)
    return sorted(names)


def _former(db: Connection, ref: int, epoch: str, head: int, agreed: int | None) -> FormerEpoch:
    return FormerEpoch(epoch, head if agreed is None else min(head, agreed), again(db, ref))


def again(db: Connection, epoch: int) -> list[Again]:
    """What of an epoch, by its number, was told again."""
    query = (
        "SELECT first, last, epoch.epoch, at FROM again JOIN epoch ON epoch.ref = again.under"
        " WHERE again.epoch = ? ORDER BY first LIMIT ?"
    )
    return [Again(*row) for row in db.execute(query, (epoch, RANGES_TOLD))]


def unsent(db: Connection, dictionaries: Dictionaries, limit: int, after: int, until: int | None) -> list[Entry]:
    """See ``Journal.unsent``."""
    where = (
        f"WHERE sent = 0 AND refused = 0 AND position > ? AND position <= ? AND event.epoch NOT IN ({HELD})"
        " ORDER BY position LIMIT ?"
    )
    found = db.execute(f"{ENTRY} {where}", (after, _LAST if until is None else until, limit)).fetchall()
    return [read_entry(db, dictionaries, row) for row in found]


def read_range(db: Connection, dictionaries: Dictionaries, epoch: str, first: int, last: int) -> list[Entry]:
    """See ``Journal.read_range``."""
    where = "WHERE epoch.epoch = ? AND seq BETWEEN ? AND ? ORDER BY seq"
    found = db.execute(f"{ENTRY} {where}", (epoch, first, last)).fetchall()
    return [read_entry(db, dictionaries, row) for row in found]


def newest_bodies(db: Connection, dictionaries: Dictionaries, limit: int) -> Iterator[bytes]:
    """The bodies of the newest events, newest first."""
    query = "SELECT dictionary, body FROM event ORDER BY position DESC LIMIT ?"
    for ref, packed in db.execute(query, (limit,)):
        yield unpack(packed, dictionaries.get(db, ref))


def read_entry(db: Connection, dictionaries: Dictionaries, row: Sequence[object]) -> Entry:
    """The entry of a row of ``ENTRY``, proven by its hash. Raises StoreError (store.corrupt)."""
    position, epoch, seq, kind, digest, previous, boot, mono, wall, trusted, sent, dictionary, packed, gateway = row
    try:
        body = unpack(packed, dictionaries.get(db, dictionary))  # type: ignore[arg-type]  # checked by what follows
        entry = Entry(
            position, epoch, seq, kind, body, digest.hex(), previous.hex(),  # type: ignore[arg-type,attr-defined]
            Instant(boot, mono, wall, bool(trusted)), sent, gateway,  # type: ignore[arg-type]
        )  # fmt: skip
        genuine = chain(entry.previous, body) == entry.hash and f'"kind":"{kind}"'.encode() in body
    except (zlib.error, KeyError, TypeError, ValueError, AttributeError):
        genuine = False
    if not genuine:
        raise StoreError("store.corrupt", path=epoch, reason=f"event {seq}")
    return entry


def mark_sent(db: Connection, keys: Sequence[tuple[str, int]]) -> None:
    """See ``Journal.mark_sent``; by epoch and seq."""
    db.executemany(f"UPDATE event SET sent = sent + 1, refused = 0 WHERE {_KEY}", keys)  # noqa: S608 - ours


def mark_refused(db: Connection, keys: Sequence[tuple[str, int]]) -> None:
    """See ``Journal.mark_refused``; by epoch and seq."""
    db.executemany(f"UPDATE event SET refused = 1 WHERE {_KEY}", keys)  # noqa: S608 - ours


def retry_refused(db: Connection) -> None:
    """See ``Journal.retry_refused``."""
    db.execute("UPDATE event SET refused = 0 WHERE sent = 0 AND refused = 1")


def settle(db: Connection, gateway: str, consumer: str, upto: tuple[str, int, str], *, exact: bool) -> Settlement:
    """See ``Journal.settle``; ``exact`` unless the head of the epoch is only known as of some commits ago."""
    epoch, seq, digest = upto
    found = db.execute("SELECT ref, head FROM epoch WHERE epoch = ? AND gateway = ?", (epoch, gateway)).fetchone()
    if found is None:
        return Settlement.UNKNOWN
    ref, head = found
    said = dict(db.execute("SELECT consumer, agreed FROM doubt WHERE epoch = ?", (epoch,)).fetchall())
    if said and said.get(consumer) is None:
        return Settlement.DOUBTED
    if seq > head and exact and not said:
        return Settlement.AHEAD
    # Of a pruned or lost event, or one beyond the end of an epoch that was in doubt, nothing is left to compare with:
    # what cannot be contradicted is believed.
    if seq < 0 or _hash_at(db, genesis(gateway, epoch), ref, seq) not in (None, digest):
        return Settlement.CONFLICT
    hold(db, consumer, epoch, min(seq, head))
    return Settlement.SETTLED


def hold(db: Connection, consumer: str, epoch: str, seq: int) -> None:
    """Note that ``consumer`` holds all of ``epoch`` up to ``seq``."""
    values = (consumer, epoch, seq)
    db.execute("INSERT OR REPLACE INTO consumer (consumer, epoch, seq) VALUES (?, ?, ?)", values)


def stats(db: Connection, epoch: str, consumers: Sequence[str]) -> QueueStats:
    """See ``Journal.stats``."""
    waiting, refused = db.execute("SELECT unsent, refused FROM tally").fetchone()
    ref, head = db.execute("SELECT ref, head FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
    first = db.execute("SELECT coalesce(min(seq), 0) FROM event WHERE epoch = ?", (ref,)).fetchone()[0]
    since = db.execute("SELECT wall FROM event WHERE position = ?", (_oldest_unsent(db),)).fetchone()
    unsettled = _unsettled(db, consumers)
    return QueueStats(epoch, head, first, waiting, refused, unsettled, since and since[0], _event_bytes(db))


def settled(db: Connection, epoch: str, consumers: Sequence[str]) -> int:
    """The seq of ``epoch`` up to which every one of ``consumers`` has acknowledged."""
    held = dict(db.execute("SELECT consumer, seq FROM consumer WHERE epoch = ?", (epoch,)).fetchall())
    return min((held.get(consumer, 0) for consumer in consumers), default=0)


def _oldest_unsent(db: Connection) -> int | None:
    """By the index of unsent events, whose two parts are each in order."""
    query = "SELECT min(position) FROM event WHERE sent = 0 AND refused = ?"
    found = [db.execute(query, (refused,)).fetchone()[0] for refused in (0, 1)]
    return min((position for position in found if position is not None), default=None)


def _event_bytes(db: Connection) -> float:
    newest = "SELECT length(body) AS size FROM event ORDER BY position DESC LIMIT ?"
    count, mean = db.execute(f"SELECT count(*), avg(size) FROM ({newest})", (SAMPLED,)).fetchone()  # noqa: S608 - ours
    return mean + ROW_BYTES if count >= ENOUGH else EVENT_BYTES


def _unsettled(db: Connection, consumers: Sequence[str]) -> int:
    ended = "coalesce((SELECT min(agreed) FROM doubt WHERE doubt.epoch = epoch.epoch), head)"
    epochs = db.execute(f"SELECT epoch, min(head, {ended}) FROM epoch").fetchall()  # noqa: S608 - ours
    return sum(max(0, end - settled(db, epoch, consumers)) for epoch, end in epochs)


def _hash_at(db: Connection, start: str, epoch: int, seq: int) -> str | None:
    if seq == 0:
        return start
    for table in ("event", "digest"):
        found = db.execute(f"SELECT hash FROM {table} WHERE epoch = ? AND seq = ?", (epoch, seq)).fetchone()  # noqa: S608 - one of two names
        if found is not None:
            return str(found[0].hex())
    return None
