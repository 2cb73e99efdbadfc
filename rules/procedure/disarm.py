"""Disarmed: after another storage, or a box moved, nothing is commanded until an engineer has confirmed what is known.

Every epoch of the journal begins because what the file holds may be less than what was done: a new, restored, salvaged
or failing storage, another box. So an epoch that nobody armed is disarmed.
"""

from collections.abc import Iterable
from hashlib import sha256

from rules.facts import AuditFact, When
from rules.inputs import Arm, Disarm, Outcome
from rules.procedure.cycle import Cycle
from rules.procedure.standing import Armed, Disarmed
from rules.procedure.state import ProcedureState, single_row


def judged(procedures: ProcedureState, epoch: str, why: str, at: When) -> Disarmed | None:
    """How commanding stands when the gateway starts with this epoch."""
    if procedures.armed is not None and procedures.armed.epoch == epoch:
        return None
    if procedures.disarmed is not None and procedures.disarmed.epoch == epoch:
        return procedures.disarmed
    return Disarmed(epoch, why, at)


def act(cycle: Cycle, request: Disarm) -> None:
    """Another epoch has begun while we run: memory knows what was done, so what is owed may still be given back."""
    procedures = cycle.procedures
    if (procedures.armed is None or procedures.armed.epoch != request.epoch) and (
        procedures.disarmed is None or procedures.disarmed.epoch != request.epoch
    ):
        before = procedures.disarmed
        present = before is None or before.present
        _put(cycle, Disarmed(request.epoch, request.why, cycle.moment, present))
        cycle.audit(AuditFact("disarmed", "disarm", "", "engine", request.why, Outcome.DONE))


def arm(cycle: Cycle, request: Arm) -> None:
    """An engineer confirms the list that was shown; another list than that of now is to be read first."""
    procedures = cycle.procedures
    if procedures.disarmed is None:
        cycle.refuse("disarmed.not")
    elif not procedures.durable:
        cycle.refuse("procedure.not-durable")
    elif not request.reason:
        cycle.refuse("disarmed.reason")
    elif request.seen != reasons_digest(procedures):
        cycle.refuse("disarmed.list-changed")
    else:
        procedures.armed = Armed(procedures.disarmed.epoch, request.by, request.reason, cycle.moment)
        cycle.effects.rows.append(single_row("armed", procedures.armed))
        why = procedures.disarmed.why
        _put(cycle, None)
        cycle.audit(AuditFact("disarmed", "arm", "", request.by, request.reason, Outcome.DONE, detail=why))


def remembered(procedures: ProcedureState) -> list[tuple[str, str, str]]:
    """What is remembered of machines, for an engineer to compare with what stands there: kind, equipment, who."""
    found = [("lockout", one.equipment, one.by) for one in procedures.lockouts.values()]
    found += [("owed", one.equipment, one.verb) for one in procedures.obligations.values()]
    found += [("run", run.job, run.by) for run in procedures.runs.values()]
    found += [("command", one.equipment, one.verb) for one in procedures.commands.values()]
    found += [("orphan", one.equipment, one.debt) for one in procedures.orphans]
    return sorted(found)


def reasons_digest(procedures: ProcedureState) -> str:
    """A few characters that stand for the list as it is now: who confirms it has seen it."""
    why = (procedures.disarmed.epoch, procedures.disarmed.why) if procedures.disarmed is not None else ()
    return sha256(repr((why, remembered(procedures))).encode()).hexdigest()[:6]


def standing_reasons(procedures: ProcedureState) -> list[str]:
    """Why the storage must not be restored, nor the box moved, updated or reset now.

    What moves, is under way to a machine, is owed or locked, and a hold.
    """
    held = [f"hold/{procedures.hold.by}"] if procedures.hold is not None else []
    return (
        _named(procedures.runs, "run")
        + _named(procedures.commands, "command")
        + _named(procedures.obligations, "owed")
        + _named(procedures.lockouts, "lockout")
        + held
    )


def _named(things: Iterable[str], kind: str) -> list[str]:
    return [f"{kind}/{name}" for name in things]


def _put(cycle: Cycle, disarmed: Disarmed | None) -> None:
    cycle.procedures.disarmed = disarmed
    cycle.effects.rows.append(single_row("disarmed", disarmed))
