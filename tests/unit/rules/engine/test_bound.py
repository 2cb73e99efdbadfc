"""What must stay as it is under a machine: all equipment that something stands against, and all devices it hangs on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rules.effects import Effects
from rules.engine.bound import bound
from rules.inputs import GiveCommand, Lockout, StartRun
from tests.unit.rules.procedure.room import Room

FIRST, SECOND = "generator-1", "generator-2"
FIRE = {"mains", "panel", "point"}
"""What decides on commands to a set, beside the set itself."""


def lock(equipment: str) -> Callable[[Room], Effects]:
    return lambda room: room.put(Lockout(equipment, "Li", "oil"))


STANDS: list[tuple[str, Callable[[Room], object], dict[str, set[str]]]] = [
    ("nothing", lambda room: None, {}),
    ("a lock-out", lock(FIRST), {FIRST: {FIRST, *FIRE}, SECOND: {SECOND, *FIRE}}),
    ("of its mains", lock("mains"), {FIRST: {FIRST, *FIRE}, SECOND: {SECOND, *FIRE}, "mains": {"mains"}}),
    ("of what takes no commands", lock("point"), {"point": {"point"}}),
    ("a command by hand", lambda room: room.put(GiveCommand("h", FIRST, "manual", "Li")), {FIRST: {FIRST, *FIRE}}),
    ("a test", lambda room: room.put(StartRun("generator-weekly", FIRST, "Li")), {FIRST: {FIRST, *FIRE}}),
]


@pytest.mark.parametrize(("act", "expected"), [row[1:] for row in STANDS], ids=[row[0] for row in STANDS])
def test_what_something_stands_against_and_what_it_hangs_on(
    act: Callable[[Room], object], expected: dict[str, set[str]]
) -> None:
    room = Room().live(5)
    act(room)
    assert bound(room.state.procedures, room.engine.rulebook) == expected


def test_equipment_that_is_gone_is_bound_and_hangs_on_nothing() -> None:
    room = Room().live(5)
    room.put(Lockout(SECOND, "Li", "oil"))
    gone = {name: one for name, one in room.engine.rulebook.equipment.items() if name != SECOND}
    assert bound(room.state.procedures, replace(room.engine.rulebook, equipment=gone))[SECOND] <= FIRE | {SECOND}
