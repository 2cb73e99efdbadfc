"""Is a journal file sound? Reads all of it beside the writer, slowly enough to disturb nobody."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from agent.journal.outbox import ENTRY, read_entry
from agent.journal.packing import Dictionaries
from agent.journal.retention import SEGMENT
from agent.journal.transfer import STATE
from agent.journal.writing import row_crc
from headquarters.contract.protocol import genesis
from runtime.errors import StoreError
from runtime.sqlite import Connection, DatabaseError, reading

PACE = 200
"""Events between two pauses."""
PAUSE = 0.005
"""Seconds of a pause: the interpreter and the disk belong to the polls."""
OPERATIONS = 20_000
"""Steps of SQLite between two looks at whether to stop."""


def examine(path: Path, stop: Event, pause: float = PAUSE) -> None:
    """Read the whole file: its structure, every body against its hash, every chain, every row of state.

    Raises StoreError (store.corrupt) on damage, or another one when it cannot be read. Returns early once ``stop``
    is set.
    """
    with reading(path) as db:
        db.set_progress_handler(stop.is_set, OPERATIONS)
        try:
            damage = _damage(db, stop, pause)
        except (TypeError, ValueError, AttributeError) as error:
            damage = repr(error)  # what should be a number or a text is none
        except DatabaseError:
            if stop.is_set():
                return  # SQLite was interrupted in the middle of a statement
            raise
    if damage:
        raise StoreError("store.corrupt", path=path, reason=damage)


def unaccounted(db: Connection, epoch: int, head: int) -> list[tuple[int, int]]:
    """Ranges of an epoch up to ``head`` that are neither kept, nor pruned, nor known to be lost."""
    query = (
        "SELECT seq, seq FROM event WHERE epoch = ?1 UNION ALL SELECT seq, seq FROM digest WHERE epoch = ?1"
        " UNION ALL SELECT first, last FROM lost WHERE epoch = ?1"
        " UNION ALL SELECT number * ?2 + 1, (number + 1) * ?2 FROM segment WHERE epoch = ?1 ORDER BY 1"
    )
    missing, last = [], 0
    for first, end in db.execute(query, (epoch, SEGMENT)):
        if first > last + 1:
            missing.append((last + 1, first - 1))
        last = max(last, end)
    return [*missing, (last + 1, head)] if last < head else missing


def unlinked(db: Connection, epoch: int, start: str) -> Iterator[tuple[int, bool]]:
    """Position of each event of an epoch, and whether it does not follow from the one before it, if that is known."""
    query = (
        "SELECT position, seq, hash, previous FROM event WHERE epoch = ?1 UNION ALL"
        " SELECT NULL, seq, hash, NULL FROM digest WHERE epoch = ?1 ORDER BY 2"
    )
    last, digest = 0, bytes.fromhex(start)
    for position, seq, found, previous in db.execute(query, (epoch,)):
        if position is not None:
            broken = seq == last + 1 and previous != digest
            yield position, broken
            if broken:
                continue
        last, digest = seq, found


def _damage(db: Connection, stop: Event, pause: float) -> str:
    verdict = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if verdict != "ok":
        return verdict
    dictionaries = Dictionaries()
    for number, row in enumerate(db.execute(ENTRY)):
        read_entry(db, dictionaries, row)
        if number % PACE == 0 and stop.wait(pause):
            return ""
    for ref, epoch, gateway, head in db.execute("SELECT ref, epoch, gateway, head FROM epoch").fetchall():
        if missing := unaccounted(db, ref, head):
            return f"{epoch}: {missing[0][0]}-{missing[0][1]}"
        if any(broken for _, broken in unlinked(db, ref, genesis(gateway, epoch))):
            return f"{epoch}: chain"
    counted = "SELECT count(*), coalesce(sum(sent = 0), 0), coalesce(sum(sent = 0 AND refused), 0) FROM event"
    if db.execute("SELECT events, unsent, refused FROM tally").fetchone() != db.execute(counted).fetchone():
        return "tally"
    for table, key, body, crc in db.execute(STATE):
        if row_crc(table, key, body) != crc:
            return f"{table} {key}"
    return ""
