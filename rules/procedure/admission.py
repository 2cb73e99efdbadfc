"""Whether a run may begin, and whether it may go on. Every objection is named; unknown means no."""

from collections.abc import Iterable, Iterator

from drivers.points import Effect
from rules.condition import Condition
from rules.facts import Objection
from rules.procedure import orphan
from rules.procedure.book import Book
from rules.procedure.compiled import CompiledProcedure, Lock
from rules.procedure.envelope import FORBIDS, Ground, Situation, forbidden, ground
from rules.procedure.state import ProcedureState
from rules.procedure.target import Target, commanded_devices
from rules.view import View

_INTERLOCKS = {"fire": Situation.FIRE, "mains-lost": Situation.NEEDED}
"""Interlocks by their id that stand for a situation of the envelope: no site's class can take anything from those."""


def grounds(job: CompiledProcedure, book: Book, procedures: ProcedureState, view: View) -> list[Ground]:
    """Everything that stands now against commands to the equipment of ``job``."""
    return [
        *_gateway(book, procedures, view),
        *_locked(job, procedures),
        *_machine(job, book, procedures),
        *(_interlock(lock) for lock in job.locks if lock.holds(view)),
        *_needed(job, view),
    ]


def objections(job: CompiledProcedure, book: Book, procedures: ProcedureState, view: View) -> list[Objection]:
    """Every reason why a run must not begin now."""
    if not job.commands:
        found = [_interlock(lock).cause for lock in job.locks if lock.holds(view)]
    else:
        standing = [one for one in grounds(job, book, procedures, view) if not job.effects.isdisjoint(one.forbids)]
        found = [*reserved(job, book, procedures), *(one.cause for one in standing)]
    return [*found, *_untrue("procedure.guard", job.guard, view), *_untrue("procedure.requires", job.requires, view)]


def ending(job: CompiledProcedure, book: Book, procedures: ProcedureState, view: View) -> list[Objection]:
    """What ends a run that goes on."""
    found = [one.cause for one in grounds(job, book, procedures, view) if one.ends] if job.commands else []
    return found + [_interlock(one).cause for one in job.locks if one.interlock.aborts and one.holds(view)]


def against(
    effect: Effect, job: CompiledProcedure, book: Book, procedures: ProcedureState, view: View
) -> list[Objection]:
    """Why a command of ``effect`` must not go to the equipment of ``job`` now."""
    return forbidden(effect, grounds(job, book, procedures, view))


def unguarded(job: CompiledProcedure, view: View) -> list[Objection]:
    """The guards that do not hold."""
    return _untrue("procedure.guard", job.guard, view)


def violated(job: CompiledProcedure, view: View) -> bool:
    """Whether a guard is known to be false, which says something about the equipment."""
    return any(guard.run(view) is False for guard in job.guard)


# --- what stands


def _gateway(book: Book, procedures: ProcedureState, view: View) -> Iterator[Ground]:
    if procedures.hold is not None:
        yield ground(Situation.HELD, "hold.standing", by=procedures.hold.by, reason=procedures.hold.reason)
    elif book.hold is not None and book.hold.holds(view):
        yield ground(Situation.HELD, "hold.input", point=book.hold.point)
    if procedures.disarmed is not None:
        yield procedures.disarmed.ground
    if not procedures.durable:
        yield ground(Situation.UNREMEMBERED, "procedure.not-durable")


def _locked(job: CompiledProcedure, procedures: ProcedureState) -> Iterator[Ground]:
    for one in procedures.lockouts.values():
        if one.equipment in job.blocked_by:
            situation = Situation.LOCKED if one.confirmed else Situation.LOCKING
            yield ground(situation, "procedure.locked-out", equipment=one.equipment, by=one.by)


def _machine(job: CompiledProcedure, book: Book, procedures: ProcedureState) -> Iterator[Ground]:
    name = job.equipment.id
    if findings := book.unarmed.get(name):
        more = {f"finding.{argument}": str(value) for argument, value in findings[0].arguments.items()}
        yield ground(Situation.UNARMED, "unarmed.equipment", equipment=name, finding=findings[0].code, **more)
    machines = orphan.machines_of(name, book, procedures) if procedures.orphans else ()
    for one in procedures.orphans:
        if any(one.reaches(machine) for machine in machines):
            yield ground(Situation.ORPHANED, "orphan.standing", debt=one.debt)
    if book.machines is not None:
        yield from _identities(job, book, procedures)


def _identities(job: CompiledProcedure, book: Book, procedures: ProcedureState) -> Iterator[Ground]:
    """Who answers there. Asked only where machines are identified at all."""
    for device in sorted(commanded_devices(job.equipment)):
        told = procedures.identities.get(device)
        if told is not None and told.matches is False:
            yield ground(Situation.MISTAKEN, "identity.mismatch", device=device)
        elif twin := orphan.twin(device, book, procedures):
            yield ground(Situation.MISTAKEN, "identity.twice", device=device, other=twin)
        elif told is None or told.matches is None or device not in (book.machines or {}):
            yield ground(Situation.UNKNOWN, "identity.unknown", device=device)


def _interlock(lock: Lock) -> Ground:
    interlock = lock.interlock
    situation = _INTERLOCKS.get(interlock.id, Situation.INTERLOCKED)
    forbids = frozenset(interlock.forbids)
    if situation is not Situation.INTERLOCKED:
        forbids |= FORBIDS[situation]
    return Ground(situation, Objection("procedure.interlock", {"interlock": interlock.id}), forbids)


def _needed(job: CompiledProcedure, view: View) -> Iterator[Ground]:
    if job.handover is not None and (value := job.handover.run(view)) is not False:
        cause = _cause("procedure.handover", job.handover, value)
        yield Ground(Situation.NEEDED, cause, FORBIDS[Situation.NEEDED])


# --- only at the start


def reserved(
    job: CompiledProcedure, book: Book, procedures: ProcedureState, *, manual: bool = False
) -> list[Objection]:
    """The tests that have its supply or its machine for themselves, and what is owed there.

    One person may put a machine through several commands by hand (``manual``) until it is due.
    """
    machines = orphan.machines_of(job.equipment.id, book, procedures)
    busy = [run for run in procedures.runs.values() if _reserved(job, machines, book, run.job, run.machines)]
    mine = job.equipment.id if manual else ""
    found = [one for one in procedures.obligations.values() if one.equipment in job.neighbours]
    owed = [one for one in found if one.demanded or one.by_hand or one.equipment != mine]
    return [Objection("procedure.busy", {"run": run.id}) for run in busy] + [
        Objection("procedure.unverified", {"equipment": one.equipment, "command": one.verb}) for one in owed
    ]


def _reserved(
    job: CompiledProcedure, machines: Iterable[Target], book: Book, other: str, theirs: tuple[Target, ...]
) -> bool:
    """Whether the run of ``other`` has the supply or a machine of ``job`` for itself."""
    if any(machine.touches(taken) for machine in machines for taken in theirs):
        return True
    running = book.jobs.get(other)
    if running is None:
        return False
    if running.equipment.id == job.equipment.id:
        return True
    supplies = {job.equipment.supply, running.equipment.supply}
    return running.commands and (len(supplies) == 1 or "" in supplies)


def _untrue(code: str, conditions: Iterable[Condition], view: View) -> list[Objection]:
    return [_cause(code, one, one.run(view)) for one in conditions if one.run(view) is not True]


def _cause(code: str, condition: Condition, value: object) -> Objection:
    return Objection(code, {"condition": condition.text, "value": "unknown" if value is None else str(value).lower()})
