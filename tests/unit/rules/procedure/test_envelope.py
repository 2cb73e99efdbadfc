"""The table of the safety envelope, written a second time as the inspector reads it."""

import pytest

from drivers.points import Effect
from rules.procedure.envelope import FORBIDS, Situation, forbidden, ground

START, STOP, SWITCH, TEST, SAFE, SET, SIGNAL = (
    Effect(name) for name in ["start", "stop", "switch", "test", "safe", "set", "signal"]
)
ALL = set(Effect)

ALLOWED = {
    Situation.HELD: {SAFE, SIGNAL},
    Situation.LOCKED: {SIGNAL},
    Situation.LOCKING: {SAFE, SIGNAL},
    Situation.FIRE: {SAFE, SIGNAL},
    Situation.NEEDED: {SAFE, SIGNAL, SET},
    Situation.INTERLOCKED: {SAFE, SIGNAL},
    Situation.DISARMED: {SIGNAL},
    Situation.UNREMEMBERED: {SAFE, SIGNAL},
    Situation.UNARMED: {SIGNAL},
    Situation.UNKNOWN: {SAFE, SIGNAL},
    Situation.MISTAKEN: set(),
    Situation.ORPHANED: set(),
}


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("situation", Situation)
def test_every_cell_of_the_table(situation: Situation, effect: Effect) -> None:
    causes = forbidden(effect, [ground(situation, "some.code")])
    assert bool(causes) is (effect not in ALLOWED[situation])
    assert (ALL - FORBIDS[situation]) == ALLOWED[situation]


def test_every_cause_is_told_and_nothing_else() -> None:
    grounds = [ground(Situation.FIRE, "fire"), ground(Situation.LOCKED, "locked")]
    assert [cause.code for cause in forbidden(START, grounds)] == ["fire", "locked"]
    assert [cause.code for cause in forbidden(SAFE, grounds)] == ["locked"]
    assert forbidden(START, []) == []
