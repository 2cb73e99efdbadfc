"""Hold and disarmed: at once, latched, through everything; and nothing goes on by itself afterwards."""

import asyncio
from collections.abc import Callable

import pytest

from agent.api import requests
from agent.api.verbs.lockouts import LockoutApi
from agent.loop.committer import Committer
from agent.loop.image import Image
from agent.loop.ticker import Ticker
from drivers.points import Instant, Quality, Reading, Reason, Value
from rules.effects import Effects
from rules.engine.rulebook import Tasks, compile_rulebook
from rules.facts import moment
from rules.inputs import Arm, Disarm, GiveCommand, Hold, Lockout, StartRun, StorageState
from rules.people import Access, Person
from rules.procedure.book import HoldInput
from rules.procedure.disarm import judged, reasons_digest, standing_reasons
from runtime.clock import Clock
from runtime.errors import StoreError
from runtime.supervisor import running
from tests.unit.rules.procedure.room import Room, library, weekly

KEY = "io.hold"
LI, WANG = Person("Li", Access.VIEW), Person("Wang", Access.ENGINEER)


class Keyed(Room):
    """A room with a key switch that holds; ``active`` is the value that does."""

    def __init__(self, active: bool = True) -> None:
        self.input = HoldInput(KEY, active)
        super().__init__()

    def _load(self) -> None:
        super()._load()
        tasks = Tasks(self.procedures, library().tasks.plans)
        book, _ = compile_rulebook(library().classes, self.equipment, self.rules, tasks, hold=self.input)
        self.engine = type(self.engine)(book, self.engine.origin)

    def key(self, value: Value | None) -> "Keyed":
        quality, reason = (Quality.BAD, Reason.NO_ANSWER) if value is None else (Quality.GOOD, Reason.NONE)
        self.put(Reading(KEY, value, quality, reason, self.now))
        return self


def refused(room: Room, verb: str = "start") -> list[str]:
    return [error.code for error in room.put(GiveCommand("h", "generator-1", verb, "Li")).refused]


def codes(effects: Effects) -> list[str]:
    return [error.code for error in effects.refused]


INPUT: list[tuple[str, bool, list[Value | None], str, bool]] = [
    ("never read", True, [], "hold.input", False),
    ("off", True, [False], "", False),
    ("on", True, [True], "hold.standing", True),
    ("on, then off", True, [True, False], "hold.standing", True),
    ("lost", True, [False, None], "hold.standing", True),
    ("lost, then off", True, [False, None, False], "hold.standing", True),
    ("first reading is bad", True, [None], "hold.standing", True),
    ("a contact that opens, closed", False, [True], "", False),
    ("a contact that opens, open", False, [False], "hold.standing", True),
    ("nonsense", True, ["on"], "hold.standing", True),
]


@pytest.mark.parametrize(("active", "values", "code", "latched"), [r[1:] for r in INPUT], ids=[r[0] for r in INPUT])
def test_the_hold_input(active: bool, values: list[Value | None], code: str, latched: bool) -> None:
    room = Keyed(active)
    for value in values:
        room.key(value)
    room.live(5)
    assert refused(room) == ([code] if code else [])
    assert (room.state.procedures.hold is not None) is latched


@pytest.mark.parametrize(("values", "latched"), [([True], True), ([], False)], ids=["on", "never read"])
def test_a_hold_by_input_is_released_only_when_the_input_is_back(values: list[Value | None], latched: bool) -> None:
    room = Keyed()
    for value in values:
        room.key(value)
    assert codes(room.put(Hold("Wang", "over", release=True))) == ["hold.input"]
    room.key(False)
    assert codes(room.put(Hold("Wang", "over", release=True))) == ([] if latched else ["hold.none"])
    assert refused(room.live(5)) == []


@pytest.mark.parametrize("place", ["main/1", "main/3", "main/6", "always/1"])
@pytest.mark.parametrize("how", ["verb", "input", "verb, then killed"])
def test_a_running_test_leaves_at_once_and_nothing_resumes(place: str, how: str) -> None:
    room = Keyed().key(False)
    assert isinstance(room, Keyed)
    room.start()
    room.until(place)
    before = len(room.acted)
    if how == "input":
        room.key(True)
    else:
        room.put(Hold("Li", "people in the shaft"))
    if how == "verb, then killed":
        room.kill()
    assert set(room.live(400).acted[before:]) <= {"auto"}
    alarm = room.state.alarms.get("generator-1/G11")
    called = alarm is not None and alarm.alarm.state == "active"
    assert (room.machine.phase, room.run) == ("idle", None)
    assert room.machine.mode == "auto" or called
    room.key(False)
    assert codes(room.put(Hold("Wang", "work is over", release=True))) == []
    before = len(room.acted)
    assert len(room.live(300).acted) == before


