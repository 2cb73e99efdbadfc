"""Looking back: where in the journal a moment lies, and the events from there on, a few at a time.

Events are in the order of their commit, whatever the clock said: between two of known time lies all that came between,
also what was committed while nobody knew the time.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from agent.journal.entry import Entry
from agent.journal.outbox import ENTRY, last_position, read_entry
from agent.journal.packing import Dictionaries
from runtime.errors import StoreError
from runtime.sqlite import Connection

LOOKED_AT = 200
"""Events in one call: others wait for it."""
NEAR = 500
"""Events in which one of a trusted clock is looked for before the clock is believed as it was."""
LAST = 2**53
"""Beyond any position; JSON still holds it."""
_ZONE = "zone"


@dataclass(frozen=True, slots=True)
class PastStretch:
    """Some neighbouring events."""

    last: int
    """Position of the last one looked at."""
    entries: list[Entry] = field(default_factory=list)
    damaged: int = 0
    """Events that are there and cannot be read any more."""
    end: bool = False
    """Whether nothing comes after it."""


class Past(Protocol):
    """What can be looked back at: the journal of the running gateway, or that of one that does not run."""

    async def span(self, since: float, until: float | None) -> tuple[int, int]:
        """Positions: behind the first one, and before the second, lies what was committed from ``since`` to ``until``.

        Unix seconds; None: to the end. Raises StoreError.
        """

    async def stretch(self, after: int, before: int, kinds: Collection[str]) -> PastStretch:
        """The next events behind ``after`` and before ``before``; those of ``kinds`` are read. Raises StoreError."""


def span_in(db: Connection, since: float, until: float | None) -> tuple[int, int]:
    """See ``Past.span``."""
    before = LAST if until is None else position_at(db, until, NEAR)
    return position_at(db, since, NEAR) - 1, before


def position_at(db: Connection, wall: float, near: int = -1) -> int:
    """Position of the first event committed at ``wall`` or later, by the trusted clocks; found by halving.

    Where the next ``near`` events are all of untrusted clocks, the first of those is believed; -1: none ever is.
    """
    low, high = 1, last_position(db) + 1
    while low < high:
        middle = (low + high) // 2
        found = _time_behind(db, middle, near)
        if found is None or found[1] >= wall:
            high = middle
        else:
            low = found[0] + 1
    return low


def stretch_in(
    db: Connection, dictionaries: Dictionaries, after: int, before: int, kinds: Collection[str]
) -> PastStretch:  # fmt: skip
    """See ``Past.stretch``."""
    where = "WHERE position > ? AND position < ? ORDER BY position LIMIT ?"
    rows = db.execute(f"{ENTRY} {where}", (after, before, LOOKED_AT)).fetchall()
    entries, damaged = [], 0
    for row in rows:
        if row[3] not in kinds:
            continue
        try:
            entries.append(read_entry(db, dictionaries, row))
        except StoreError:
            damaged += 1
    return PastStretch(rows[-1][0] if rows else after, entries, damaged, end=len(rows) < LOOKED_AT)


def note_zone(db: Connection, zone: str) -> None:
    """Keep the time zone of the site beside its events: who looks back may have no more than this file."""
    if zone_in(db) != zone:
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (_ZONE, zone))


def zone_in(db: Connection) -> str:
    """The time zone of the site whose journal this is; empty when nobody has noted it."""
    found = db.execute("SELECT value FROM meta WHERE key = ?", (_ZONE,)).fetchone()
    return str(found[0]) if found else ""


def _time_behind(db: Connection, position: int, near: int) -> tuple[int, float] | None:
    """Position and time of the event from which the time at ``position`` is known."""
    nearest = "SELECT position, wall, trusted FROM event WHERE position >= ? ORDER BY position LIMIT ?"
    found = db.execute(f"SELECT position, wall FROM ({nearest}) WHERE trusted LIMIT 1", (position, near)).fetchone()  # noqa: S608 - ours
    if found is None and near >= 0:
        found = db.execute(f"SELECT position, wall FROM ({nearest})", (position, 1)).fetchone()  # noqa: S608 - ours
    return None if found is None else (int(found[0]), float(found[1]))
