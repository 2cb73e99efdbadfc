"""The record of a run: step times, values, verdict and reasons, as headquarters gets it."""

from dataclasses import replace

from rules.facts import RecordFact, StepFact, ValueFact, When, moment
from rules.procedure.compiled import CompiledProcedure, RecordedValue, Take
from rules.procedure.cycle import Cycle
from rules.procedure.run import Phase, Run, Verdict
from rules.procedure.state import History


def record(run: Run, job: CompiledProcedure, at: When, *, simulated: bool) -> RecordFact:
    """What can be told about a run ``at`` a moment; the last word once it is over."""
    equipment = job.equipment
    units = {note.text: _unit(note) for note in _notes(job)}
    return RecordFact(
        run=run.id,
        procedure=job.procedure.id,
        equipment=equipment.id,
        title=job.procedure.title,
        verdict=run.verdict,
        by=run.by,
        started=moment(run.started),
        at=at,
        reasons=list(run.causes),
        steps=[StepFact(step.phase, step.text, step.started, step.seconds, step.outcome) for step in run.steps],
        values=[ValueFact(name, value, units.get(name, "")) for name, value in run.values.items()],
        nominal=run.nominal,
        equipment_title=equipment.title,
        location=equipment.location,
        asset=equipment.asset,
        without=dict(equipment.without),
        simulated=simulated,
    )


def ended(run: Run, job: CompiledProcedure, cycle: Cycle) -> Run:
    """The run, over: its record is told, and what it says about the equipment is remembered."""
    done = replace(run, phase=Phase.DONE)
    done = replace(done, report=record(done, job, cycle.moment, simulated=cycle.origin.simulated))
    if done.report is not None:
        cycle.effects.events.append(done.report)
    before = cycle.procedures.history[job.key]
    if run.verdict is Verdict.PASSED:
        cycle.remember(job.key, History(cycle.now, number=before.number))
    elif run.verdict is Verdict.FAILED:
        reason = run.causes[0].text if run.causes else ""
        cycle.remember(job.key, replace(before, failed=True, run=run.id, reason=reason))
    return done


def _unit(note: RecordedValue) -> str:
    return "s" if note.take is Take.TIME_TO else note.expression.type.unit.symbol


def _notes(job: CompiledProcedure) -> list[RecordedValue]:
    return [*job.notes, *(note for action in (*job.main, *job.always) for note in action.notes)]
