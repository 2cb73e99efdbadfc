"""What stands against commands, asked in every way there is: by hand, at the start, in mid-test, before the wire."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.points import Effect, Finding
from rules.effects import Command
from rules.engine.rulebook import Rulebook
from rules.engine.step import Engine
from rules.facts import moment
from rules.inputs import AbortRun, Disarm, GiveCommand, Hold, Identified, Lockout, StartRun, StorageState
from rules.model import Origin
from rules.procedure.disarm import judged
from rules.procedure.target import Target
from tests.unit.rules.procedure.room import Room

Prepare = Callable[[Room], object]
HERE = {"generator-1": Target("tcp:10.0.0.5:502", "1"), "generator-2": Target("tcp:10.0.0.6:502", "1")}
ME, OTHER = Identified("generator-1", "1", True), Identified("generator-2", "2", True)
GIVEN = ("start", "stop", "manual", "auto")
"""Every verb of the class with its effect: start, stop, switch, safe."""
SAFE_ONLY, NOTHING = {"auto"}, set[str]()


def change(room: Room, make: Callable[[Rulebook], Rulebook]) -> None:
    room.engine = Engine(make(room.engine.rulebook), Origin("gw", "e1"))
    room.state.fresh = True
    room.put()


def known(seconds: float = 5.0) -> Room:
    """A room where everybody knows which machine is which."""
    room = Room()
    change(room, lambda book: book.resolved(HERE))
    room.put(ME)
    room.put(OTHER)
    return room.live(seconds)


def fire(room: Room) -> None:
    room.fire = "alarm"
    room.live(3)


def mains_off(room: Room) -> None:
    room.mains.faults.add("off")
    room.live(3)


def restored(room: Room) -> None:
    room.state.procedures.disarmed = judged(room.state.procedures, "e2", "store-restored", moment(room.now))


def silent(device: str) -> Prepare:
    def prepare(room: Room) -> None:
        room.silent.add(device)
        room.live(3)

    return prepare


def unarmed(room: Room) -> None:
    change(room, lambda book: replace(book, unarmed={"generator-1": (Finding("template.no-effect"),)}))


SITUATIONS: list[tuple[str, Prepare, set[str], str]] = [
    ("held", lambda room: room.put(Hold("Li", "work")), SAFE_ONLY, "hold.standing"),
    ("locked out", lambda room: room.put(Lockout("generator-1", "Li")), NOTHING, "procedure.locked-out"),
    ("feeder locked out", lambda room: room.put(Lockout("mains", "Li")), NOTHING, "procedure.locked-out"),
    ("fire", fire, SAFE_ONLY, "procedure.interlock"),
    ("fire panel silent", silent("panel"), SAFE_ONLY, "procedure.interlock"),
    ("mains lost", mains_off, SAFE_ONLY, "procedure.interlock"),
    ("mains meter silent", silent("mains"), SAFE_ONLY, "procedure.interlock"),
    ("nothing stored", lambda room: room.put(StorageState(False)), SAFE_ONLY, "procedure.not-durable"),
    ("epoch begun while we run", lambda room: room.put(Disarm("e2", "volatile")), SAFE_ONLY, "disarmed.standing"),
    ("store restored", restored, NOTHING, "disarmed.standing"),
    ("unsafe files", unarmed, NOTHING, "unarmed.equipment"),
    ("not identified", lambda room: room.state.procedures.identities.clear(), SAFE_ONLY, "identity.unknown"),
    ("identity lost", lambda room: room.put(replace(ME, matches=None)), SAFE_ONLY, "identity.unknown"),
    ("another machine", lambda room: room.put(replace(ME, matches=False)), NOTHING, "identity.mismatch"),
    ("one serial twice", lambda room: room.put(replace(OTHER, serial="1")), NOTHING, "identity.twice"),
]
IDS = [row[0] for row in SITUATIONS]


def test_two_devices_of_one_serial_number_are_told_once() -> None:
    room = known()
    for _ in range(2):
        room.put(replace(OTHER, serial="1"))
    told = [(event.code, event.arguments["serial"]) for event in room.events if event.kind == "system"]
    assert told == [("device.twin", "1")]


def refused(room: Room, command: str) -> list[str]:
    return [error.code for error in room.put(GiveCommand(f"h-{command}", "generator-1", command, "Li")).refused]


@pytest.mark.parametrize(("prepare", "allowed", "code"), [row[1:] for row in SITUATIONS], ids=IDS)
@pytest.mark.parametrize("verb", GIVEN)
def test_a_command_by_hand(verb: str, prepare: Prepare, allowed: set[str], code: str) -> None:
    room = known()
    prepare(room)
    codes = refused(room, verb)
    assert codes == [] if verb in allowed else code in codes
    assert [command.verb for command in room.pending] == ([verb] if verb in allowed else [])


@pytest.mark.parametrize(("prepare", "allowed", "code"), [row[1:] for row in SITUATIONS], ids=IDS)
def test_no_test_starts(prepare: Prepare, allowed: set[str], code: str) -> None:
    room = known()
    prepare(room)
    codes = [error.code for error in room.put(StartRun("generator-weekly", "generator-1", "Li")).refused]
    assert code in codes
    assert (room.run, room.pending) == (None, [])


@pytest.mark.parametrize(("prepare", "allowed", "code"), [row[1:] for row in SITUATIONS], ids=IDS)
@pytest.mark.parametrize("verb", GIVEN)
def test_the_last_look_before_the_wire(verb: str, prepare: Prepare, allowed: set[str], code: str) -> None:
    """The command was decided, stored and queued; then the situation came."""
    room = known()
    room.held.add(verb)
    assert refused(room, verb) == []
    queued: Command = room.pending[0]
    assert room.engine.may_still(room.state, queued) == []
    prepare(room)
    codes = [cause.code for cause in room.engine.may_still(room.state, queued)]
    # A lock-out waits for a command under way; until it is confirmed only giving back may pass.
    allowed = SAFE_ONLY if code == "procedure.locked-out" else allowed
    assert codes == [] if verb in allowed else code in codes


@pytest.mark.parametrize(("prepare", "allowed", "code"), [row[1:] for row in SITUATIONS], ids=IDS)
@pytest.mark.parametrize("held", ["manual", "start"])
def test_a_queued_move_of_a_test_dies(held: str, prepare: Prepare, allowed: set[str], code: str) -> None:
    room = known(0)
    room.held.add(held)
    room.start()
    while not room.pending:
        room.live(1)
    queued = room.pending[0]
    prepare(room)
    room.put()
    assert room.engine.may_still(room.state, queued) != []


def test_a_queued_move_dies_with_its_test() -> None:
    room = known(0)
    room.held.add("start")
    room.start()
    while "start" not in [command.verb for command in room.pending]:
        room.live(1)
    queued = next(command for command in room.pending if command.verb == "start")
    room.put(AbortRun(queued.run, "Li"))
    assert [cause.code for cause in room.engine.may_still(room.state, queued)] == ["command.withdrawn"]
    while "auto" not in [command.verb for command in room.pending]:
        room.live(1)
    assert room.engine.may_still(room.state, room.pending[-1]) == []


def test_every_effect_of_the_class_is_asked() -> None:
    job = Room().engine.rulebook.command_sets["generator-1"]
    assert {job.action(verb).effect for verb in GIVEN} == {Effect.START, Effect.STOP, Effect.SWITCH, Effect.SAFE}  # type: ignore[union-attr]
