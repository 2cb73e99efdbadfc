"""Commands: audited before they act. What becomes of them is told once; moving ones are never given again."""

from rules.effects import Command, Row
from rules.facts import AuditFact
from rules.inputs import CommandResult
from rules.plain import to_plain
from rules.procedure.compiled import CompiledProcedure, CompiledStep
from rules.procedure.cycle import Cycle
from rules.procedure.orphan import machine_of
from rules.procedure.state import OUTCOMES_KEPT, CommandRecord

EXPIRY = 20.0
"""Seconds a command may wait for its wire."""
ANSWER = 40.0
"""Seconds after which the outcome of a command counts as unknown."""


def issue(cycle: Cycle, command: str, job: CompiledProcedure, action: CompiledStep, run: str, by: str) -> None:
    """Audit one command and hand it over; it acts once the audit is stored."""
    machine = machine_of(action.target, cycle.book, cycle.procedures)
    record = CommandRecord(
        command,
        run,
        job.equipment.id,
        action.command,
        action.target,
        action.safe,
        by,
        cycle.moment,
        machine,
        cycle.account(by, run),
    )
    cycle.procedures.commands[command] = record
    cycle.effects.rows.append(Row("command", command, to_plain(record)))
    cycle.audit(_audit(record, "issued"))
    expires = cycle.now.mono + EXPIRY
    cycle.effects.commands.append(
        Command(command, run, record.equipment, record.verb, record.target, record.safe, expires)
    )


def ended(cycle: Cycle, result: CommandResult) -> bool:
    """Note what became of a command; False when nobody waits for it (told twice, or of another life)."""
    record = cycle.procedures.commands.pop(result.command, None)
    if record is None:
        return False
    cycle.effects.rows.append(Row("command", record.id, None))
    cycle.audit(_audit(record, result.outcome, result.detail))
    cycle.procedures.outcomes[record.id] = result.outcome.value
    if len(cycle.procedures.outcomes) > OUTCOMES_KEPT:
        del cycle.procedures.outcomes[next(iter(cycle.procedures.outcomes))]
    return True


def _audit(record: CommandRecord, outcome: str, detail: str = "") -> AuditFact:
    machine = record.machine.text if record.machine is not None else ""
    return AuditFact(
        record.id,
        record.verb,
        record.equipment,
        record.by,
        record.run,
        outcome,
        record.target,
        detail,
        machine=machine,
        account=record.account,
    )
