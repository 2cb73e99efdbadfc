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
from rules.procedure.round import Round
from rules.procedure.standing import LockedOut, Release
from rules.procedure.target import text_of

WAITS = 300.0
"""Seconds a lock-out in mid-test waits for the machine to be given back and at rest: cooling down and stopping."""
TOKEN = 600.0
"""Seconds in which the release of somebody else's lock-out must be confirmed: time to call the owner."""


def act(round_: Round, request: Lockout) -> None:
    """Lock, or take the own lock off."""
    if request.equipment not in round_.book.equipment and not request.release:
        round_.refuse("procedure.no-equipment", equipment=request.equipment)
    elif request.release:
        _release_own(round_, request)
    else:
        _lock(round_, request)


def ask(round_: Round, request: AskRelease) -> None:
    """First step of taking off the lock-out of somebody who is away. The owner is told by the event."""
    found = _find(round_, request.equipment, request.owner)
    if found is None:
        round_.refuse(
            "lockout.not-theirs",
            equipment=request.equipment,
            by=request.owner,
            owners=_owners(round_, request.equipment),
        )
    elif request.by == request.owner:
        round_.refuse("lockout.own", equipment=request.equipment)
    elif not request.verified:
        round_.refuse("lockout.not-verified", equipment=request.equipment, by=request.owner)
    else:
        key, locked = found
        round_.procedures.releases[request.token] = Release(key, request.by, request.verified, round_.now)
        _audit(round_, locked, "ask-release", request.by, request.verified, "issued")


def confirm(round_: Round, request: ConfirmRelease) -> None:
    """Second step: the one who asked takes the lock-out off. A token serves once."""
    asked = round_.procedures.releases.get(request.token)
    locked = round_.procedures.lockouts.get(asked.lockout) if asked is not None else None
    if asked is None or locked is None or round_.now.since(asked.since) > TOKEN:
        round_.procedures.releases.pop(request.token, None)
        round_.refuse("lockout.no-token")
    elif asked.by != request.by:
        round_.refuse("lockout.other-token", by=asked.by)
    else:
        del round_.procedures.releases[request.token]
        _free(round_, asked.lockout, locked, request.by, asked.verified)


def settle(round_: Round) -> None:
    """Look at every lock-out that waits for its machine: confirmed, refused, or to wait."""
    for key, locked in list(round_.procedures.lockouts.items()):
        if locked.asked is None:
            continue
        left = WAITS - round_.now.since(locked.asked)
        if not any(_busy(round_, name) or not _rests(round_, name) for name in locked.waits):
            _keep(round_, key, replace(locked, asked=None, waits=()))
            _audit(round_, locked, "lockout", locked.by, locked.reason, Outcome.DONE)
        elif left > 0:
            round_.wake(left)
        else:
            _drop(round_, key)
            _audit(round_, locked, "lockout", locked.by, locked.reason, Outcome.REFUSED, "lockout.make-safe")


def _lock(round_: Round, request: Lockout) -> None:
    if _find(round_, request.equipment, request.by) is not None:
        round_.refuse("procedure.lockout-already", equipment=request.equipment, by=request.by)
        return
    machines = orphan.machines_of(request.equipment, round_.book, round_.procedures)
    locked = LockedOut(request.equipment, request.by, request.reason, round_.moment, machines)
    reached = (name for name, job in round_.book.command_sets.items() if request.equipment in job.blocked_by)
    waits = tuple(name for name in reached if _busy(round_, name))
    if waits:
        locked = replace(locked, asked=round_.now, waits=waits)
        for name in waits:
            debts.demand_all(round_, name, "lockout")
    _keep(round_, locked.key, locked)
    _audit(round_, locked, "lockout", request.by, request.reason, "issued" if waits else Outcome.DONE)


def _release_own(round_: Round, request: Lockout) -> None:
    found = _find(round_, request.equipment, request.by)
    if found is not None:
        _free(round_, *found, request.by, found[1].reason)
        return
    owners = _owners(round_, request.equipment)
    code = "procedure.not-locked-out" if owners == "-" else "lockout.not-yours"
    round_.refuse(code, equipment=request.equipment, owners=owners)


def _busy(round_: Round, name: str) -> bool:
    """Whether a command to it is under way, or it has yet to be given back."""
    procedures, jobs = round_.procedures, round_.jobs
    runs = (run.job for run in procedures.runs.values() if run.job in jobs and jobs[run.job].commands)
    return (
        any(jobs[job].equipment.id == name for job in runs)
        or any(owed.equipment == name and not owed.by_hand for owed in procedures.obligations.values())
        or any(command.equipment == name for command in procedures.commands.values())
    )


def _rests(round_: Round, name: str) -> bool:
    """Whether it is seen to stand still; nobody knows of one that has no sign of it."""
    job = round_.book.command_sets.get(name)
    return job is None or job.rest is None or job.rest.holds(round_.view) is True


def _find(round_: Round, equipment: str, owner: str) -> tuple[str, LockedOut] | None:
    found = round_.procedures.lockouts.items()
    return next(((key, one) for key, one in found if (one.equipment, one.by) == (equipment, owner)), None)


def _owners(round_: Round, equipment: str) -> str:
    return ", ".join(one.by for one in round_.procedures.lockouts.values() if one.equipment == equipment) or "-"


def _free(round_: Round, key: str, locked: LockedOut, by: str, why: str) -> None:
    _drop(round_, key)
    _audit(round_, locked, "release", by, why, Outcome.DONE)


def _keep(round_: Round, key: str, locked: LockedOut) -> None:
    round_.procedures.lockouts[key] = locked
    round_.effects.rows.append(Row("lockout", key, to_plain(locked)))


def _drop(round_: Round, key: str) -> None:
    del round_.procedures.lockouts[key]
    round_.effects.rows.append(Row("lockout", key, None))


def _audit(round_: Round, locked: LockedOut, action: str, by: str, why: str, outcome: str, detail: str = "") -> None:
    machine = text_of(locked.machines)
    told = f"{locked.by}: {detail}" if by != locked.by else detail
    fact = AuditFact(
        f"{locked.key}/{action}", action, locked.equipment, by, why, outcome, detail=told.rstrip(": "), machine=machine
    )
    round_.audit(fact)
