"""What must stay as it is under a machine that is under test, owed a command or locked out: all that it hangs on."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from rules.condition import Condition
from rules.engine.rulebook import Rulebook
from rules.model import Equipment
from rules.plain import meaning
from rules.procedure.compiled import CompiledProcedure
from rules.procedure.state import ProcedureState
from rules.procedure.target import commanded_devices, device_of

MACHINE = "machine"
"""That the equipment is another machine, as ``changes`` calls it."""


def bound(procedures: ProcedureState, book: Rulebook) -> dict[str, frozenset[str]]:
    """Equipment that is under test, owed, locked or commanded now -> the devices it hangs on."""
    return {name: frozenset(_devices(name, book)) for name in sorted(_busy(procedures, book))}


def changes(name: str, before: Rulebook, after: Rulebook) -> list[str]:
    """What of the equipment ``name`` differs: machine, equipment, class, interlock or reach of lock-outs."""
    return [what for what, look in PARTS.items() if look(name, before) != look(name, after)] + (
        [MACHINE] if _moved(name, before, after) else []
    )


def _busy(procedures: ProcedureState, book: Rulebook) -> set[str]:
    locked = {one.equipment for one in procedures.lockouts.values()}
    reached = {name for name, job in book.command_sets.items() if not locked.isdisjoint(job.blocked_by)}
    tested = {run.job.partition("/")[0] for run in procedures.runs.values()}
    owed = {one.equipment for one in procedures.obligations.values()}
    given = {one.equipment for one in procedures.commands.values()}
    return {*locked, *reached, *tested, *owed, *given}


def _devices(name: str, book: Rulebook) -> Iterator[str]:
    one = book.equipment.get(name)
    if one is not None:
        yield from commanded_devices(one)
    yield from (device_of(point) for point in _points(name, book))


def _points(name: str, book: Rulebook) -> set[str]:
    """Every point that plays a role of it or decides on its commands."""
    one, job = book.equipment.get(name), book.command_sets.get(name)
    own = {binding.point for binding in one.roles.values()} if one is not None else set[str]()
    if job is None:
        return own
    slots = _slots(job, book)
    return own | {point for point, feeds in book.feeds.items() if any(feed.slot in slots for feed in feeds)}


def _slots(job: CompiledProcedure, book: Rulebook) -> set[int]:
    """What its interlocks and its handover read, through every function between."""
    inputs = {instance.slot: instance.inputs for instance in book.instances}
    conditions = [lock.when for lock in job.locks] + [job.handover]
    open_ = [slot for condition in conditions if condition is not None for slot in condition.slots]
    seen = set[int]()
    while open_:
        slot = open_.pop()
        if slot not in seen:
            seen.add(slot)
            open_ += inputs.get(slot, ())
    return seen


def _interlocks(name: str, book: Rulebook) -> object:
    """Interlocks and handover: their words, what they forbid, and all equipment that they read."""
    job = book.command_sets.get(name)
    if job is None:
        return None
    locks = [(lock.interlock.id, lock.interlock.forbids, lock.interlock.aborts, _text(lock.when)) for lock in job.locks]
    points = _points(name, book)
    read = sorted(one.id for one in book.equipment.values() if any(role.point in points for role in one.roles.values()))
    return locks, _text(job.handover), points, [(_thing(one, book), _class(one, book)) for one in read]


def _text(condition: Condition | None) -> str | None:
    return None if condition is None else condition.text


def _thing(name: str, book: Rulebook) -> object:
    """An equipment without the words that only people read."""
    one: Equipment | None = book.equipment.get(name)
    return None if one is None else meaning(replace(one, title={}, location={}, asset=""))


def _class(name: str, book: Rulebook) -> object:
    one = book.equipment.get(name)
    return None if one is None else meaning(book.classes.get(one.cls))


def _reach(name: str, book: Rulebook) -> object:
    """Whose lock-outs reach it, and whom its own reaches."""
    job = book.command_sets.get(name)
    reached = {other for other, one in book.command_sets.items() if name in one.neighbours}
    return job.neighbours if job is not None else None, reached


def _moved(name: str, before: Rulebook, after: Rulebook) -> bool:
    """Whether it is another machine. While a name is not resolved nobody knows; nothing moves there then."""
    old, new = before.targets.get(name, ()), after.targets.get(name, ())
    known = before.machines is None or after.machines is None or all(one.wire for one in (*old, *new))
    return known and old != new


PARTS: dict[str, Callable[[str, Rulebook], object]] = {
    "equipment": _thing,
    "class": _class,
    "interlock": _interlocks,
    "reach": _reach,
}
"""What ``changes`` calls the parts of an equipment -> what there is of it under a rulebook."""
