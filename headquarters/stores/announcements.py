"""How births, states, telemetry and what is gone get into the tables, within a transaction of the caller."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from headquarters.contract.protocol import Birth, FormerEpoch, Gone, Range, State, Telemetry, holes
from headquarters.stores.absorption import advance, chain_of, next_ordinal
from headquarters.stores.values import Announcement, GatewayMessage
from runtime.sqlite import Connection


def announce(db: Connection, announcements: Sequence[GatewayMessage[Announcement]], at: float) -> None:
    """See ``ReceiverStore.announce``."""
    for announcement in announcements:
        message = announcement.message
        if isinstance(message, Birth):
            _born(db, announcement.gateway, message, at)
        elif isinstance(message, State):
            _stated(db, announcement.gateway, message)
        elif isinstance(message, Gone):
            _gone(db, announcement.gateway, message.epoch, message.ranges, at)
        else:
            _telemetry(db, announcement.gateway, message)


def _born(db: Connection, gateway: str, birth: Birth, at: float) -> None:
    _put_in_order(db, gateway, birth)
    for former in birth.former:
        if former.again:
            _told_again(db, gateway, former, at)
        else:
            _raise_announced(db, gateway, former.epoch, former.head)
    _raise_announced(db, gateway, birth.epoch, birth.head)
    kept_from = birth.first or birth.head + 1
    if kept_from > 1:
        _gone(db, gateway, birth.epoch, [Range(1, kept_from - 1)], at)
    db.execute(
        "INSERT OR REPLACE INTO gateway (gateway, online, at, birth) VALUES (?, 1, ?, ?)",
        (gateway, birth.at, json.dumps(asdict(birth), sort_keys=True)),
    )


def _told_again(db: Connection, gateway: str, former: FormerEpoch, at: float) -> None:
    """The epoch ended earlier than was announced: the rest is announced by the epoch that tells it again.

    What a lost copy of the journal had announced beyond that is gone with it.
    """
    key = gateway, former.epoch
    end = max(former.head, *(one.last for one in former.again))
    (announced,) = db.execute("SELECT announced FROM chain WHERE gateway = ? AND epoch = ?", key).fetchone()
    if announced > end:
        _gone(db, gateway, former.epoch, [Range(end + 1, announced)], at)
    rows = [(*key, one.first, one.last, one.epoch, one.at) for one in former.again]
    db.executemany(
        "INSERT OR REPLACE INTO again (gateway, epoch, first, last, under, at) VALUES (?, ?, ?, ?, ?, ?)", rows
    )
    db.execute("UPDATE chain SET announced = ? WHERE gateway = ? AND epoch = ?", (former.head, *key))


def _put_in_order(db: Connection, gateway: str, birth: Birth) -> None:
    """Give each epoch an ordinal above that of the one it follows; its events may have come first."""
    former = [one.epoch for one in birth.former]
    behind = [] if birth.predecessor in ("", *former) else [birth.predecessor]
    before = 0
    for epoch in (*former, *behind, birth.epoch):
        ordinal = chain_of(db, gateway, epoch).ordinal
        if ordinal <= before:
            ordinal = next_ordinal(db, gateway)
            for table in ("chain", "current"):
                statement = f"UPDATE {table} SET ordinal = ? WHERE gateway = ? AND epoch = ?"  # noqa: S608 - one of two names
                db.execute(statement, (ordinal, gateway, epoch))
        before = ordinal


def _stated(db: Connection, gateway: str, state: State) -> None:
    chain_of(db, gateway, state.epoch)
    _raise_announced(db, gateway, state.epoch, state.head)
    db.execute("UPDATE gateway SET online = ?, at = ? WHERE gateway = ?", (state.online, state.at, gateway))


def _raise_announced(db: Connection, gateway: str, epoch: str, head: int) -> None:
    """Of an epoch that was told again only a birth knows the end: a will, or what a broker kept, is of before."""
    query = (
        "UPDATE chain SET announced = max(announced, ?1) WHERE gateway = ?2 AND epoch = ?3"
        " AND NOT EXISTS (SELECT 1 FROM again WHERE gateway = ?2 AND epoch = ?3)"
    )
    db.execute(query, (head, gateway, epoch))


def _gone(db: Connection, gateway: str, epoch: str, ranges: Sequence[Range], at: float) -> None:
    """Note what cannot come any more; what we hold is not gone."""
    chain = chain_of(db, gateway, epoch)
    key = gateway, epoch
    for told in ranges:
        for missing in _not_held(db, key, told):
            _note_gone(db, key, missing, at)
    advance(db, gateway, epoch, chain)


def _note_gone(db: Connection, key: tuple[str, str], gone: Range, at: float) -> None:
    """As one range with what it touches: a long one comes in pieces, and all are looked through at each batch."""
    same = "gateway = ? AND epoch = ?"
    touching = f"{same} AND first <= ? AND last >= ?"
    found = (*key, gone.last + 1, gone.first - 1)
    first, last = db.execute(f"SELECT min(first), max(last) FROM gone WHERE {touching}", found).fetchone()  # noqa: S608 - ours
    db.execute(f"DELETE FROM gone WHERE {touching}", found)  # noqa: S608 - ours
    whole = Range(min(gone.first, first or gone.first), max(gone.last, last or gone.last))
    db.execute("INSERT INTO gone VALUES (?, ?, ?, ?, ?)", (*key, whole.first, whole.last, at))


def _not_held(db: Connection, key: tuple[str, str], within: Range) -> list[Range]:
    query = "SELECT seq FROM event WHERE gateway = ? AND epoch = ? AND seq BETWEEN ? AND ? ORDER BY seq"
    held = [seq for (seq,) in db.execute(query, (*key, within.first, within.last))]
    return holes(within, held)


def _telemetry(db: Connection, gateway: str, telemetry: Telemetry) -> None:
    rows = [
        (gateway, telemetry.equipment, one.role, json.dumps(one.value), one.unit, one.quality, one.reason, one.sampled)
        for one in telemetry.values
    ]
    db.executemany(
        "INSERT INTO telemetry VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value,"
        " unit = excluded.unit, quality = excluded.quality, reason = excluded.reason, sampled = excluded.sampled"
        " WHERE excluded.sampled >= telemetry.sampled",
        rows,
    )
