"""How one device takes to be asked: many objects at once, fewer, or property by property. Learned, and kept. Pure.

There is one way down, whatever the reason: what it says its longest message is, a refusal, an abort, or silence to the
service while it answers the simplest one.
"""

from drivers.contract import Busy, Refused

STRIKES = 3
"""Unanswered requests for many objects, none answered between them, while a single property was: it is no accident."""
ANSWER = 32
"""Octets an object takes of an answer: its number, a value, flags and reliability; a request for it takes less."""
_HEAD = 12
"""Octets of an answer before its first object."""
_STEP = 4
"""Silence does not say how much would be heard, so it costs more than a refusal."""

UNRECOGNIZED_SERVICE = 9
_SMALLER = {"bacnet.abort": frozenset({1, 4, 9, 11}), "bacnet.reject": frozenset({1, 7})}
"""Abort buffer-overflow, segmentation-not-supported, out-of-resources, apdu-too-long; reject buffer-overflow,
too-many-arguments (clause 21, BACnetAbortReason and BACnetRejectReason)."""
_TOO_LONG = 11


class Ladder:
    """What is known of one device."""

    def __init__(self) -> None:
        self.most: int | None = None
        """Most objects in one ReadPropertyMultiple; 0: it has no such service, None: nothing is known against many."""
        self.octets = 0
        """Longest message it takes, as it says; 0: not known."""
        self._unheard = 0
        self._strikes = 0

    def limit(self, octets: int) -> None:
        """Note the longest message it takes: what it answers in one piece is not longer either."""
        self.octets = octets
        self._at_most(max(1, (octets - _HEAD) // ANSWER))

    def refused(self, objects: int, refusal: Refused) -> None:
        """Note that it did not take so many ``objects`` at once."""
        if isinstance(refusal, Busy) or refusal.code not in _SMALLER:
            return
        if refusal.code == "bacnet.reject" and refusal.number == UNRECOGNIZED_SERVICE:
            self._at_most(0)
        else:
            self._at_most(objects - 1 if refusal.number in _SMALLER[refusal.code] else objects // _STEP)

    def silent(self, objects: int) -> None:
        """Note that nothing came, or nothing that could be understood, when so many were asked for."""
        self._unheard = objects
        self._strikes += 1

    def answered_many(self) -> None:
        """Note that it answered the service."""
        self._strikes = 0

    def answered_one(self) -> None:
        """Note that it answered the simplest request: if it is silent to the other one, that is its habit."""
        if self._strikes >= STRIKES:
            self._at_most(self._unheard // _STEP)
            self._strikes = 0

    def objection(self, objects: int) -> Refused | None:
        """What it would say to so many ``objects``, said in its place; whoever asked then asks for fewer."""
        if self.most is None or objects <= self.most:
            return None
        if self.most == 0:
            return Refused("bacnet.reject", number=UNRECOGNIZED_SERVICE)
        return Refused("bacnet.abort", number=_TOO_LONG)

    def _at_most(self, objects: int) -> None:
        self.most = objects if self.most is None else min(self.most, objects)


def divisible(refusal: Refused) -> bool:
    """Whether a request for fewer objects, or for one property, may be taken where this was not."""
    return not isinstance(refusal, Busy) and refusal.code in {"bacnet.error", *_SMALLER}
