"""What comes of asking a device, and what follows from it. Pure: one table for the polls of every protocol.

That something answered does not mean that this device gave a value: a gateway says "nobody is there" for it, a device
refuses everything. Only values keep a device online; only what its own mouth says ends its silence.
"""

from dataclasses import dataclass
from enum import StrEnum

from drivers.contract import Busy, NoAnswer, Refused

BUSY_PAUSE = 0.5
"""Seconds until a busy device is asked again; each further pause is twice as long."""
BUSY_TRIES = 3
"""Times a busy device is asked again before its points are bad."""


class DeviceVerdict(StrEnum):
    """What an outcome says about the device."""

    VALUE = "value"
    WORD = "word"
    """It is there, but gave no value."""
    SILENCE = "silence"


class Retry(StrEnum):
    """When the same is asked again."""

    NEXT = "next"
    """At its next due moment."""
    AT_ONCE = "at-once"
    """As soon as the others that wait have had their turn."""
    SOON = "soon"
    """After a pause."""
    ONCE_SEEN = "once-seen"
    """When the device has shown that it is there."""
    PARTS = "parts"
    """In smaller requests, for good."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that passed every check of its protocol."""

    value: bool
    """Whether any point of it got a value, or the device's own word why there is none."""


@dataclass(frozen=True, slots=True)
class DeviceHistory:
    """What is known before the outcome."""

    unanswered: int = 0
    """How often this poll has been asked since it last brought an answer."""
    gone: bool = False
    """Whether the device is known to be away."""
    trusted: bool = True
    """Whether it answers so often that one silence is the line's loss."""
    divisible: bool = False
    """Whether smaller requests may avoid this refusal."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows."""

    says: DeviceVerdict
    again: Retry
    told: bool = False
    """Whether the points of the poll are bad from now on."""
    pause: float = 0.0
    """Seconds, for ``Retry.SOON``."""


def decide(outcome: Answered | Refused | NoAnswer, standing: DeviceHistory) -> Decision:
    """What ``outcome`` of a poll says and when it is asked again."""
    if isinstance(outcome, Answered):
        return Decision(DeviceVerdict.VALUE if outcome.value else DeviceVerdict.WORD, Retry.NEXT)
    if isinstance(outcome, NoAnswer):
        return _after_silence(standing)
    if isinstance(outcome, Busy) and standing.unanswered < BUSY_TRIES:
        return Decision(DeviceVerdict.WORD, Retry.SOON, pause=BUSY_PAUSE * 2**standing.unanswered)
    if standing.divisible and not isinstance(outcome, Busy):
        return Decision(DeviceVerdict.WORD, Retry.PARTS)
    return Decision(DeviceVerdict.WORD, Retry.NEXT, told=True)


def _after_silence(standing: DeviceHistory) -> Decision:
    """A device that answers well is asked again at once; any other has to show first that it is there."""
    if standing.gone:
        # Asked before the others showed that the device is away; its points are bad already.
        return Decision(DeviceVerdict.SILENCE, Retry.NEXT if standing.unanswered else Retry.ONCE_SEEN)
    if standing.trusted and not standing.unanswered:
        return Decision(DeviceVerdict.SILENCE, Retry.AT_ONCE)
    patient = 2 if standing.trusted else 1
    return Decision(DeviceVerdict.SILENCE, Retry.ONCE_SEEN if standing.unanswered < patient else Retry.NEXT, told=True)
