"""From one rulebook to the next while everything goes on: what still fits is kept, what does not is named."""

from dataclasses import dataclass, replace

from drivers.points import Instant, PlantgateError
from rules.effects import Effects
from rules.engine.bound import bound
from rules.engine.intake import take
from rules.engine.memories import NOTHING, forgotten_rows
from rules.engine.rebinding import rebinding
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.plain import meaning
from rules.procedure.orphan import still_told
from rules.view import View


@dataclass(frozen=True, slots=True)
class Carried:
    """The state under the new rulebook; nothing was evaluated yet. Points the old one did not read are unread."""

    state: EngineState
    effects: Effects
    dropped: tuple[str, ...]
    """Memories that fit nothing any more, such as ``avg(tank-1.level,600.0)``: what they counted begins anew."""


def objections(state: EngineState, before: Rulebook, after: Rulebook) -> list[PlantgateError]:
    """What forbids to change rulebooks now: a test whose procedure changed, and any change under a bound machine.

    An orphan forbids it unless it finds its own machine again in ``after``.
    """
    procedures, right = state.procedures, rebinding(state.procedures, before, after)
    found = [
        PlantgateError("reload.orphan", debt=one.debt) for one in procedures.orphans if one.debt not in right.debts
    ]
    found += [
        PlantgateError("reload.run-active", run=run.id)
        for run in procedures.runs.values()
        if (run.job in before.jobs or run.debt not in right.debts)
        and _procedure(before, run.job) != _procedure(after, run.job)
    ]
    for name in bound(procedures, before):
        changed = right.changes(name, before, after)
        found += [PlantgateError("reload.bound", equipment=name, what=what) for what in changed]
    return found


def carry(state: EngineState, before: Rulebook, after: Rulebook, at: Instant) -> Carried:
    """Take ``state`` over; it must not be used again. Alarms whose rule or equipment has gone are closed."""
    carried, effects = EngineState.initial(after, at), Effects()
    carried.alarms, carried.orders, carried.procedures = state.alarms, state.orders, state.procedures
    carried.procedures.identities = still_told(state.procedures, before, after)
    carried.flood = state.flood
    carried.checkpoint = state.checkpoint
    _move_readings(state.view, carried.view, before, after)
    dropped = _move_memories(state, carried, before, after)
    for index in dropped:
        effects.rows += forgotten_rows(before.instances[index].function, state.stored.get(index, NOTHING))
    carried.close_unknown(after, effects, at)
    return Carried(carried, effects, tuple(before.instances[index].function.key for index in dropped))


def _move_readings(old: View, new: View, before: Rulebook, after: Rulebook) -> None:
    for point, feeds in after.feeds.items():
        reading = old.readings[before.feeds[point][0].slot] if point in before.feeds else None
        if reading is not None:
            for feed in feeds:
                take(new, feed, reading)


def _move_memories(state: EngineState, carried: EngineState, before: Rulebook, after: Rulebook) -> list[int]:
    """Functions of equal key go on where they were; returns the places of the others."""
    places = {instance.function.key: index for index, instance in enumerate(after.instances)}
    dropped = []
    for index, instance in enumerate(before.instances):
        place = places.get(instance.function.key)
        if place is None:
            dropped.append(index)
            continue
        carried.view.memories[place] = state.view.memories[index]
        carried.stored[place] = state.stored.get(index, NOTHING)
        if index in state.dirty:
            carried.dirty.add(place)
    return dropped


def _procedure(rulebook: Rulebook, key: str) -> object:
    """The procedure of a run; when it starts by itself is no part of it."""
    job = rulebook.jobs.get(key)
    return job and meaning(replace(job.procedure, schedule=None))
