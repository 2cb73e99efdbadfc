"""What passes between a receiver and its store."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from headquarters.contract.protocol import Birth, EventMessage, Gone, State, Telemetry

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class GatewayMessage(Generic[M]):
    """A message and the gateway it came from, as ``org/site/gateway``: sites may repeat the name of a gateway."""

    gateway: str
    message: M


Announcement = Birth | State | Gone | Telemetry
"""Everything a gateway says beside its events."""


class ArrivalVerdict(StrEnum):
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
    """All events of (gateway, epoch) up to ``seq``, whose hash is ``hash``, are stored or known to be gone."""

    gateway: str
    epoch: str
    seq: int
    hash: str
    highest: int
    """Highest seq stored; above ``seq`` when there is a gap."""
    conflict: int = 0
    """Lowest seq of an event that contradicts the store and was not told again under another epoch; 0 for none."""
    awaited: int = 0
    """Highest seq that was announced, while anything up to it is missing and not gone; 0 when nothing is."""


Arrival = GatewayMessage[EventMessage]
