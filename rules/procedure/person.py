"""Whether a person has moved a machine since our last command: then what is owed is not given over their head."""

from drivers.points import Effect
from rules.procedure.duty import Obligation
from rules.procedure.job import Action, Job
from rules.view import View

MOVED = "debt.moved-by-person"


def moved(hand: Job, debt: Obligation, view: View) -> bool | None:
    """Whether a person has it: local, emergency stop, or a mode neither as before nor as we made it; None: unknown."""
    person = hand.person
    if person is None:
        return False
    if person.has_it is not None and (held := person.has_it.holds(view)) is not False:
        return held
    stand = person.stand(view)
    if None in stand:
        return None
    return stand != debt.stood and not _ours(hand, hand.action(debt.given), view)


def _ours(hand: Job, given: Action | None, view: View) -> bool:
    """Whether the mode is, or may be, what our last command made of it."""
    if given is None or hand.person is None:
        return True
    if given.effect is Effect.START:
        # A start keeps the mode.
        return False
    evidence = given.evidence
    if evidence is None or set(hand.person.modes).isdisjoint(evidence.reads):
        # Without a proof that asks for the mode nobody can tell ours from another's.
        return True
    return evidence.holds(view) is not False
