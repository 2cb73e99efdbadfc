"""Disarmed: after another storage, or a box moved, nothing is commanded until an engineer has confirmed what is known.

Every epoch of the journal begins because what the file holds may be less than what was done: a new, restored, salvaged
or failing storage, another box. So an epoch that nobody armed is disarmed.
"""

from collections.abc import Iterable
from hashlib import sha256

from rules.facts import AuditFact, When
from rules.inputs import Arm, Disarm, Outcome
from rules.procedure.round import Round
from rules.procedure.standing import Armed, Disarmed
from rules.procedure.state import ProcedureState, single_row


def judged(duty: ProcedureState, epoch: str, why: str, at: When) -> Disarmed | None:
    """How commanding stands when the gateway starts with this epoch."""
    if duty.armed is not None and duty.armed.epoch == epoch:
        return None
    if duty.disarmed is not None and duty.disarmed.epoch == epoch:
        return duty.disarmed
    return Disarmed(epoch, why, at)


def act(round_: Round, request: Disarm) -> None:
    """Another epoch has begun while we run: memory knows what was done, so what is owed may still be given back."""
    duty = round_.duty
    if (duty.armed is None or duty.armed.epoch != request.epoch) and (
        duty.disarmed is None or duty.disarmed.epoch != request.epoch
    ):
        before = duty.disarmed
        present = before is None or before.present
        _put(round_, Disarmed(request.epoch, request.why, round_.moment, present))
        round_.audit(AuditFact("disarmed", "disarm", "", "engine", request.why, Outcome.DONE))


def arm(round_: Round, request: Arm) -> None:
    """An engineer confirms the list that was shown; another list than that of now is to be read first."""
    duty = round_.duty
    if duty.disarmed is None:
        round_.refuse("disarmed.not")
    elif not duty.durable:
        round_.refuse("procedure.not-durable")
    elif not request.reason:
        round_.refuse("disarmed.reason")
    elif request.seen != mark(duty):
        round_.refuse("disarmed.list-changed")
    else:
        duty.armed = Armed(duty.disarmed.epoch, request.by, request.reason, round_.moment)
        round_.effects.rows.append(single_row("armed", duty.armed))
        why = duty.disarmed.why
        _put(round_, None)
        round_.audit(AuditFact("disarmed", "arm", "", request.by, request.reason, Outcome.DONE, detail=why))


def remembered(duty: ProcedureState) -> list[tuple[str, str, str]]:
    """What is remembered of machines, for an engineer to compare with what stands there: kind, equipment, who."""
    found = [("lockout", one.equipment, one.by) for one in duty.lockouts.values()]
    found += [("owed", one.equipment, one.verb) for one in duty.obligations.values()]
    found += [("run", run.job, run.by) for run in duty.runs.values()]
    found += [("command", one.equipment, one.verb) for one in duty.commands.values()]
    found += [("orphan", one.equipment, one.debt) for one in duty.orphans]
    return sorted(found)


def mark(duty: ProcedureState) -> str:
    """A few characters that stand for the list as it is now: who confirms it has seen it."""
    why = (duty.disarmed.epoch, duty.disarmed.why) if duty.disarmed is not None else ()
    return sha256(repr((why, remembered(duty))).encode()).hexdigest()[:6]


def standing_reasons(duty: ProcedureState) -> list[str]:
    """Why the storage must not be restored, nor the box moved, updated or reset now: what moves, is owed or locked."""
    return _named(duty.runs, "run") + _named(duty.obligations, "owed") + _named(duty.lockouts, "lockout")


def _named(things: Iterable[str], kind: str) -> list[str]:
    return [f"{kind}/{name}" for name in things]


def _put(round_: Round, disarmed: Disarmed | None) -> None:
    round_.duty.disarmed = disarmed
    round_.effects.rows.append(single_row("disarmed", disarmed))
