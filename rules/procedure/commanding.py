"""Commands: audited before they act, moving ones given once, safe ones repeated until verified."""

from dataclasses import replace

from drivers.points import Effect
from rules import points
from rules.effects import Command, Row
from rules.facts import AuditFact
from rules.inputs import CommandResult, Outcome
from rules.plain import to_plain
from rules.procedure import orphan
from rules.procedure.admission import against
from rules.procedure.duty import OUTCOMES_KEPT, CommandRecord, Obligation
from rules.procedure.job import Action, Job
from rules.procedure.round import Round
from rules.procedure.run import Run
from rules.procedure.target import target_of

EXPIRY = 20.0
"""Seconds a command may wait for its wire."""
ANSWER = 40.0
"""Seconds after which the outcome of a command counts as unknown."""
PAUSE, PAUSE_CAP, EAGER = 10.0, 300.0, 6
"""Seconds between two repetitions of a safe command; after so many they get rarer, up to the cap."""
SETTLE = 5.0
"""Seconds after a command in which what is read may still be from before it."""


def issue(round_: Round, command: str, job: Job, action: Action, run: str, by: str) -> None:
    """Audit one command and hand it over; it acts once the audit is stored."""
    machine = target_of(action.target, round_.book.machines or {})
    record = CommandRecord(
        command, run, job.equipment.id, action.command, action.target, action.safe, by, round_.moment, machine
    )
    round_.duty.commands[command] = record
    round_.effects.rows.append(Row("command", command, to_plain(record)))
    round_.audit(_audit(record, "issued"))
    expires = round_.now.mono + EXPIRY
    round_.effects.commands.append(
        Command(command, run, record.equipment, record.verb, record.target, record.safe, expires)
    )


def answered(round_: Round, result: CommandResult) -> bool:
    """Note what became of a command; False when nobody waits for it (told twice, or of another life)."""
    record = round_.duty.commands.pop(result.command, None)
    if record is None:
        return False
    round_.effects.rows.append(Row("command", record.id, None))
    round_.audit(_audit(record, result.outcome, result.detail))
    round_.duty.outcomes[record.id] = result.outcome.value
    if len(round_.duty.outcomes) > OUTCOMES_KEPT:
        del round_.duty.outcomes[next(iter(round_.duty.outcomes))]
    owed = round_.duty.obligations.get(f"{record.equipment}/{record.verb}")
    if owed is not None and owed.pending == record.id:
        _owe(round_, replace(owed, pending="", last=round_.now))
    return True


def forget_unanswered(round_: Round) -> None:
    """After a restart nobody will tell any more what became of the commands that were given."""
    for command in list(round_.duty.commands):
        answered(round_, CommandResult(command, Outcome.UNKNOWN))


def oblige(round_: Round, job: Job, action: Action, proof: str, run: Run) -> None:
    """A safe command is due: it is given now and again until ``proof`` is seen."""
    owed = Obligation(
        job.equipment.id, action.command, action.target, job.key, proof, run.id, len(run.steps), run.by, round_.now
    )
    owed = replace(owed, machines=run.machines)
    # One that is open already is taken over and begins anew.
    _owe(round_, owed)
    round_.told.append(points.made(points.unverified(job.equipment.id), True, round_.now))


def settle(round_: Round) -> None:
    """Look at every obligation: verified, to be repeated, or to wait."""
    for owed in list(round_.duty.obligations.values()):
        job = round_.jobs.get(owed.job)
        action = _action(job, owed) if job is not None else None
        if orphan.is_orphan(f"owed/{owed.key}", round_.duty):
            continue
        if job is None or action is None:
            _release(round_, owed, "unknown")
        elif _verified(round_, job, owed):
            _release(round_, owed, "verified")
        elif not against(Effect.SAFE, job, round_.book, round_.duty, round_.view):
            _repeat(round_, job, action, owed)


def _repeat(round_: Round, job: Job, action: Action, owed: Obligation) -> None:
    if owed.pending:
        _give_up_waiting(round_, owed)
        return
    left = _pause_left(round_, owed)
    if left > 0:
        round_.wake(left)
        return
    attempt = owed.attempts + 1
    command = f"{owed.run}/{owed.step}/{attempt}"
    issue(round_, command, job, action, owed.run, owed.by)
    _owe(round_, replace(owed, attempts=attempt, last=round_.now, pending=command))
    round_.wake(ANSWER)


def _give_up_waiting(round_: Round, owed: Obligation) -> None:
    left = ANSWER if owed.last is None else ANSWER - round_.now.since(owed.last)
    if left > 0:
        round_.wake(left)
    elif not answered(round_, CommandResult(owed.pending, Outcome.UNKNOWN)):
        _owe(round_, replace(owed, pending="", last=round_.now))


def _pause_left(round_: Round, owed: Obligation) -> float:
    if owed.last is None:
        return 0.0
    pause = min(PAUSE_CAP, PAUSE * 2.0 ** min(10, max(0, owed.attempts - EAGER)))
    return pause - round_.now.since(owed.last)


def _verified(round_: Round, job: Job, owed: Obligation) -> bool:
    if owed.pending or owed.last is None:
        return False
    proof = next((one.condition for one in (*job.always, *job.main) if _proves(one, owed)), None)
    if proof is None or proof.run(round_.view) is not True:
        return False
    left = SETTLE - round_.now.since(owed.last)
    if left > 0:
        round_.wake(left)
    return left <= 0


def _proves(action: Action, owed: Obligation) -> bool:
    return action.proves == owed.verb and action.condition is not None and action.condition.text == owed.proof


def _action(job: Job, owed: Obligation) -> Action | None:
    return next((one for one in (*job.always, *job.main) if one.safe and one.command == owed.verb), None)


def _owe(round_: Round, owed: Obligation) -> None:
    round_.duty.obligations[owed.key] = owed
    round_.effects.rows.append(Row("obligation", owed.key, to_plain(owed)))


def _release(round_: Round, owed: Obligation, outcome: str) -> None:
    del round_.duty.obligations[owed.key]
    round_.effects.rows.append(Row("obligation", owed.key, None))
    command = f"{owed.run}/{owed.step}/{owed.attempts}"
    fact = AuditFact(command, owed.verb, owed.equipment, owed.by, owed.run, outcome, owed.target, owed.proof)
    round_.audit(fact)
    still = any(other.equipment == owed.equipment for other in round_.duty.obligations.values())
    round_.told.append(points.made(points.unverified(owed.equipment), still, round_.now))


def _audit(record: CommandRecord, outcome: str, detail: str = "") -> AuditFact:
    machine = record.machine.text if record.machine is not None else ""
    return AuditFact(
        record.id, record.verb, record.equipment, record.by, record.run, outcome, record.target, detail, machine=machine
    )
