"""The safety envelope: which situation forbids commands of which effect. One table and one question for all of them.

The start of a test, each of its steps, a command by hand, a safe command given again and the last look before the wire
ask ``forbidden``; nothing else decides. What nobody knows counts as the worse case before it comes here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from drivers.points import COMMANDING, Effect
from rules.facts import Objection


class Situation(StrEnum):
    """What stands against commands."""

    HELD = "held"
    """Somebody has forbidden commands on the whole gateway."""
    LOCKED = "locked"
    """Somebody works on the machine, or on what it could energise."""
    LOCKING = "locking"
    """A lock-out waits until the machine is seen to be given back."""
    FIRE = "fire"
    """A fire alarm stands, or nobody knows."""
    NEEDED = "needed"
    """The mains is lost or the machine carries load, or nobody knows."""
    INTERLOCKED = "interlocked"
    """Another interlock of its class holds, or nobody knows."""
    DISARMED = "disarmed"
    """What the gateway remembers may be of another time or another box."""
    UNREMEMBERED = "unremembered"
    """What the gateway does now would be forgotten in a power cut."""
    UNARMED = "unarmed"
    """The site's files have a safety finding against it."""
    UNKNOWN = "unknown"
    """Nobody has read yet which machine answers there."""
    MISTAKEN = "mistaken"
    """Another machine answers there, or one machine on two wires."""
    ORPHANED = "orphaned"
    """Something is owed or locked there that the site's files no longer know."""


MOVING = frozenset(COMMANDING)
"""start, stop, switch, test and set."""
OWED = MOVING | {Effect.SAFE}
"""Giving back as well."""
EVERYTHING = OWED | {Effect.SIGNAL}

FORBIDS: dict[Situation, frozenset[Effect]] = {
    Situation.HELD: MOVING,
    Situation.LOCKED: OWED,
    Situation.LOCKING: MOVING,
    Situation.FIRE: MOVING,
    # Whether a value may be set meanwhile its class says, by the interlock that knows of it.
    Situation.NEEDED: MOVING - {Effect.SET},
    # Which effects, the interlock says.
    Situation.INTERLOCKED: MOVING,
    Situation.DISARMED: OWED,
    Situation.UNREMEMBERED: MOVING,
    Situation.UNARMED: OWED,
    Situation.UNKNOWN: MOVING,
    Situation.MISTAKEN: EVERYTHING,
    Situation.ORPHANED: EVERYTHING,
}
"""The effects that must not be commanded in each situation."""

ENDS = frozenset(
    {
        Situation.HELD,
        Situation.LOCKED,
        Situation.LOCKING,
        Situation.DISARMED,
        Situation.MISTAKEN,
        Situation.ORPHANED,
    }
)
"""Situations in which a running test goes its way out; of interlocks the class says so."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One situation that stands, and why it is believed to."""

    situation: Situation
    cause: Objection
    forbids: frozenset[Effect]

    @property
    def ends(self) -> bool:
        """Whether a running test goes its way out."""
        return self.situation in ENDS


def ground(situation: Situation, code: str, **arguments: str) -> Ground:
    """A ground that forbids what the table says."""
    return Ground(situation, Objection(code, arguments), FORBIDS[situation])


def forbidden(effect: Effect, grounds: Iterable[Ground]) -> list[Objection]:
    """Why a command of ``effect`` must not be given; empty: nothing is against it."""
    return [one.cause for one in grounds if effect in one.forbids]
