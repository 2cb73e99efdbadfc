"""How runs begin: a person asks, the schedule means it, or the device tests itself."""

from dataclasses import replace

from rules.effects import Row
from rules.facts import Objection
from rules.inputs import StartRun
from rules.plain import to_plain
from rules.procedure import orphan
from rules.procedure import schedule as calendar
from rules.procedure.admission import objections
from rules.procedure.compiled import CompiledProcedure
from rules.procedure.model import Missed, Schedule
from rules.procedure.progress import RunProgress
from rules.procedure.report import ended
from rules.procedure.round import Round
from rules.procedure.run import Run, Verdict
from rules.procedure.state import ScheduleMark
from rules.timer import TOLERANCE

LOOK = 60.0
"""Longest seconds between two looks at the calendar: the wall clock may have been set meanwhile."""
RETRY = 5.0
"""Seconds between two attempts inside a window; most changes are noticed at once anyway."""
SCHEDULE, DEVICE = "schedule", "device"


def begin(round_: Round, job: CompiledProcedure, by: str, nominal: str = "") -> Run:
    """A new run at its first step, stored."""
    before = round_.procedures.history[job.key]
    number = before.number + 1
    round_.remember(job.key, replace(before, number=number))
    identity = f"{round_.origin.gateway}/{round_.origin.epoch}/{job.key}/{number}"
    machines = orphan.machines_of(job.equipment.id, round_.book, round_.procedures)
    run = Run(
        identity,
        job.key,
        by,
        round_.now,
        round_.now,
        nominal=nominal,
        machines=machines,
        account=round_.account(by, ""),
    )
    round_.keep(run)
    return run


def requested(round_: Round, request: StartRun) -> None:
    """A person asks; every objection refuses."""
    job = round_.jobs.get(f"{request.equipment}/{request.procedure}")
    if job is None or job.procedure.observes is not None:
        code = "procedure.unknown" if job is None else "procedure.only-observed"
        round_.refuse(code, procedure=request.procedure, equipment=request.equipment)
        return
    causes = objections(job, round_.book, round_.procedures, round_.view)
    if job.key in round_.procedures.runs:
        causes = [Objection("procedure.busy", {"run": round_.procedures.runs[job.key].id})]
    for cause in causes:
        round_.refuse(cause.code, **cause.arguments)
    if not causes:
        begin(round_, job, request.by)


def observed(round_: Round) -> None:
    """Begin a run for every device that has just begun to test itself."""
    for job in round_.jobs.values():
        if job.observes is None:
            continue
        testing, before = job.observes.run(round_.view), round_.procedures.seen.get(job.key)
        if testing is not None:
            round_.procedures.seen[job.key] = testing
        # Only a change that was seen counts: a test found under way is not known from its beginning.
        if testing and before is False and job.key not in round_.procedures.runs:
            _watch(round_, job)


def scheduled(round_: Round) -> None:
    """Begin what the calendar means to begin now. Calendars are costly: they are asked only when it is time."""
    look, now = round_.procedures.look, round_.now.mono
    if look is None or now >= look - TOLERANCE:
        others, round_.due = round_.due, None
        _ask_calendars(round_)
        round_.procedures.look = look = round_.due
        round_.due = others
    round_.wake(None if look is None else look - now)


def _ask_calendars(round_: Round) -> None:
    for job in round_.jobs.values():
        schedule = job.procedure.schedule
        if schedule is not None:
            round_.wake(LOOK)
            if round_.now.trusted:
                _look(round_, job, schedule)


def turned_down(
    round_: Round, job: CompiledProcedure, by: str, verdict: Verdict, causes: list[Objection], nominal: str = ""
) -> None:
    """A run that did not begin is told like one that did."""
    run = begin(round_, job, by, nominal)
    run = replace(run, verdict=verdict, causes=tuple(causes))
    round_.keep(ended(run, job, round_))


def _watch(round_: Round, job: CompiledProcedure) -> None:
    causes = objections(job, round_.book, round_.procedures, round_.view)
    if causes:
        turned_down(round_, job, DEVICE, Verdict.POSTPONED, causes)
    else:
        begin(round_, job, DEVICE)


def _look(round_: Round, job: CompiledProcedure, schedule: Schedule) -> None:
    mark, now = round_.procedures.marks.get(job.key), round_.now.wall
    if mark is None or mark.schedule not in ("", _text(schedule)):
        # Whatever was meant before the gateway knew of it is not missed, and writing it starts nothing.
        _mark(round_, job, calendar.nominal_now(schedule, now))
        return
    latest = calendar.latest(schedule, now)
    if latest is not None and latest.nominal > mark.nominal and latest.wall <= now:
        _meant(round_, job, schedule, latest)
    coming = calendar.following(schedule, round_.procedures.marks[job.key].nominal)
    if coming is not None and coming.wall > now:
        round_.wake(coming.wall - now)


def _meant(round_: Round, job: CompiledProcedure, schedule: Schedule, start: calendar.Start) -> None:
    late = round_.now.wall - start.wall
    if late > schedule.window and schedule.missed is Missed.RUN:
        # Its window opens when it is noticed: nothing is read yet in the first moment after a start.
        late = round_.now.since(round_.procedures.noticed.setdefault(f"{job.key} {start.nominal}", round_.now))
    elif late > schedule.window:
        _mark(round_, job, start.nominal)
        turned_down(round_, job, SCHEDULE, Verdict.MISSED, [Objection("procedure.missed")], start.nominal)
        return
    causes = [] if job.key in round_.procedures.runs else objections(job, round_.book, round_.procedures, round_.view)
    if job.key in round_.procedures.runs:
        # It runs already, because a person was faster.
        _mark(round_, job, start.nominal)
    elif not causes:
        _mark(round_, job, start.nominal)
        begin(round_, job, SCHEDULE, start.nominal)
    elif late >= schedule.window:
        _mark(round_, job, start.nominal)
        turned_down(round_, job, SCHEDULE, Verdict.POSTPONED, causes, start.nominal)
    else:
        round_.wake(min(RETRY, schedule.window - late))


def _mark(round_: Round, job: CompiledProcedure, nominal: str) -> None:
    schedule = job.procedure.schedule
    mark = ScheduleMark(nominal, _text(schedule) if schedule is not None else "")
    round_.procedures.marks[job.key] = mark
    round_.effects.rows.append(Row("schedule", job.key, to_plain(mark)))


def _text(schedule: Schedule) -> str:
    return f"{schedule.cron} {schedule.zone} {schedule.window:g} {schedule.missed}"


def carry_on(round_: Round) -> None:
    """Carry every active run as far as it goes."""
    for run in list(round_.procedures.runs.values()):
        job = round_.jobs.get(run.job)
        if job is not None and not orphan.is_orphan(run.debt, round_.procedures):
            RunProgress(round_, job, run).advance()
