"""Whether a person has moved a machine since our last command: then what is owed is not given over their head."""

from drivers.points import Effect, Value
from rules.procedure.compiled import CompiledProcedure, CompiledStep
from rules.procedure.state import Obligation
from rules.view import View

MOVED = "debt.moved-by-person"


def moved(command_set: CompiledProcedure, debt: Obligation, view: View) -> bool | None:
    """Whether a person has it: local, emergency stop, or a mode that is none of ours; None: unknown.

    Ours is the mode as it was before, and as any of our commands since may have made it.
    """
    person = command_set.person
    if person is None:
        return False
    if person.has_it is not None and (held := person.has_it.holds(view)) is not False:
        return held
    stand = person.stand(view)
    if None in stand:
        return None
    if stand in (debt.stood, *debt.earlier) or _ours(command_set, command_set.action(debt.given), view):
        return False
    return not any(_made(command_set, verb, view) for verb in debt.unseen)


def unseen(command_set: CompiledProcedure, debt: Obligation) -> tuple[list[str], list[list[Value | None]]]:
    """What was given and not seen yet, now that another command is given: verbs, and the modes before them.

    A command may have been lost, or act late: until the mode it makes was seen, that before it may still come.
    """
    given = command_set.action(debt.given)
    if given is None or (debt.trial.proven and _tells_mode(command_set, given)):
        return [], []
    verbs, stands = [*debt.unseen, debt.given], [*debt.earlier, debt.stood]
    return list(dict.fromkeys(verbs)), [one for index, one in enumerate(stands) if one not in stands[:index]]


def _ours(command_set: CompiledProcedure, given: CompiledStep | None, view: View) -> bool:
    """Whether the mode is, or may be, what our last command made of it."""
    if given is None or command_set.person is None:
        return True
    if given.effect is Effect.START:
        # A start keeps the mode.
        return False
    # Without a proof that asks for the mode nobody can tell ours from another's.
    return not _tells_mode(command_set, given) or _made(command_set, given.command, view)


def _made(command_set: CompiledProcedure, verb: str, view: View) -> bool:
    """Whether the mode is, or may be, what ``verb`` makes of it."""
    action = command_set.action(verb)
    if action is None or action.evidence is None or not _tells_mode(command_set, action):
        return False
    return action.evidence.holds(view) is not False


def _tells_mode(command_set: CompiledProcedure, action: CompiledStep) -> bool:
    """Whether the proof of a command asks for the mode."""
    modes = command_set.person.modes if command_set.person is not None else ()
    return action.evidence is not None and not set(modes).isdisjoint(action.evidence.reads)