def test_a_hold_survives_every_restart_and_tells_who() -> None:
    room = Room().live(5)
    room.put(Hold("Li", "people in the shaft"))
    room.put(Hold("Zhao", "again"))
    room.boot, room.trusted = "b2", False
    room.kill()
    assert refused(room) == ["hold.standing"]
    assert room.state.procedures.hold is not None
    assert (room.state.procedures.hold.by, room.state.procedures.hold.reason) == ("Li", "people in the shaft")
    assert codes(room.put(Hold("Wang", "", release=True))) == ["hold.reason"]
    assert codes(room.put(Hold("Wang", "over", release=True))) == []
    assert codes(room.put(Hold("Wang", "over", release=True))) == ["hold.none"]
    told = [(event.by, event.action) for event in room.events if event.kind == "audit"]
    assert told == [("Li", "hold"), ("Wang", "unhold")]


class DeadStore:
    durable = False

    def __init__(self, hangs: bool) -> None:
        self.hangs = hangs

    async def commit(self, effects: Effects, at: Instant) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        raise StoreError("store.full")


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_hold_stands_although_nothing_can_be_stored(hangs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.api.verbs.lockouts.STORING", 0.05)
    room, clock = Room(), Clock()
    committer = Committer(DeadStore(hangs), clock)
    ticker = Ticker(room.engine, room.state, Image([], clock.now()), committer, clock)
    api = LockoutApi(ticker)
    async with running({"committer": committer.run(), "ticker": ticker.run()}):
        begun = clock.now().mono
        told = await api.hold(LI, requests.HoldCommands("Li", "shaft"))
        assert told == {"by": "Li", "held": True, "stored": False}
        assert clock.now().mono - begun < 0.5
    assert refused_by(ticker, "start") == ["hold.standing"]


def refused_by(ticker: Ticker, verb: str) -> list[str]:  # type: ignore[type-arg]
    entry = GiveCommand("h", "generator-1", verb, "Li")
    return codes(ticker.engine.step(ticker.state, [entry], Clock().now())[1])


# --- disarmed


def started(room: Room, epoch: str, why: str = "store-restored") -> Room:
    """The gateway starts on this epoch of its journal, as ``Agent.build`` does."""
    room.state.procedures.disarmed = judged(room.state.procedures, epoch, why, moment(room.now))
    room.put()
    return room


def arm(room: Room, seen: str | None = None, reason: str = "seen both sets") -> list[str]:
    return codes(room.put(Arm("Wang", reason, reasons_digest(room.state.procedures) if seen is None else seen)))


def test_only_who_has_seen_the_list_as_it_is_arms() -> None:
    room = started(Room().live(5), "e1")
    before = reasons_digest(room.state.procedures)
    assert arm(room, reason="") == ["disarmed.reason"]
    room.put(Lockout("generator-1", "Li", "oil"))
    assert arm(room, seen=before) == ["disarmed.list-changed"]
    assert arm(room) == []
    assert arm(room) == ["disarmed.not"]
    room.put(Lockout("generator-1", "Li", release=True))
    assert refused(room) == []


@pytest.mark.parametrize(
    ("epochs", "disarmed"),
    [
        (["e1"], False),
        (["e1", "e1"], False),
        (["e2"], True),
        (["e2", "e2"], True),
        (["e2", "e1"], False),
        (["e1", "e3"], True),
    ],
)
@pytest.mark.parametrize("boot", ["b1", "b2"])
def test_each_epoch_of_the_journal_is_armed_once(epochs: list[str], disarmed: bool, boot: str) -> None:
    room = started(Room().live(5), "e1", "new-store")
    assert arm(room) == []
    for epoch in epochs:
        room.boot, room.trusted = boot, boot == "b1"
        started(room.kill(), epoch)
    assert refused(room.live(3)) == (["disarmed.standing"] if disarmed else [])


def test_a_failing_disk_lets_a_test_give_its_machine_back() -> None:
    room = Room()
    room.start()
    room.until("main/6")
    room.put(StorageState(False))
    room.put(Disarm("e2", "volatile"))
    room.live(300)
    assert (room.machine.mode, room.machine.phase) == ("auto", "idle")
    assert arm(room) == ["procedure.not-durable"]
    room.put(StorageState(True))
    assert refused(room) == ["disarmed.standing"]
    assert arm(room) == []
    assert refused(room) == []


def test_a_restored_store_repeats_nothing_that_it_believes_to_be_owed() -> None:
    """The store is of another day: a person may have turned the controller to OFF since."""
    room = Room()
    room.machine.faults.add("ignores-auto")
    room.start()
    room.until("", 600)
    assert room.obligations()
    started(room.kill(), "e2")
    room.live(5)
    before = list(room.acted)
    assert room.live(120).acted == before
    assert arm(room) == []
    assert len(room.live(120).acted) > len(before)


def test_a_store_restored_over_a_lockout_moves_nothing_until_it_was_compared() -> None:
    room = started(Room().live(5), "e1")
    assert arm(room) == []
    before = dict(room.store)
    room.put(Lockout("generator-1", "Li", "oil"))
    room.store = before
    started(room.kill(), "e2").live(5)
    # The lock is forgotten; so is nothing believed, nothing moved and nothing given back.
    assert room.state.procedures.lockouts == {}
    assert [refused(room, verb) for verb in ("start", "stop", "manual", "auto")] == [["disarmed.standing"]] * 4
    # Whoever compares the list finds it missing and has its owner lock again, before anything is armed.
    room.put(Lockout("generator-1", "Li", "oil"))
    assert arm(room) == []
    assert refused(room) == ["procedure.locked-out"]


@pytest.mark.parametrize(
    ("prepare", "kinds"),
    [
        (lambda room: None, set()),
        (lambda room: room.put(Lockout("generator-1", "Li")), {"lockout"}),
        (lambda room: room.put(StartRun("generator-weekly", "generator-1", "Li")), {"run", "owed"}),
    ],
)
def test_what_forbids_to_move_the_box(prepare: Callable[[Room], object], kinds: set[str]) -> None:
    room = Room().live(5)
    prepare(room)
    room.live(2)
    assert {one.partition("/")[0] for one in standing_reasons(room.state.procedures)} == kinds


# --- killed between every pair of rows


def acts(room: Room) -> None:
    """A test, a lock-out in the middle of it, a hold, their ends."""
    room.start()
    room.until("main/6")
    room.put(Lockout("generator-1", "Wang", "oil"))
    room.live(120)
    room.put(Hold("Li", "shaft"))
    room.live(5)
    room.put(Hold("Wang", "over", release=True))
    room.put(Lockout("generator-1", "Wang", release=True))
    room.live(5)


class Recorded(Room):
    """Keeps the store as it was after every step that stored something."""

    def __init__(self) -> None:
        self.stores: list[tuple[float, dict[tuple[str, str], str]]] = []
        super().__init__()

    def _commit(self, effects: Effects) -> None:
        super()._commit(effects)
        if effects.rows:
            self.stores.append((self.second, dict(self.store)))


@pytest.mark.parametrize(("boot", "trusted"), [("b1", True), ("b2", True), ("b2", False)])
def test_killed_after_every_step_it_comes_back_safe(boot: str, trusted: bool) -> None:
    recorded = Recorded()
    acts(recorded)
    duties = ("run", "obligation", "lockout", "command", "hold")
    seen: set[str] = set()
    for second, store in recorded.stores:
        shape = str(sorted(item for item in store.items() if item[0][0] in duties))
        if shape in seen:
            continue
        seen.add(shape)
        room = replayed(second, store, boot, trusted)
        held = room.state.procedures.hold is not None or bool(room.state.procedures.lockouts)
        before = len(room.acted)
        room.live(330)
        assert set(room.acted[before:]) <= {"auto"}
        if held:
            assert refused(room) != []
        assert not room.obligations()
    assert len(seen) > 10


def replayed(second: float, store: dict[tuple[str, str], str], boot: str, trusted: bool) -> Room:
    """A room in which the set stands in manual and runs, or rests, and the gateway comes back with ``store``."""
    room = Room(weekly())
    room.second = second
    room.store = dict(store)
    room.boot, room.trusted = boot, trusted
    return room.kill(3)
