"""Orphans: what is owed, locked or under test, and whose machine is not where the site's files say it is."""

from collections.abc import Iterator
from dataclasses import replace

from rules.effects import Row
from rules.facts import AuditFact, Objection
from rules.inputs import Identified, Outcome, Settle
from rules.procedure.book import Book
from rules.procedure.cycle import Cycle
from rules.procedure.run import Phase, Verdict
from rules.procedure.standing import Orphan
from rules.procedure.state import OWED, ProcedureState
from rules.procedure.target import Target, commanded_devices, device_of, target_of, targets_of, text_of


def machines_of(equipment: str, book: Book, procedures: ProcedureState) -> tuple[Target, ...]:
    """The machines that ``equipment`` is now, with the serial numbers they told; to be recorded with an act."""
    one = book.equipment.get(equipment)
    serials = {device: told.serial for device, told in procedures.identities.items()}
    return () if one is None else targets_of(one, book.machines or {}, serials)


def machine_of(reference: str, book: Book, procedures: ProcedureState) -> Target:
    """The machine that the command ``reference`` goes to now, with the serial number it told."""
    told = procedures.identities.get(device_of(reference))
    return target_of(reference, book.machines or {}).told(told.serial if told is not None else "")


def orphans(book: Book, procedures: ProcedureState) -> tuple[Orphan, ...]:
    """Everything that is owed, locked or under test and whose equipment is gone or is another machine by now."""
    return tuple(one for one in _debts(procedures) if _lost(one, book, procedures))


def found_again(one: Orphan, book: Book, procedures: ProcedureState) -> bool:
    """Whether ``one`` finds exactly the machine that was recorded; where nobody can say, it does not."""
    recorded = bool(one.machines) and (book.machines is None or all(machine.wire for machine in one.machines))
    known = one.equipment in book.equipment and not _unresolved(one.equipment, book)
    return recorded and known and not _lost(one, book, procedures)


def still_told(procedures: ProcedureState, before: Book, after: Book) -> dict[str, Identified]:
    """Who answers as which device, of the devices that are looked for in the same place as before."""
    old, new = before.machines or {}, after.machines or {}
    return {device: told for device, told in procedures.identities.items() if old.get(device) == new.get(device)}


def strangers(book: Book, procedures: ProcedureState) -> frozenset[str]:
    """The devices that do not answer as the one on record, or have not answered."""
    known = {device for device, told in procedures.identities.items() if told.matches}
    return frozenset(device_of(reference) for reference in book.machines or {}) - known


def is_orphan(debt: str, procedures: ProcedureState) -> bool:
    """Whether ``debt`` is one; nothing is carried on for it."""
    return any(one.debt == debt for one in procedures.orphans)


def twin(device: str, book: Book, procedures: ProcedureState) -> str:
    """Another device that told the serial number of this one, at another place; empty: none."""
    told, known = procedures.identities.get(device), book.machines or {}
    if told is None or not told.serial or device not in known:
        return ""
    same = (name for name, other in procedures.identities.items() if other.serial == told.serial and name in known)
    return next((name for name in same if known[name].place != known[device].place), "")


def settle(cycle: Cycle, request: Settle) -> None:
    """An engineer has seen the machine: what was owed there is over. Whoever began it cannot settle it."""
    procedures = cycle.procedures
    found = next((one for one in _debts(procedures) if one.debt == request.debt), None)
    lost = found is not None and is_orphan(found.debt, procedures)
    if found is None or (not lost and not found.debt.startswith(OWED)):
        known = ", ".join(one.debt for one in _debts(procedures) if is_orphan(one.debt, procedures)) or "-"
        cycle.refuse("settle.unknown", debt=request.debt, known=known)
    elif found.by == request.by:
        cycle.refuse("settle.own", debt=request.debt, by=request.by)
    elif not request.reason:
        cycle.refuse("settle.reason", debt=request.debt)
    elif any(command.equipment == found.equipment for command in procedures.commands.values()):
        cycle.refuse("settle.command-open", debt=request.debt)
    else:
        _settled(cycle, found, request)


def _settled(cycle: Cycle, found: Orphan, request: Settle) -> None:
    kind, _, key = found.debt.partition("/")
    procedures, rows = cycle.procedures, cycle.effects.rows
    if kind == "run":
        run = next(run for run in procedures.runs.values() if run.id == key)
        causes = (*run.causes, Objection("settle.done", {"by": request.by, "reason": request.reason}))
        cycle.keep(replace(run, phase=Phase.DONE, verdict=Verdict.ABORTED, causes=causes))
    elif kind == "lockout":
        del procedures.lockouts[key]
        rows.append(Row("lockout", key, None))
    else:
        del procedures.obligations[key]
        rows.append(Row("obligation", key, None))
    procedures.orphans = orphans(cycle.book, procedures)
    machine = text_of(found.machines)
    fact = AuditFact(found.debt, "settle", found.equipment, request.by, request.reason, Outcome.DONE, machine=machine)
    cycle.audit(fact)


def _debts(procedures: ProcedureState) -> Iterator[Orphan]:
    for locked in procedures.lockouts.values():
        yield Orphan(locked.debt, locked.equipment, locked.machines, locked.by)
    for owed in procedures.obligations.values():
        yield Orphan(owed.debt, owed.equipment, owed.machines, owed.by)
    for run in procedures.runs.values():
        yield Orphan(run.debt, run.job.partition("/")[0], run.machines, run.by)


def _lost(one: Orphan, book: Book, procedures: ProcedureState) -> bool:
    if one.equipment not in book.equipment:
        return True
    if one.debt.startswith("run/") and not any(
        run.job in book.jobs for run in procedures.runs.values() if run.debt == one.debt
    ):
        return True
    now = machines_of(one.equipment, book, procedures)
    unrecorded = book.machines is not None and not all(machine.wire for machine in one.machines)
    if not one.machines or unrecorded or _unresolved(one.equipment, book):
        # Recorded by an older version, or nobody has resolved the name yet: then nothing moves there anyway.
        return False
    return not (_all_in(one.machines, now) and _all_in(now, one.machines))


def _unresolved(equipment: str, book: Book) -> bool:
    if book.machines is None:
        return False
    return not commanded_devices(book.equipment[equipment]) <= book.machines.keys()


def _all_in(some: tuple[Target, ...], others: tuple[Target, ...]) -> bool:
    return all(any(one.same(other) for other in others) for one in some)
