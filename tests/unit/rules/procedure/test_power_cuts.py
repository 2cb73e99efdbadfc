"""The two worst moments at every step of a run: the agent dies, the mains fails, and both."""

import pytest

from tests.unit.rules.procedure.room import Room

STEPS = [f"main/{index}" for index in range(8)] + [f"always/{index}" for index in range(3)]
PASSED_AT_ONCE = {"main/2", "main/5", "main/7", "always/0"}
"""Steps that are over in the second they begin."""
SEEN = [step for step in STEPS if step not in PASSED_AT_ONCE]


def running_at(place: str) -> Room:
    room = Room()
    room.start()
    return room.until(place)


def audited_before(room: Room) -> bool:
    """Whether every command that acted has exactly one audit row of its own."""
    return len(room.log) == len(set(room.log)) and len(room.log) >= len(room.acted)


@pytest.mark.parametrize("off", [1, 40])
@pytest.mark.parametrize("place", SEEN)
def test_killed_at_every_step(place: str, off: int) -> None:
    room = running_at(place).kill(off).live(300)
    assert (room.machine.mode, room.machine.phase) == ("auto", "idle")
    assert (room.run, room.obligations()) == (None, [])
    assert room.record.verdict == ("passed" if place.startswith("always") else "aborted")
    assert "procedure.restart" in [reason.code for reason in room.record.reasons]
    assert room.acted.count("start") <= 1
    assert audited_before(room)


@pytest.mark.parametrize("place", SEEN)
def test_always_is_the_first_thing_after_a_restart(place: str) -> None:
    room = running_at(place)
    before = len(room.acted)
    # Whether a person has taken it in hand meanwhile must be read first.
    room.kill().live(1)
    assert room.acted[before:] == ["auto"]


@pytest.mark.parametrize("verb", ["manual", "start", "auto"])
def test_killed_between_audit_and_act(verb: str) -> None:
    room = Room()
    room.held.add(verb)
    room.start()
    while verb not in [command.verb for command in room.pending]:
        room.live(1)
    room.kill().live(300)
    told = [event.outcome for event in room.events if event.kind == "audit" and event.action == verb]
    assert (told[:2], room.acted.count(verb)) == (["issued", "unknown"], 1 if verb == "auto" else 0)
    assert (room.machine.mode, room.machine.phase) == ("auto", "idle")


@pytest.mark.parametrize("verb", ["manual", "start"])
def test_killed_between_act_and_outcome(verb: str) -> None:
    room = Room()
    room.unheard.add(verb)
    room.start()
    while verb not in room.acted:
        room.live(1)
    room.kill().live(300)
    assert (room.acted.count(verb), room.machine.mode, room.machine.phase) == (1, "auto", "idle")
    assert audited_before(room)


def test_outcome_that_never_comes_is_unknown_and_read_back() -> None:
    room = Room()
    room.unheard.add("start")
    room.start()
    room.live(60)
    room.held.clear()
    room.until("")
    reasons = [reason.code for reason in room.record.reasons]
    assert (room.record.verdict, reasons, room.acted.count("start")) == ("passed", ["procedure.command-unknown"], 1)


@pytest.mark.parametrize("second", range(0, 110, 7))
def test_killed_at_any_second(second: int) -> None:
    room = Room()
    room.start()
    room.live(second).kill(3).live(300)
    assert (room.machine.mode, room.machine.phase, room.run) == ("auto", "idle", None)
    assert room.acted.count("start") <= 1
    assert audited_before(room)


def test_killed_twice_on_the_way_back() -> None:
    room = running_at("main/6").kill().live(1).kill().live(1).kill().live(300)
    assert (room.machine.mode, room.machine.phase, room.records()) == ("auto", "idle", ["aborted"])
    assert audited_before(room)


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("place", SEEN)
def test_mains_fails_at_every_step(place: str, killed: bool) -> None:
    room = running_at(place)
    room.mains.faults.add("off")
    if killed:
        room.kill()
    room.live(300)
    assert (room.machine.mode, room.building.generator) == ("auto", True)
    assert not {"stop", "cancel"} & set(room.acted)
    assert (room.run, room.obligations(), room.acted.count("start") <= 1) == (None, [], True)


@pytest.mark.parametrize("place", ["main/3", "main/6"])
def test_needed_set_is_handed_over_without_a_break(place: str) -> None:
    room = running_at(place)
    room.mains.faults.add("off")
    room.live(15)
    assert (room.record.verdict, room.machine.mode) == ("handed_over", "auto")
    assert [step.outcome for step in room.record.steps][-1] == "skipped"


def test_mains_failure_is_not_a_failed_test() -> None:
    room = running_at("main/6")
    room.mains.faults.add("off")
    room.live(60)
    assert "generator-1/G05" not in room.state.alarms


def test_store_holds_what_the_state_says() -> None:
    room = running_at("main/6")
    rows = {(row.table, row.key) for row in room.state.procedures.rows()}
    assert rows == {key for key in room.store if key[0] not in ("alarm", "order", "held", "window")}
