"""Whether a run may begin, and whether it may go on. Every objection is named; unknown means no."""

from collections.abc import Iterable

from rules.condition import Condition
from rules.facts import Cause
from rules.procedure.duty import Duty
from rules.procedure.job import Job
from rules.view import View


def objections(job: Job, duty: Duty, view: View, jobs: dict[str, Job]) -> list[Cause]:
    """Every reason why a run must not begin now."""
    found = _standing(job, duty, jobs) if job.commands else []
    found += [_lock("procedure.interlock", lock.interlock.id) for lock in job.locks if lock.holds(view)]
    found += _untrue("procedure.guard", job.guard, view)
    found += _untrue("procedure.requires", job.requires, view)
    if job.handover is not None and job.handover.run(view) is not False:
        found.append(_cause("procedure.handover", job.handover, job.handover.run(view)))
    return found


def interlocked(job: Job, view: View) -> list[Cause]:
    """The interlocks that end a run."""
    held = [lock for lock in job.locks if lock.interlock.aborts and lock.holds(view)]
    return [_lock("procedure.interlock", lock.interlock.id) for lock in held]


def unguarded(job: Job, view: View) -> list[Cause]:
    """The guards that do not hold."""
    return _untrue("procedure.guard", job.guard, view)


def violated(job: Job, view: View) -> bool:
    """Whether a guard is known to be false, which says something about the equipment."""
    return any(guard.run(view) is False for guard in job.guard)


def locked_out(job: Job, duty: Duty) -> list[Cause]:
    """The lock-outs that forbid commands to its equipment."""
    held = [duty.lockouts[name] for name in sorted(job.neighbours) if name in duty.lockouts]
    return [Cause("procedure.locked-out", {"equipment": one.equipment, "by": one.by}) for one in held]


def _standing(job: Job, duty: Duty, jobs: dict[str, Job]) -> list[Cause]:
    found = locked_out(job, duty)
    if not duty.durable:
        found.append(Cause("procedure.not-durable"))
    busy = [run for run in duty.runs.values() if run.job in jobs and _same_supply(job, jobs[run.job])]
    found += [Cause("procedure.busy", {"run": run.id}) for run in busy]
    owed = [one for one in duty.obligations.values() if one.equipment in job.neighbours]
    return found + [Cause("procedure.unverified", {"equipment": one.equipment, "command": one.verb}) for one in owed]


def _same_supply(job: Job, other: Job) -> bool:
    if job.equipment.id == other.equipment.id:
        return True
    return other.commands and job.equipment.supply != "" and job.equipment.supply == other.equipment.supply


def _untrue(code: str, conditions: Iterable[Condition], view: View) -> list[Cause]:
    return [_cause(code, one, one.run(view)) for one in conditions if one.run(view) is not True]


def _cause(code: str, condition: Condition, value: object) -> Cause:
    return Cause(code, {"condition": condition.text, "value": "unknown" if value is None else str(value).lower()})


def _lock(code: str, interlock: str) -> Cause:
    return Cause(code, {"interlock": interlock})
