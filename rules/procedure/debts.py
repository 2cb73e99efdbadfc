"""What is owed to machines: a command that leaves the duty mode owes it back, from the row it was audited in."""

from collections.abc import Iterable
from dataclasses import replace

from rules import points
from rules.effects import Row
from rules.inputs import CommandResult, Outcome
from rules.plain import to_plain
from rules.procedure import commanding, orphan, person
from rules.procedure.compiled import CompiledProcedure, CompiledStep
from rules.procedure.cycle import Cycle
from rules.procedure.proof import Trial
from rules.procedure.state import DUE, Obligation, ProcedureState

NOTHING_DONE = (Outcome.REFUSED, Outcome.EXPIRED)


def owed(procedures: ProcedureState, equipment: str, verb: str = "") -> list[Obligation]:
    """What is owed to ``equipment``: by the safe command ``verb``, or by any."""
    mine = [one for one in procedures.obligations.values() if one.equipment == equipment and verb in ("", one.verb)]
    # What another machine of that name is owed is nobody's to give here.
    return [one for one in mine if not orphan.is_orphan(one.debt, procedures)]


def move(
    cycle: Cycle,
    command_set: CompiledProcedure,
    action: CompiledStep,
    command: str,
    run: str,
    by: str,
    seconds: float = DUE,
) -> None:
    """Give a command, once. One that leaves the duty mode stores with itself what it owes.

    What is owed already falls due no later for it: ``seconds`` are those of the first command.
    """
    commanding.issue(cycle, command, command_set, action, run, by)
    if command_set.payment is None or action.effect is None or not action.effect.moves:
        return
    debt = _standing(cycle, command_set, command_set.payment, run, by)
    if debt.key not in cycle.procedures.obligations:
        debt = replace(debt, seconds=seconds, mark=command)
    debt = replace(debt, effect=action.effect, demanded=False, run=run, by_hand="", withheld=None)
    put(cycle, given(debt, cycle, command_set, action, command))


def give_safe(cycle: Cycle, command_set: CompiledProcedure, action: CompiledStep, command: str, by: str) -> None:
    """A person gives back by the safe command ``action``, now. Whoever moved the machine since is overtaken by that."""
    commanding.issue(cycle, command, command_set, action, "", by)
    debt = replace(_standing(cycle, command_set, action, "", by), by_hand="", withheld=None)
    debt = replace(debt, demanded=True, mark=command, attempts=0, by=by)
    put(cycle, given(debt, cycle, command_set, action, command))


def demand(cycle: Cycle, command_set: CompiledProcedure, action: CompiledStep, mark: str, run: str, by: str) -> None:
    """The safe command ``action`` is due: given as soon as it may be, and again until it is proven.

    What is owed by it already is taken over and begins anew.
    """
    debt = _standing(cycle, command_set, action, run, by)
    last = debt.last if debt.pending else None
    put(cycle, replace(debt, demanded=True, mark=mark, attempts=0, last=last, run=run, by=by))


def demand_all(cycle: Cycle, equipment: str, why: str) -> None:
    """Everything owed to ``equipment`` is due now; ``why`` ends the names of the commands that pay it."""
    for debt in owed(cycle.procedures, equipment):
        if not debt.demanded:
            put(cycle, replace(debt, demanded=True, mark=f"{debt.mark}/{why}", attempts=0))


def extend(cycle: Cycle, key: str, seconds: float) -> bool:
    """Let what is owed fall due so many seconds from now; False when there is no such debt, or it is due already."""
    debt = cycle.procedures.obligations.get(key)
    if debt is None or debt.demanded:
        return False
    put(cycle, replace(debt, seconds=cycle.now.since(debt.since) + seconds))
    return True


def answered(cycle: Cycle, result: CommandResult) -> bool:
    """Note what became of a command; False when nobody waits for it (told twice, or of another life)."""
    if not commanding.ended(cycle, result):
        return False
    for debt in [one for one in cycle.procedures.obligations.values() if one.pending == result.command]:
        if result.outcome in NOTHING_DONE and debt.mark == result.command and not debt.demanded and not debt.run:
            # The one command that would have owed something has done nothing.
            drop(cycle, debt)
        else:
            put(cycle, heard(debt, cycle))
    return True


def forget_unanswered(cycle: Cycle) -> None:
    """After a restart nobody will tell any more what became of the commands that were given."""
    for command in list(cycle.procedures.commands):
        answered(cycle, CommandResult(command, Outcome.UNKNOWN))


def tell(cycle: Cycle, equipment: Iterable[str]) -> None:
    """Let conditions see what is owed to each of ``equipment``."""
    for name in equipment:
        mine = owed(cycle.procedures, name)
        cycle.told.append(points.made(points.unverified(name), any(one.demanded for one in mine), cycle.now))
        cycle.told.append(points.made(points.finish_by_hand(name), any(one.stuck for one in mine), cycle.now))
    somewhere = any(one.stuck for one in cycle.procedures.obligations.values())
    cycle.told.append(points.made(points.finish_by_hand(cycle.origin.gateway), somewhere, cycle.now))


# --- changes that paying makes too


def put(cycle: Cycle, debt: Obligation) -> None:
    """Store a debt as it stands now."""
    cycle.procedures.obligations[debt.key] = debt
    cycle.effects.rows.append(Row("obligation", debt.key, to_plain(debt)))
    tell(cycle, [debt.equipment])


def drop(cycle: Cycle, debt: Obligation) -> None:
    """Nothing is owed by it any more."""
    del cycle.procedures.obligations[debt.key]
    cycle.effects.rows.append(Row("obligation", debt.key, None))
    tell(cycle, [debt.equipment])


def given(
    debt: Obligation, cycle: Cycle, command_set: CompiledProcedure, action: CompiledStep, command: str
) -> Obligation:
    """The debt after a command to its machine was handed over: its proof begins."""
    stood = command_set.person.stand(cycle.view) if command_set.person is not None else []
    before = action.evidence.holds(cycle.view) if action.evidence is not None else None
    verbs, earlier = person.unseen(command_set, debt)
    begun = replace(debt.bare, trial=Trial(before), told=False, stood=stood, unseen=verbs, earlier=earlier)
    return replace(begun, given=action.command, command=command, pending=command, last=cycle.now)


def heard(debt: Obligation, cycle: Cycle) -> Obligation:
    """The debt after the write of its last command ended, however it did."""
    now = cycle.now
    return replace(debt, pending="", last=now, trial=debt.trial.ended(now), moved=debt.moved.ended(now))


def _standing(cycle: Cycle, command_set: CompiledProcedure, payment: CompiledStep, run: str, by: str) -> Obligation:
    found = owed(cycle.procedures, command_set.equipment.id, payment.command)
    if found:
        return found[0]
    name = command_set.equipment.id
    machines = orphan.machines_of(name, cycle.book, cycle.procedures)
    return Obligation(name, payment.command, payment.target, run, by, cycle.now, machines=machines)
