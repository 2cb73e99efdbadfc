"""Files put right under orphans: what may change in a reload so that each finds its own machine again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rules.condition.scope import Feed
from rules.engine.bound import MACHINE, changes
from rules.engine.rulebook import Rulebook
from rules.model import Equipment
from rules.procedure.orphan import found_again, still_told, strangers
from rules.procedure.state import ProcedureState
from rules.procedure.target import commanded_devices, device_of

PLACE, MOVES, RECORD = "place", "moves", "record"
"""Parts of a device: where it is reached, what its commands write in which group, and who it should be."""


@dataclass(frozen=True, slots=True)
class Rebinding:
    """What a reload may move back to its place; all else that is bound stays as it is."""

    debts: frozenset[str]
    """Orphans that are none under the new rulebook, as ``settle`` calls them."""
    equipment: frozenset[str]
    """What is bound by nothing but these, and is one of their machines or stands in the place of one."""
    devices: frozenset[str]
    """Devices that carry out its commands, and those that stand in the place of such a machine."""
    strangers: frozenset[str]
    """Devices that do not answer as the one on record, or have not answered."""

    def free(self, name: str, device: str) -> frozenset[str]:
        """The parts of ``device`` that a reload may change under ``name``; whether that was right is asked of machines.

        Where it is reached and what it moves belong to the machine, which has to be found again. Who it should be is
        asked of the device, and what is owed keeps the serial number of its own machine.
        """
        movable = name in self.equipment and device in self.devices
        return frozenset({PLACE, MOVES} if movable else ()) | frozenset({RECORD} if device in self.strangers else ())

    def changes(self, name: str, before: Rulebook, after: Rulebook) -> list[str]:
        """As ``rules.engine.bound.changes``, without what had to change for a machine to be found again."""
        if name not in self.equipment:
            # What only reads the same points by mistake is no part of it.
            known = {one: after.equipment[one] for one in self.equipment if one in after.equipment}
            return changes(name, replace(before, equipment={**before.equipment, **known}), after)
        old, new = before.equipment.get(name), after.equipment.get(name)
        if old is None or new is None:
            # The files did not know it, or called the machine so by mistake: nothing that it could differ from.
            return []
        before = _moved(old, new, before)
        return [what for what in changes(name, before, after) if what != MACHINE]


def rebinding(procedures: ProcedureState, before: Rulebook, after: Rulebook) -> Rebinding:
    """What ``after`` puts right of the orphans that stand under ``before``."""
    # What told its serial number in another place has told nothing where it is looked for now.
    told = replace(procedures, identities=still_told(procedures, before, after))
    found = [one for one in procedures.orphans if found_again(one, after, told)]
    debts, owners = frozenset(one.debt for one in found), {one.equipment for one in found}
    places = {machine.place for one in found for machine in one.machines}
    there = {name for name, targets in before.targets.items() if any(one.place in places for one in targets)}
    equipment = frozenset(name for name in owners | there if debts.issuperset(_reasons(name, procedures, before)))
    known = [before.equipment[name] for name in equipment if name in before.equipment]
    devices = {device for one in known for device in commanded_devices(one)}
    devices |= {device_of(name) for name, target in (before.machines or {}).items() if target.place in places}
    return Rebinding(debts, equipment, frozenset(devices), strangers(after, procedures))


def _moved(old: Equipment, new: Equipment, book: Rulebook) -> Rulebook:
    """``book`` with ``old`` on the devices that command ``new``: what it reads of them moves with its commands."""
    commands = {verb: new.commands.get(verb, reference) for verb, reference in old.commands.items()}
    devices = {device_of(old.commands[verb]): device_of(reference) for verb, reference in commands.items()}
    roles = {role: replace(one, point=_on(one.point, devices)) for role, one in old.roles.items()}
    feeds: dict[str, tuple[Feed, ...]] = {}
    for point, fed in book.feeds.items():
        place = _on(point, devices)
        feeds[place] = (*feeds.get(place, ()), *fed)
    one = replace(old, commands=commands, roles=roles)
    return replace(book, equipment={**book.equipment, old.id: one}, feeds=feeds)


def _on(point: str, devices: Mapping[str, str]) -> str:
    device, dot, name = point.partition(".")
    return f"{devices.get(device, device)}{dot}{name}"


def _reasons(name: str, procedures: ProcedureState, book: Rulebook) -> Iterator[str]:
    """Why ``name`` is bound: debts, and commands by their id."""
    job = book.command_sets.get(name)
    near = {name, *(job.blocked_by if job is not None else ())}
    yield from (one.debt for one in procedures.lockouts.values() if one.equipment in near)
    yield from (one.debt for one in procedures.obligations.values() if one.equipment == name)
    yield from (run.debt for run in procedures.runs.values() if run.job.partition("/")[0] == name)
    yield from (one.id for one in procedures.commands.values() if one.equipment == name)
