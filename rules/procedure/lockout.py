"""Lock-outs: each person has one of their own, and equipment is free when the last is off.

A lock-out forbids only this gateway's commands; the machine's controller may still start it. In mid-test it is asked
for, the machine is given back first, and it stands once that was seen: from then on not even a safe command goes out.
"""

from dataclasses import replace

from rules.effects import Row
from rules.facts import AuditFact
from rules.inputs import AskRelease, ConfirmRelease, Lockout, Outcome
from rules.plain import to_plain
from rules.procedure import debts, orphan
from rules.procedure.cycle import Cycle
from rules.procedure.standing import LockedOut, Release
from rules.procedure.target import text_of

WAITS = 300.0
"""Seconds a lock-out in mid-test waits for the machine to be given back and at rest: cooling down and stopping."""
TOKEN = 600.0
"""Seconds in which the release of somebody else's lock-out must be confirmed: time to call the owner."""


def act(cycle: Cycle, request: Lockout) -> None:
    """Lock, or take the own lock off."""
    if request.equipment not in cycle.book.equipment and not request.release:
        cycle.refuse("procedure.no-equipment", equipment=request.equipment)
    elif request.release:
        _release_own(cycle, request)
    else:
        _lock(cycle, request)


def ask(cycle: Cycle, request: AskRelease) -> None:
    """First step of taking off the lock-out of somebody who is away. The owner is told by the event."""
    found = _find(cycle, request.equipment, request.owner)
    if found is None:
        cycle.refuse(
            "lockout.not-theirs",
            equipment=request.equipment,
            by=request.owner,
            owners=_owners(cycle, request.equipment),
        )
    elif request.by == request.owner:
        cycle.refuse("lockout.own", equipment=request.equipment)
    elif not request.verified:
        cycle.refuse("lockout.not-verified", equipment=request.equipment, by=request.owner)
    else:
        key, locked = found
        open_ = {token: one for token, one in cycle.procedures.releases.items() if cycle.now.since(one.since) <= TOKEN}
        asked = Release(key, locked.at, request.by, request.verified, cycle.now)
        cycle.procedures.releases = open_ | {request.token: asked}
        _audit(cycle, locked, "ask-release", request.by, request.verified, "issued")


def confirm(cycle: Cycle, request: ConfirmRelease) -> None:
    """Second step: the one who asked takes the lock-out off. A token serves once."""
    asked = cycle.procedures.releases.get(request.token)
    locked = _meant(cycle, asked) if asked is not None else None
    if asked is None or locked is None:
        cycle.refuse("lockout.no-token")
    elif asked.by != request.by:
        cycle.refuse("lockout.other-token", by=asked.by)
    else:
        del cycle.procedures.releases[request.token]
        _free(cycle, asked.lockout, locked, request.by, asked.verified)


def settle(cycle: Cycle) -> None:
    """Look at every lock-out that waits for its machine: confirmed, refused, or to wait."""
    for key, locked in list(cycle.procedures.lockouts.items()):
        if locked.asked is None:
            continue
        left = WAITS - cycle.now.since(locked.asked)
        if not any(_busy(cycle, name) or not _rests(cycle, name) for name in locked.waits):
            _keep(cycle, key, replace(locked, asked=None, waits=()))
            _audit(cycle, locked, "lockout", locked.by, locked.reason, Outcome.DONE)
        elif left > 0:
            cycle.wake(left)
        else:
            _drop(cycle, key)
            _audit(cycle, locked, "lockout", locked.by, locked.reason, Outcome.REFUSED, "lockout.make-safe")


def _lock(cycle: Cycle, request: Lockout) -> None:
    if _find(cycle, request.equipment, request.by) is not None:
        cycle.refuse("procedure.lockout-already", equipment=request.equipment, by=request.by)
        return
    machines = orphan.machines_of(request.equipment, cycle.book, cycle.procedures)
    locked = LockedOut(request.equipment, request.by, request.reason, cycle.moment, machines)
    reached = (name for name, job in cycle.book.command_sets.items() if request.equipment in job.blocked_by)
    waits = tuple(name for name in reached if _busy(cycle, name))
    if waits:
        locked = replace(locked, asked=cycle.now, waits=waits)
        for name in waits:
            debts.demand_all(cycle, name, "lockout")
    _keep(cycle, locked.key, locked)
    _audit(cycle, locked, "lockout", request.by, request.reason, "issued" if waits else Outcome.DONE)


def _release_own(cycle: Cycle, request: Lockout) -> None:
    found = _find(cycle, request.equipment, request.by)
    if found is not None:
        _free(cycle, *found, request.by, found[1].reason)
        return
    owners = _owners(cycle, request.equipment)
    code = "procedure.not-locked-out" if owners == "-" else "lockout.not-yours"
    cycle.refuse(code, equipment=request.equipment, owners=owners)


def _busy(cycle: Cycle, name: str) -> bool:
    """Whether a command to it is under way, or it has yet to be given back."""
    procedures, jobs = cycle.procedures, cycle.jobs
    runs = (run.job for run in procedures.runs.values() if run.job in jobs and jobs[run.job].commands)
    return (
        any(jobs[job].equipment.id == name for job in runs)
        or any(owed.equipment == name and not owed.by_hand for owed in procedures.obligations.values())
        or any(command.equipment == name for command in procedures.commands.values())
    )


def _rests(cycle: Cycle, name: str) -> bool:
    """Whether it is seen to stand still; nobody knows of one that has no sign of it."""
    job = cycle.book.command_sets.get(name)
    return job is None or job.rest is None or job.rest.holds(cycle.view) is True


def _find(cycle: Cycle, equipment: str, owner: str) -> tuple[str, LockedOut] | None:
    found = cycle.procedures.lockouts.items()
    return next(((key, one) for key, one in found if (one.equipment, one.by) == (equipment, owner)), None)


def _owners(cycle: Cycle, equipment: str) -> str:
    return ", ".join(one.by for one in cycle.procedures.lockouts.values() if one.equipment == equipment) or "-"


def _meant(cycle: Cycle, asked: Release) -> LockedOut | None:
    """The lock-out whose release was asked for; None: it is off, or the time to confirm is over."""
    locked = cycle.procedures.lockouts.get(asked.lockout)
    stands = locked is not None and locked.at == asked.put_on
    return locked if stands and cycle.now.since(asked.since) <= TOKEN else None


def _free(cycle: Cycle, key: str, locked: LockedOut, by: str, why: str) -> None:
    _drop(cycle, key)
    _audit(cycle, locked, "release", by, why, Outcome.DONE)


def _keep(cycle: Cycle, key: str, locked: LockedOut) -> None:
    cycle.procedures.lockouts[key] = locked
    cycle.effects.rows.append(Row("lockout", key, to_plain(locked)))


def _drop(cycle: Cycle, key: str) -> None:
    del cycle.procedures.lockouts[key]
    cycle.effects.rows.append(Row("lockout", key, None))


def _audit(cycle: Cycle, locked: LockedOut, action: str, by: str, why: str, outcome: str, detail: str = "") -> None:
    machine = text_of(locked.machines)
    told = f"{locked.by}: {detail}" if by != locked.by else detail
    fact = AuditFact(
        f"{locked.key}/{action}", action, locked.equipment, by, why, outcome, detail=told.rstrip(": "), machine=machine
    )
    cycle.audit(fact)
