"""What the journal hands out: entries, epochs and its counts."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.points import Instant


@dataclass(frozen=True, slots=True)
class Epoch:
    """One unbroken numbering of events, and why it began."""

    id: str
    reason: str
    """``new-store``; ``store-missing``, ``store-restored`` or ``store-corrupt``: the file knew less than it had known;
    ``machine-changed``: the card runs in another box; ``ahead``: headquarters had more than we; ``conflict``:
    headquarters had another event under one of our keys; ``told-again``: it repeats what of its predecessor nobody
    holds for sure; ``volatile``: the disk could not be written when it began."""
    predecessor: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A committed event."""

    position: int
    """Order of commit in this store, across epochs."""
    epoch: str
    seq: int
    """From 1 without gaps within its epoch."""
    kind: str
    body: bytes
    """The fact as canonical JSON."""
    hash: str
    previous: str
    committed: Instant
    sent: int = 0
    """How often a broker confirmed it."""
    gateway: str = ""
    """The name of the gateway when the epoch began: its chain begins with it."""


class Settlement(StrEnum):
    """What an acknowledgement meant."""

    SETTLED = "settled"
    AHEAD = "ahead"
    """Headquarters has more of an epoch than we: this store is an older copy."""
    CONFLICT = "conflict"
    """Headquarters has another event under the same key."""
    DOUBTED = "doubted"
    """The consumer has not said yet what it holds of an epoch that is in doubt: nothing follows from it."""
    UNKNOWN = "unknown"
    """Not an epoch of this store."""


@dataclass(frozen=True, slots=True)
class QueueStats:
    """How far delivery has got, over all epochs of the store."""

    epoch: str
    head: int
    first: int
    """Lowest seq of the epoch still kept; 0 when it is empty."""
    unsent: int
    """Never confirmed by a broker, refused ones included."""
    refused: int
    unsettled: int
    """Not acknowledged by every consumer; all of them when none is configured."""
    oldest_unsent: float | None
    """UTC seconds of its commit."""
    event_bytes: float
    """Disk that an event takes, by the newest ones; a usual value while there are few."""
