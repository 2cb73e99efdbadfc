"""Which epoch goes on when a journal is opened: the file, the mark beside it and the box must agree.

A file that knows less than its mark was restored or rolled back; numbering on would use keys that already mean
something else at headquarters. So a new epoch begins and names the one it follows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agent.journal.entry import Epoch
from agent.journal.high_water_mark import EPOCHS, HighWaterMark
from agent.journal.retention import note_lost
from agent.journal.writing import start_epoch
from runtime.sqlite import Connection

SHOWN = 20
"""Ranges named in one report of a loss; its count is of all."""


@dataclass(frozen=True, slots=True)
class StoreFinding:
    """Something about the store that headquarters and the log must hear: a message code and its arguments."""

    code: str
    arguments: dict[str, str]


@dataclass(frozen=True, slots=True)
class Numbering:
    """Where numbering goes on."""

    epoch: Epoch
    head: int
    findings: tuple[StoreFinding, ...] = ()


def read_mark(db: Connection, gateway: str) -> HighWaterMark | None:
    """What the mark of this store should say now; None before its first epoch."""
    # What is told again never is the epoch that goes on.
    query = "SELECT epoch, head, hash FROM epoch WHERE gateway = ? ORDER BY reason = 'told-again', ref DESC LIMIT ?"
    found = db.execute(query, (gateway, EPOCHS)).fetchall()
    if not found:
        return None
    epoch, head, digest = found[0]
    return HighWaterMark(gateway, epoch, head, digest.hex(), {epoch: head for epoch, head, _ in found})


def decide(db: Connection, gateway: str, machine: str, mark: HighWaterMark | None, fresh_id: str) -> Numbering:
    """Continue the newest epoch of ``gateway``, or begin one named ``fresh_id`` when that would not be honest.

    ``machine`` is the identity of the box; empty when it has none, and then nothing is concluded from it.
    """
    held = read_mark(db, gateway)
    mark = mark if mark is not None and mark.gateway == gateway else None
    reason, findings = _reason(db, gateway, machine, held, mark)
    _remember_machine(db, machine)
    if held is not None and not reason:
        return Numbering(_epoch(db, held.epoch), held.head)
    predecessor = mark.epoch if mark is not None else held.epoch if held is not None else ""
    epoch = Epoch(fresh_id, reason or "new-store", predecessor)
    start_epoch(db, gateway, epoch)
    return Numbering(epoch, 0, findings)


def note_missing(db: Connection, gateway: str, mark: HighWaterMark | None) -> list[StoreFinding]:
    """Write down what the mark knows of and the store does not: epochs, and the ends of epochs."""
    findings = []
    for epoch, head in mark.heads.items() if mark is not None else ():
        found = db.execute("SELECT ref, head FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
        if found is None:
            start_epoch(db, gateway, Epoch(epoch, "unknown"))
            found = (db.execute("SELECT ref FROM epoch WHERE epoch = ?", (epoch,)).fetchone()[0], 0)
        if found[1] < head:
            note_lost(db, found[0], found[1] + 1, head)
            db.execute("UPDATE epoch SET head = ? WHERE ref = ?", (head, found[0]))
            findings.append(lost(epoch, [(found[1] + 1, head)]))
    return findings


def keep_untold(db: Connection, findings: Sequence[StoreFinding]) -> None:
    """Keep what nobody has heard yet with the file it is about: whoever ends before telling it tells it later."""
    told = json.dumps([[finding.code, finding.arguments] for finding in findings])
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('untold', ?)", (told,))


def untold_findings(db: Connection) -> list[StoreFinding]:
    """What ``keep_untold`` kept; told anew at each opening until ``forget_untold``: twice is better than never."""
    found = db.execute("SELECT value FROM meta WHERE key = 'untold'").fetchone()
    return [StoreFinding(code, arguments) for code, arguments in json.loads(found[0])] if found else []


def forget_untold(db: Connection) -> None:
    """What there was to tell is an event by now."""
    db.execute("DELETE FROM meta WHERE key = 'untold'")


def start_volatile(db: Connection, gateway: str, epoch: Epoch, mark: HighWaterMark | None) -> None:
    """Begin ``epoch`` in memory, where the epochs of the file are known by name: consumers go on acknowledging them."""
    for known, head in mark.heads.items() if mark is not None else ():
        start_epoch(db, gateway, Epoch(known, "unknown"))
        db.execute("UPDATE epoch SET head = ? WHERE epoch = ?", (head, known))
    start_epoch(db, gateway, epoch)


def forget_beyond(db: Connection, mark: HighWaterMark) -> None:
    """Take back the events of the mark's epoch that came after it."""
    found = db.execute("SELECT ref, head FROM epoch WHERE epoch = ?", (mark.epoch,)).fetchone()
    if found is not None and found[1] > mark.head:
        db.execute("DELETE FROM event WHERE epoch = ? AND seq > ?", (found[0], mark.head))
        values = (mark.head, bytes.fromhex(mark.hash), found[0])
        db.execute("UPDATE epoch SET head = ?, hash = ? WHERE ref = ?", values)


def lost(epoch: str, ranges: list[tuple[int, int]]) -> StoreFinding:
    """The report of a loss."""
    count = sum(last - first + 1 for first, last in ranges)
    shown = ", ".join(f"{first}-{last}" for first, last in ranges[:SHOWN])
    more = f" +{len(ranges) - SHOWN}" if len(ranges) > SHOWN else ""
    return StoreFinding("agent.store-lost", {"epoch": epoch, "count": str(count), "ranges": shown + more})


def _reason(
    db: Connection, gateway: str, machine: str, held: HighWaterMark | None, mark: HighWaterMark | None
) -> tuple[str, tuple[StoreFinding, ...]]:
    if mark is not None and (held is None or not _covers(db, held, mark)):
        findings = note_missing(db, gateway, mark)
        reason = "store-missing" if held is None else "store-restored"
        return reason, (StoreFinding(f"agent.{reason}", {"epoch": mark.epoch, "head": str(mark.head)}), *findings)
    before = db.execute("SELECT value FROM meta WHERE key = 'machine'").fetchone()
    if held is not None and machine and before is not None and before[0] != machine:
        return "machine-changed", (StoreFinding("agent.machine-changed", {"epoch": held.epoch}),)
    return "", ()


def _covers(db: Connection, held: HighWaterMark, mark: HighWaterMark) -> bool:
    """Whether the store holds all the mark knows of. One commit may have come after the mark, never before it."""
    if held.epoch == mark.epoch and held.head == mark.head:
        return held.hash == mark.hash
    return all(_head(db, epoch) >= head for epoch, head in mark.heads.items())


def _head(db: Connection, epoch: str) -> int:
    found = db.execute("SELECT head FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
    return -1 if found is None else int(found[0])


def _epoch(db: Connection, epoch: str) -> Epoch:
    return Epoch(*db.execute("SELECT epoch, reason, predecessor FROM epoch WHERE epoch = ?", (epoch,)).fetchone())


def _remember_machine(db: Connection, machine: str) -> None:
    if machine:
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('machine', ?)", (machine,))
