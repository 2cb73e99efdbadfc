"""The last look before the wire: whether a command that was decided a moment ago may still act."""

from drivers.points import Effect
from rules.effects import Command
from rules.facts import Objection
from rules.procedure import person
from rules.procedure.admission import against
from rules.procedure.book import Book
from rules.procedure.compiled import CompiledProcedure, CompiledStep
from rules.procedure.orphan import machine_of
from rules.procedure.state import CommandRecord, ProcedureState
from rules.view import View


def objections(command: Command, book: Book, procedures: ProcedureState, view: View) -> list[Objection]:
    """Why ``command`` must not act any more; empty: it may.

    What stands against commands is asked again, for a lock-out, a hold or a fire may have come while it waited. One
    whose test has gone its way out, or whose debt is settled, has no reason any more.
    """
    record, job = procedures.commands.get(command.id), _job(command, book, procedures)
    action = job.action(command.verb) if job is not None else None
    if record is None or job is None or action is None or action.effect is None:
        return [Objection("command.withdrawn")]
    if not _wanted(record, action, procedures) or not _same_machine(record, action, book, procedures):
        return [Objection("command.withdrawn")]
    found = against(action.effect, job, book, procedures, view)
    return found or _taken_over(record, book, procedures, view)


def _taken_over(record: CommandRecord, book: Book, procedures: ProcedureState, view: View) -> list[Objection]:
    """A safe command that waited is not given over the head of a person who moved the machine meanwhile."""
    command_set = book.command_sets.get(record.equipment)
    paid = next((one for one in procedures.obligations.values() if one.pending == record.id), None)
    if command_set is None or paid is None or not record.safe or paid.mark == record.id:
        return []
    return [Objection(person.MOVED)] if person.moved(command_set, paid, view) is True else []


def _job(command: Command, book: Book, procedures: ProcedureState) -> CompiledProcedure | None:
    run = next((run for run in procedures.runs.values() if run.id == command.run), None)
    mine = book.jobs.get(run.job) if run is not None else None
    return (
        mine if mine is not None and mine.action(command.verb) is not None else book.command_sets.get(command.equipment)
    )


def _wanted(record: CommandRecord, action: CompiledStep, procedures: ProcedureState) -> bool:
    if action.effect is not None and action.effect.moves and not _owes(record, procedures):
        # Settled or given back while it waited: nobody would take back what it does.
        return False
    if not record.run or action.effect is Effect.SIGNAL:
        return True
    if action.safe:
        return any(owed.pending == record.id for owed in procedures.obligations.values())
    return any(run.awaits == record.id for run in procedures.runs.values())


def _owes(record: CommandRecord, procedures: ProcedureState) -> bool:
    return any(owed.equipment == record.equipment for owed in procedures.obligations.values())


def _same_machine(record: CommandRecord, action: CompiledStep, book: Book, procedures: ProcedureState) -> bool:
    now = machine_of(action.target, book, procedures)
    return record.target == action.target and (record.machine is None or record.machine.same(now))
