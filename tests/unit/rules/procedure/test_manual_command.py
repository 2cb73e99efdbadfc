"""A command by hand: the objections of a test, its audit and its outcome; given once and never again."""

from collections.abc import Callable

import pytest

from rules.inputs import GiveCommand, Lockout, Outcome, StorageState
from tests.unit.rules.procedure.room import Room

Prepare = Callable[[Room], object]


def give(room: Room, command: str, equipment: str = "generator-1", id: str = "h-1") -> list[str]:
    """Give it and let the wire act; the codes of what was refused."""
    refused = [error.code for error in room.put(GiveCommand(id, equipment, command, "Li")).refused]
    room.carry_out()
    return refused


def fire(room: Room) -> None:
    room.fire = "alarm"
    room.live(3)


def mains_off(room: Room) -> None:
    room.mains.faults.add("off")
    room.live(3)


def mains_silent(room: Room) -> None:
    room.silent.add("mains")
    room.live(30)
    room.shown.clear()
    room.live(3)


def a_test_runs(room: Room) -> None:
    room.start()
    room.live(2)


AGAINST_MOVING: list[tuple[str, Prepare, str]] = [
    ("fire", fire, "procedure.interlock"),
    ("mains lost", mains_off, "procedure.interlock"),
    ("mains unknown", mains_silent, "procedure.interlock"),
    ("a test runs", a_test_runs, "procedure.busy"),
    ("no durable audit", lambda room: room.put(StorageState(False)), "procedure.not-durable"),
    ("locked out", lambda room: room.put(Lockout("generator-1", "Li")), "procedure.locked-out"),
    ("feeder locked out", lambda room: room.put(Lockout("mains", "Li")), "procedure.locked-out"),
]


@pytest.mark.parametrize(("prepare", "code"), [case[1:] for case in AGAINST_MOVING], ids=[c[0] for c in AGAINST_MOVING])
def test_what_keeps_a_test_from_starting_keeps_a_hand_from_moving(prepare: Prepare, code: str) -> None:
    room = Room().live(5)
    prepare(room)
    before = list(room.acted)
    assert code in give(room, "start")
    assert room.acted == before


@pytest.mark.parametrize("prepare", [fire, mains_off, mains_silent, lambda room: room.put(StorageState(False))])
def test_giving_back_is_always_allowed(prepare: Prepare) -> None:
    room = Room().live(5)
    prepare(room)
    assert give(room, "auto") == []
    assert room.acted == ["auto"]


def test_a_lockout_forbids_even_giving_back() -> None:
    room = Room().live(5)
    room.put(Lockout("generator-1", "Li"))
    assert give(room, "auto") == ["procedure.locked-out"]
    assert room.acted == []


def test_it_is_audited_before_it_acts_and_its_outcome_after() -> None:
    room = Room().live(5)
    effects = room.put(GiveCommand("h-1", "generator-1", "start", "Li"))
    assert [(command.id, command.verb, command.target) for command in effects.commands] == [
        ("h-1", "start", "generator-1.start")
    ]
    assert room.log[-1] == "audit h-1"
    assert room.acted == []
    room.carry_out()
    told = [(event.by, event.outcome) for event in room.events if event.kind == "audit" and event.id == "h-1"]
    assert told == [("Li", "issued"), ("Li", Outcome.DONE)]
    assert room.state.procedures.outcomes == {"h-1": "done"}


@pytest.mark.parametrize(
    ("equipment", "command"),
    [("generator-1", "explode"), ("panel", "reset"), ("mains", "start"), ("nobody", "start")],
)
def test_what_has_no_such_command_is_refused(equipment: str, command: str) -> None:
    room = Room().live(5)
    assert give(room, command, equipment) == ["byhand.no-command"]
    assert room.acted == []


def test_a_device_that_refuses_is_told_so() -> None:
    room = Room().live(5)
    room.deaf.add("start")
    give(room, "start")
    assert room.state.procedures.outcomes["h-1"] == "refused"


def test_after_a_power_cut_the_outcome_is_unknown_and_nothing_is_repeated() -> None:
    room = Room().live(5)
    room.unheard.add("start")
    give(room, "start")
    assert room.acted == ["start"]
    room.kill().live(60)
    assert room.acted == ["start"]
    assert room.state.procedures.outcomes["h-1"] == "unknown"


def test_only_the_latest_outcomes_are_remembered() -> None:
    room = Room().live(5)
    for number in range(60):
        give(room, "auto", id=f"h-{number}")
    assert len(room.state.procedures.outcomes) == 50
    assert "h-59" in room.state.procedures.outcomes
