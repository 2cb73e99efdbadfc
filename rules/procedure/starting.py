"""How runs begin: a person asks, the schedule means it, or the device tests itself."""

from dataclasses import replace

from drivers.points import Instant
from rules.effects import Row
from rules.facts import Objection
from rules.inputs import StartRun
from rules.plain import to_plain
from rules.procedure import orphan
from rules.procedure import schedule as calendar
from rules.procedure.admission import objections
from rules.procedure.compiled import CompiledProcedure
from rules.procedure.cycle import Cycle
from rules.procedure.model import Missed, Schedule
from rules.procedure.progress import RunProgress
from rules.procedure.report import ended
from rules.procedure.run import Run, Verdict
from rules.procedure.state import ScheduleMark
from rules.timer import TOLERANCE

LOOK = 60.0
"""Longest seconds between two looks at the calendar: the wall clock may have been set meanwhile."""
RETRY = 5.0
"""Seconds between two attempts inside a window; most changes are noticed at once anyway."""
SCHEDULE, DEVICE = "schedule", "device"


def begin(cycle: Cycle, job: CompiledProcedure, by: str, nominal: str = "") -> Run:
    """A new run at its first step, stored."""
    before = cycle.procedures.history[job.key]
    number = before.number + 1
    cycle.remember(job.key, replace(before, number=number))
    identity = f"{cycle.origin.gateway}/{cycle.origin.epoch}/{job.key}/{number}"
    machines = orphan.machines_of(job.equipment.id, cycle.book, cycle.procedures)
    run = Run(
        identity,
        job.key,
        by,
        cycle.now,
        cycle.now,
        nominal=nominal,
        machines=machines,
        account=cycle.account(by, ""),
    )
    cycle.keep(run)
    return run


def requested(cycle: Cycle, request: StartRun) -> None:
    """A person asks; every objection refuses."""
    job = cycle.jobs.get(f"{request.equipment}/{request.procedure}")
    if job is None or job.procedure.observes is not None:
        code = "procedure.unknown" if job is None else "procedure.only-observed"
        cycle.refuse(code, procedure=request.procedure, equipment=request.equipment)
        return
    causes = objections(job, cycle.book, cycle.procedures, cycle.view)
    if job.key in cycle.procedures.runs:
        causes = [Objection("procedure.busy", {"run": cycle.procedures.runs[job.key].id})]
    for cause in causes:
        cycle.refuse(cause.code, **cause.arguments)
    if not causes:
        begin(cycle, job, request.by)


def observed(cycle: Cycle) -> None:
    """Begin a run for every device that has just begun to test itself."""
    for job in cycle.jobs.values():
        if job.observes is None:
            continue
        testing, before = job.observes.run(cycle.view), cycle.procedures.seen.get(job.key)
        if testing is not None:
            cycle.procedures.seen[job.key] = testing
        # Only a change that was seen counts: a test found under way is not known from its beginning.
        if testing and before is False and job.key not in cycle.procedures.runs:
            _watch(cycle, job)


def scheduled(cycle: Cycle) -> None:
    """Begin what the calendar means to begin now. Calendars are costly: they are asked only when it is time."""
    look, now = cycle.procedures.look, cycle.now.mono
    if look is None or now >= look - TOLERANCE:
        others, cycle.due = cycle.due, None
        _ask_calendars(cycle)
        cycle.procedures.look = look = cycle.due
        cycle.due = others
    cycle.wake(None if look is None else look - now)


def _ask_calendars(cycle: Cycle) -> None:
    for job in cycle.jobs.values():
        schedule = job.procedure.schedule
        if schedule is not None:
            cycle.wake(LOOK)
            if not unattended(job, cycle.now):
                _look(cycle, job, schedule)


def unattended(job: CompiledProcedure, now: Instant) -> list[Objection]:
    """Why nothing begins by the calendar of ``job`` now, whatever stands against the test itself."""
    found = [] if job.procedure.withheld is None else [job.procedure.withheld]
    if not now.trusted:
        found.append(Objection("procedure.clock-by-hand" if now.by_hand else "procedure.clock"))
    return found


def turned_down(
    cycle: Cycle, job: CompiledProcedure, by: str, verdict: Verdict, causes: list[Objection], nominal: str = ""
) -> None:
    """A run that did not begin is told like one that did."""
    run = begin(cycle, job, by, nominal)
    run = replace(run, verdict=verdict, causes=tuple(causes))
    cycle.keep(ended(run, job, cycle))


def _watch(cycle: Cycle, job: CompiledProcedure) -> None:
    causes = objections(job, cycle.book, cycle.procedures, cycle.view)
    if causes:
        turned_down(cycle, job, DEVICE, Verdict.POSTPONED, causes)
    else:
        begin(cycle, job, DEVICE)


def _look(cycle: Cycle, job: CompiledProcedure, schedule: Schedule) -> None:
    mark, now = cycle.procedures.marks.get(job.key), cycle.now.wall
    if mark is None or mark.schedule not in ("", _text(schedule)):
        # Whatever was meant before the gateway knew of it is not missed, and writing it starts nothing.
        _mark(cycle, job, calendar.nominal_now(schedule, now))
        return
    latest = calendar.latest(schedule, now)
    if latest is not None and latest.nominal > mark.nominal and latest.wall <= now:
        _meant(cycle, job, schedule, latest)
    coming = calendar.following(schedule, cycle.procedures.marks[job.key].nominal)
    if coming is not None and coming.wall > now:
        cycle.wake(coming.wall - now)


def _meant(cycle: Cycle, job: CompiledProcedure, schedule: Schedule, start: calendar.Start) -> None:
    late = cycle.now.wall - start.wall
    if late > schedule.window and schedule.missed is Missed.RUN:
        # Its window opens when it is noticed: nothing is read yet in the first moment after a start.
        late = cycle.now.since(cycle.procedures.noticed.setdefault(f"{job.key} {start.nominal}", cycle.now))
    elif late > schedule.window:
        _mark(cycle, job, start.nominal)
        turned_down(cycle, job, SCHEDULE, Verdict.MISSED, [Objection("procedure.missed")], start.nominal)
        return
    causes = [] if job.key in cycle.procedures.runs else objections(job, cycle.book, cycle.procedures, cycle.view)
    if job.key in cycle.procedures.runs:
        # It runs already, because a person was faster.
        _mark(cycle, job, start.nominal)
    elif not causes:
        _mark(cycle, job, start.nominal)
        begin(cycle, job, SCHEDULE, start.nominal)
    elif late >= schedule.window:
        _mark(cycle, job, start.nominal)
        turned_down(cycle, job, SCHEDULE, Verdict.POSTPONED, causes, start.nominal)
    else:
        cycle.wake(min(RETRY, schedule.window - late))


def _mark(cycle: Cycle, job: CompiledProcedure, nominal: str) -> None:
    schedule = job.procedure.schedule
    mark = ScheduleMark(nominal, _text(schedule) if schedule is not None else "")
    cycle.procedures.marks[job.key] = mark
    cycle.effects.rows.append(Row("schedule", job.key, to_plain(mark)))


def _text(schedule: Schedule) -> str:
    closed = "".join(f" {first}..{last}" for first, last in schedule.closed)
    return f"{schedule.cron} {schedule.zone} {schedule.window:g} {schedule.missed}{closed}"


def carry_on(cycle: Cycle) -> None:
    """Carry every active run as far as it goes."""
    for run in list(cycle.procedures.runs.values()):
        job = cycle.jobs.get(run.job)
        if job is not None and not orphan.is_orphan(run.debt, cycle.procedures):
            RunProgress(cycle, job, run).advance()
