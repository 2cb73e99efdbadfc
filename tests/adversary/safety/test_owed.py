"""What is owed to a machine: whatever people, wires and power cuts do, it is given back or people are called."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.api.verbs.debts import listed
from drivers.points import Effect, Finding
from rules.effects import Row
from rules.engine.reload import objections
from rules.engine.rulebook import compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.facts import moment
from rules.inputs import CommandResult, Extend, Identified, Lockout, Outcome, Shutdown, StartRun
from rules.plain import to_plain
from rules.procedure.disarm import judged
from rules.procedure.standing import LockedOut
from rules.procedure.target import Target
from tests.adversary.safety.bench import LIVES, ROLES, Bench, Genset, Life, library, plant

SHORT = 60.0
"""Seconds after which what is owed by hand falls due here."""
Act = Callable[[Bench], object]


def started(**machine: bool) -> Bench:
    """A set that a person has put in manual and started."""
    bench = Bench(Genset(**machine))
    assert bench.give("manual", seconds=SHORT) == []
    bench.live(6)
    assert bench.give("start") == []
    return bench.live(6)


def moved_by_hand() -> Bench:
    return started()


def stopped_by_hand() -> Bench:
    bench = Bench()
    assert bench.give("stop", seconds=SHORT) == []
    return bench.live(6)


def under_test() -> Bench:
    bench = Bench()
    assert bench.put(StartRun("generator-weekly", "genset", "Li")).refused == []
    bench.carry_out()
    return bench.live(60)


def locked_while_moved() -> Bench:
    bench = moved_by_hand()
    assert bench.put(Lockout("genset", "Wang", "oil")).refused == []
    bench.carry_out()
    return bench.live(8)


# --- power cuts between every pair of commits

SCENES = {
    "start by hand": moved_by_hand,
    "stop by hand": stopped_by_hand,
    "test": under_test,
    "lock-out": locked_while_moved,
}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_the_power_goes_between_any_two_steps(scene: Callable[[], Bench], life: Life) -> None:
    bench = scene()
    assert len(bench.history) > 4
    bench.history = [
        one for n, one in enumerate(bench.history) if not n or one.procedures != bench.history[n - 1].procedures
    ]
    afterwards = [*bench.history[1:], replace(bench.history[-1], machine=bench.machine)]
    for before, after in zip(bench.history, afterwards, strict=True):
        # The machine as it was when this was stored, and as it was when the next would have been.
        for machine in (before.machine, after.machine):
            again = bench.cut(before, machine, life).until_back(150)
            assert again.back, (before.second, machine, again.debts)
            assert not {"start", "manual", "stop"} & set(again.acted)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_the_site_is_read_again_after_any_step(scene: Callable[[], Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    live = Bench.live

    def reloading(bench: Bench, seconds: int) -> Bench:
        for second in range(seconds):
            live(bench, 1)
            # Each second of the acts, and now and then while it waits.
            if second < 8 or second % 10 == 0:
                assert bench.reload() == []
        return bench

    monkeypatch.setattr(Bench, "live", reloading)
    assert scene().live(150).back


def test_a_power_cut_puts_off_no_debt() -> None:
    bench = moved_by_hand()
    again = bench.cut(bench.history[-1], bench.machine, LIVES["untrusted clock"])
    again.live(30)
    assert (again.acted, again.machine.mode) == ([], "manual")
    assert again.live(45).back


# --- people at the machine


def turned(mode: str) -> Act:
    return lambda bench: setattr(bench.machine, "mode", mode)


def raised(contact: str) -> Act:
    return lambda bench: setattr(bench.machine, contact, True)


BY_PERSON: dict[str, Act] = {
    "turned to off": turned("off"),
    "turned to stop": turned("stop"),
    "turned to test": turned("test"),
    "emergency stop": raised("emergency_stop"),
    "local": raised("local"),
    "shut down": raised("shutdown"),
}


@pytest.mark.parametrize("scene", [moved_by_hand, under_test], ids=["by hand", "test"])
@pytest.mark.parametrize("act", BY_PERSON.values(), ids=BY_PERSON)
def test_nothing_is_given_over_the_head_of_a_person(scene: Callable[[], Bench], act: Act) -> None:
    bench = Bench()
    if scene is under_test:
        bench.put(StartRun("generator-weekly", "genset", "Li"))
        bench.carry_out()
        bench.live(12)
    else:
        bench = scene()
    act(bench)
    given = list(bench.acted)
    bench.live(200)
    assert (bench.acted, bench.finish_by_hand, len(bench.debts)) == (given, True, 1)
    person_is_done = replace(bench.machine, mode="auto", emergency_stop=False, local=False, shutdown=False)
    bench.machine = person_is_done
    bench.live(6)
    assert (bench.acted, bench.debts, bench.finish_by_hand) == (given, [], False)


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
@pytest.mark.parametrize("act", BY_PERSON.values(), ids=BY_PERSON)
def test_a_person_comes_while_the_gateway_is_off(act: Act, life: Life) -> None:
    bench = moved_by_hand()
    act(bench)
    again = bench.cut(bench.history[-1], bench.machine, life).live(150)
    assert (again.acted, again.finish_by_hand, len(again.debts)) == ([], True, 1)


LOST: dict[str, Act] = {
    "given by a person": lambda bench: bench.give("auto"),
    "for a lock-out": lambda bench: bench.put(Lockout("genset", "Wang")),
    "for a stop of the agent": lambda bench: bench.put(Shutdown("agent")),
}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
@pytest.mark.parametrize("act", LOST.values(), ids=LOST)
@pytest.mark.parametrize("moved", [["manual"], ["manual", "start"], ["stop", "manual"]], ids=" ".join)
def test_a_safe_command_lost_before_the_mode_was_read_is_no_person(moved: list[str], act: Act, life: Life) -> None:
    """The mode is that of our own command, which nobody had seen when the next one was given."""
    bench = Bench()
    for verb in moved:
        assert bench.give(verb, seconds=SHORT) == []
    bench.held = True
    act(bench)
    assert [command.verb for command in bench.pending] == ["auto"]
    again = bench.cut(bench.history[-1], bench.machine, life).live(150)
    assert (again.finish_by_hand, again.back, set(again.acted)) == (False, True, {"auto"})
    # Whoever turned it to another mode while the box was off is a person all the same.
    bench.machine.mode = "test"
    again = bench.cut(bench.history[-1], bench.machine, life).live(150)
    assert (again.acted, again.finish_by_hand, len(again.debts)) == ([], True, 1)


def test_a_mode_that_was_seen_is_not_ours_for_ever() -> None:
    """Once the mode of a command was seen, what was before it is not what we made of it any more."""
    bench = moved_by_hand()
    assert bench.debts[0].earlier == []
    bench.machine.obeys = False
    assert bench.give("auto") == []
    bench.live(3)
    assert (bench.debts[0].unseen, bench.debts[0].earlier) == (["start"], [["manual"]])
    bench.machine.mode = "off"
    bench.live(30)
    assert bench.finish_by_hand


def test_off_while_the_safe_command_waits_for_its_wire() -> None:
    bench = moved_by_hand()
    bench.held = True
    bench.live(55)
    assert [command.verb for command in bench.pending] == ["auto"]
    bench.machine.mode = "off"
    bench.live(2)
    bench.held = False
    bench.live(60)
    assert (bench.machine.mode, "auto" in bench.acted, bench.finish_by_hand) == ("off", False, True)


def test_a_person_puts_it_back_to_auto() -> None:
    bench = moved_by_hand()
    bench.machine.mode = "auto"
    assert bench.live(5).back
    assert bench.acted == ["manual", "start"]


def test_whoever_gives_the_safe_command_is_obeyed_after_all() -> None:
    bench = moved_by_hand()
    bench.machine.mode = "off"
    bench.live(10)
    assert bench.finish_by_hand
    assert bench.give("auto") == []
    assert bench.live(6).back
    assert not bench.finish_by_hand


# --- the machine is needed, or nobody knows


def test_mains_lost_hands_over_at_once() -> None:
    bench = moved_by_hand()
    bench.machine.mains = False
    bench.live(6)
    assert (bench.acted[-1], bench.machine.running, bench.debts) == ("auto", True, [])


def test_unknown_mains_at_expiry_hand_over() -> None:
    bench = moved_by_hand()
    bench.mains_known = False
    bench.live(70)
    assert (bench.acted, bench.debts) == (["manual", "start", "auto"], [])


REMOTE = ("start", "cancel")
"""A controller that is started from remote, in auto, and whose only safe command takes that back."""
NEEDED: dict[str, Act] = {
    "mains lost": lambda bench: setattr(bench.machine, "mains", False),
    "mains unknown": lambda bench: setattr(bench, "mains_known", False),
    "loaded": lambda bench: setattr(bench.machine, "load", 30.0),
}


@pytest.mark.parametrize("act", NEEDED.values(), ids=NEEDED)
def test_a_remote_start_is_not_taken_back_while_it_may_be_needed(act: Act) -> None:
    bench = Bench(Genset(remote=True), verbs=REMOTE)
    assert bench.give("start", seconds=SHORT) == []
    bench.live(6)
    act(bench)
    bench.live(150)
    assert (bench.acted, bench.alarmed, len(bench.debts)) == (["start"], True, 1)
    bench.mains_known, bench.machine.mains, bench.machine.load = True, True, 0.0
    bench.live(20)
    assert (bench.acted, bench.debts, bench.machine.running) == (["start", "cancel"], [], False)


BARE = tuple(role for role in ROLES if role != "load")
TOLD: dict[str, tuple[tuple[str, ...], float, bool]] = {
    "load in percent, loaded": (ROLES, 30.0, True),
    "load in percent, not loaded": (ROLES, 0.0, False),
    "power only, loaded (ComAp)": ((*BARE, "power"), 30.0, True),
    "power only, not loaded": ((*BARE, "power"), 1.0, False),
    "both, loaded by its power": ((*ROLES, "power"), 4.0, True),
    "neither, loaded (Datakom)": (BARE, 30.0, True),
    "neither, not loaded, which nobody knows": (BARE, 0.0, True),
}
"""What a controller tells, its load, and whether it counts as needed while it runs."""


@pytest.mark.parametrize(("roles", "load", "needed"), TOLD.values(), ids=TOLD)
def test_a_set_whose_load_is_told_or_not_is_taken_back_only_when_it_carries_none(
    roles: tuple[str, ...], load: float, needed: bool
) -> None:
    bench = Bench(Genset(remote=True), verbs=REMOTE, roles=roles)
    assert bench.give("start", seconds=SHORT) == []
    bench.live(6)
    bench.machine.load = load
    bench.live(150)
    assert (bench.acted, bool(bench.debts)) == ((["start"], True) if needed else (["start", "cancel"], False))
    assert bench.alarmed is needed
    # Somebody takes the load off and stops it: at rest it carries nothing, and what is owed can be paid.
    bench.machine.load, bench.machine.asked = 0.0, False
    bench.live(20)
    assert (bench.debts, bench.alarmed) == ([], False)


@pytest.mark.parametrize(("roles", "load", "needed"), TOLD.values(), ids=TOLD)
def test_no_set_that_may_carry_load_is_stopped_by_hand(roles: tuple[str, ...], load: float, needed: bool) -> None:
    """What has a safe command for the mode is handed over when it is due, and never stopped."""
    bench = Bench(roles=roles)
    assert (bench.give("manual", seconds=SHORT), bench.live(6).give("start")) == ([], [])
    bench.live(6)
    bench.machine.load = load
    bench.live(1)
    assert bench.machine.running
    refused = bench.give("stop")
    assert (bool(refused), "stop" in bench.acted) == (needed, not needed)
    # Known to be loaded it is due at once; else nobody knows, and it waits until it is due.
    assert set(refused) <= {"procedure.handover", "procedure.unverified"}
    assert bench.live(70).back


def test_a_gateway_that_is_stopped_gives_back_before() -> None:
    bench = moved_by_hand()
    bench.put(Shutdown("agent"))
    bench.carry_out()
    assert bench.acted[-1] == "auto"
    assert bench.live(6).back


# --- lock-outs


def test_a_lockout_waits_until_it_was_given_back() -> None:
    bench = moved_by_hand()
    bench.put(Lockout("genset", "Wang"))
    bench.carry_out()
    bench.live(8)
    assert (bench.acted[-1], bench.debts, bench.machine.running) == ("auto", [], False)
    locked = next(iter(bench.state.procedures.lockouts.values()))
    assert locked.confirmed
    bench.machine.mains = False
    bench.live(400)
    assert bench.acted == ["manual", "start", "auto"]


# --- what is due and must not be given

Change = Callable[[Bench, bool], None]
"""Lets something forbid even the safe command, or takes it away."""


def unarmed(bench: Bench, on: bool) -> None:
    found = {"genset": (Finding("safety.undeclared"),)} if on else {}
    bench.engine = Engine(replace(bench.engine.rulebook, unarmed=found), bench.engine.origin)


def disarmed(bench: Bench, on: bool) -> None:
    bench.state.procedures.disarmed = (
        judged(bench.state.procedures, "e2", "store-restored", moment(bench.now)) if on else None
    )


def locked_before_locks_waited(bench: Bench, on: bool) -> None:
    lock = LockedOut("mains", "Wang", "", moment(bench.now))
    bench.state.procedures.lockouts = {lock.key: lock} if on else {}


def another_controller(bench: Bench, on: bool) -> None:
    bench.state.procedures.identities = {"genset": Identified("genset", matches=not on)}
    machines = bench.engine.rulebook.resolved({"genset": Target("tcp:1:1", "1")})
    bench.engine = Engine(machines, bench.engine.origin)


FORBIDDEN: dict[str, tuple[Change, str]] = {
    "stricter check after an upgrade": (unarmed, "unarmed.equipment"),
    "restored store": (disarmed, "disarmed.standing"),
    "lock of an older version": (locked_before_locks_waited, "procedure.locked-out"),
    "another controller": (another_controller, "identity.mismatch"),
}


@pytest.mark.parametrize(("change", "why"), FORBIDDEN.values(), ids=FORBIDDEN)
@pytest.mark.parametrize("life", [None, *LIVES.values()], ids=["alive", *LIVES])
def test_what_is_due_and_forbidden_calls_people(change: Change, why: str, life: Life | None) -> None:
    bench = moved_by_hand()
    if life is not None:
        bench = bench.cut(bench.history[-1], bench.machine, life)
    change(bench, True)
    bench.live(90)
    (told,) = listed(bench.state)
    assert (told["state"], told["withheld"]["code"]) == ("withheld", why)
    assert ("auto" in bench.acted, bench.finish_by_hand) == (False, True)
    change(bench, False)
    bench.live(30)
    assert (bench.back, bench.finish_by_hand) == (True, False)


def test_whoever_turned_it_to_off_may_lock_it() -> None:
    bench = moved_by_hand()
    bench.machine.mode = "off"
    bench.live(8)
    bench.put(Lockout("genset", "Wang"))
    bench.live(3)
    assert next(iter(bench.state.procedures.lockouts.values())).confirmed
    bench.put(Lockout("genset", "Wang", release=True))
    bench.live(100)
    assert (bench.acted, bench.finish_by_hand, len(bench.debts)) == (["manual", "start"], True, 1)


def test_mains_lost_before_it_was_locked_refuses_the_lockout() -> None:
    bench = moved_by_hand()
    bench.machine.mains = False
    bench.put(Lockout("genset", "Wang"))
    bench.carry_out()
    bench.live(320)
    assert bench.machine.running
    assert bench.state.procedures.lockouts == {}
    refused = [event.detail for event in bench.events if event.kind == "audit" and event.outcome == "refused"]
    assert refused == ["lockout.make-safe"]


def test_a_machine_that_cannot_be_reached_is_neither_locked_nor_forgotten() -> None:
    bench = moved_by_hand()
    bench.silent = True
    bench.put(Lockout("genset", "Wang"))
    bench.live(320)
    assert (bench.state.procedures.lockouts, len(bench.debts), bench.alarmed) == ({}, 1, True)
    bench.silent = False
    assert bench.live(320).back


# --- proof


def test_a_sample_from_before_the_write_proves_nothing() -> None:
    bench = Bench()
    late = bench.now
    assert bench.give("manual", seconds=SHORT) == []
    bench.live(6)
    bench.machine.obeys = False
    assert bench.give("auto") == []
    # What arrives now was sampled before it was ever moved.
    bench.sampled_at, bench.frozen = late, Genset().values()
    bench.live(60)
    assert (len(bench.debts), bench.alarmed) == (1, True)
    bench.sampled_at = None
    assert bench.live(4).debts == []


def test_one_sample_is_none() -> None:
    bench = moved_by_hand()
    bench.machine.obeys = False
    bench.give("auto")
    for _ in range(20):
        # It flickers: auto in one answer, manual in the next.
        bench.frozen = replace(bench.machine, mode="auto").values()
        bench.live(1)
        bench.frozen = None
        bench.live(1)
    assert (len(bench.debts), bench.alarmed) == (1, True)


def outcomes(bench: Bench, verb: str) -> list[str]:
    return [event.outcome for event in bench.events if event.kind == "audit" and event.action == verb]


def test_every_command_by_hand_is_proven_or_told_to_be_not() -> None:
    bench = moved_by_hand()
    assert outcomes(bench, "manual") == ["issued", "done", "verified"]
    assert outcomes(bench, "start") == ["issued", "done", "verified"]
    deaf = Bench(Genset(obeys=False))
    deaf.give("manual", seconds=600.0)
    deaf.live(70)
    assert outcomes(deaf, "manual") == ["issued", "done", "unproven"]


def test_what_was_so_before_is_told_as_such() -> None:
    bench = Bench()
    bench.give("auto")
    bench.live(6)
    assert (outcomes(bench, "auto"), bench.debts) == (["issued", "done", "unchanged"], [])


# --- what may be given


REFUSED: list[tuple[str, Callable[[], Bench], str, dict[str, object], str]] = [
    ("a second start", moved_by_hand, "start", {}, "byhand.given-already"),
    ("a start while it runs", lambda: Bench(Genset(mode="manual", asked=True)), "start", {}, "procedure.requires"),
    ("a mode nobody knows", lambda: _without_mode(Bench()), "manual", {}, "byhand.mode-unknown"),
    ("more time without a reason", Bench, "manual", {"seconds": 3600.0}, "debt.reason"),
    ("two days", Bench, "manual", {"seconds": 172_800.0, "reason": "work"}, "debt.too-long"),
    ("no way back", lambda: Bench(verbs=("start", "stop")), "start", {}, "byhand.no-safe"),
]


def _without_mode(bench: Bench) -> Bench:
    bench.frozen = bench.machine.values() | {"mode": None}
    return bench.live(3)


@pytest.mark.parametrize(("scene", "verb", "more", "code"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(scene: Callable[[], Bench], verb: str, more: dict[str, object], code: str) -> None:
    bench = scene()
    before = list(bench.acted)
    assert code in bench.give(verb, **more)
    assert bench.live(3).acted == before


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.EXPIRED])
def test_a_command_that_did_nothing_owes_nothing(outcome: Outcome) -> None:
    bench = Bench()
    bench.held = True
    bench.give("manual")
    assert len(bench.debts) == 1
    bench.put(CommandResult(bench.pending.pop().id, outcome))
    assert bench.debts == []


def test_a_later_command_puts_off_nothing() -> None:
    bench = Bench()
    bench.give("manual", seconds=SHORT)
    for _ in range(5):
        bench.live(10)
        bench.give("manual", seconds=10 * SHORT)
    assert bench.live(20).back


# --- more time


def test_an_engineer_gives_more_time() -> None:
    bench = moved_by_hand()
    debt = bench.debts[0].key
    assert [error.code for error in bench.put(Extend(debt, 600.0, "Wang", "")).refused] == ["debt.reason"]
    assert [error.code for error in bench.put(Extend("no", 600.0, "Wang", "x")).refused] == ["debt.none-to-extend"]
    assert bench.put(Extend(debt, 200.0, "Wang", "load test")).refused == []
    bench.live(195)
    assert "auto" not in bench.acted
    assert bench.live(15).back
    told = [(event.by, event.why) for event in bench.events if event.kind == "audit" and event.action == "extend"]
    assert told == [("Wang", "load test")]


def test_what_is_due_gets_no_more_time() -> None:
    bench = moved_by_hand()
    bench.silent = True
    bench.live(80)
    refused = bench.put(Extend(bench.debts[0].key, 600.0, "Wang", "x")).refused
    assert [error.code for error in refused] == ["debt.none-to-extend"]


# --- what is remembered


def test_by_default_it_is_thirty_minutes() -> None:
    bench = Bench()
    bench.give("manual")
    assert (bench.debts[0].seconds, bench.debts[0].effect) == (1800.0, Effect.SWITCH)
    bench.live(6)
    bench.give("stop")
    assert (bench.debts[0].effect, len(bench.debts)) == (Effect.STOP, 1)


def test_the_debt_is_stored_with_its_command() -> None:
    bench = Bench()
    bench.held = True
    bench.give("manual")
    tables = {table for table, _ in bench.history[-1].rows}
    assert {"command", "obligation"} <= tables


def test_reload_refuses_another_machine_under_a_debt() -> None:
    bench = moved_by_hand()
    others = [replace(one, commands={"auto": "other.auto"}) if one.id == "genset" else one for one in plant()]
    after, _ = compile_rulebook(library().classes, others, [])
    assert {error.code for error in objections(bench.state, bench.engine.rulebook, after)} == {"reload.bound"}


def test_a_debt_of_an_older_version_is_paid() -> None:
    bench = Bench(Genset(mode="manual"))
    body = {"equipment": "genset", "verb": "auto", "target": "genset.auto", "job": "genset/generator-weekly"}
    body |= {"proof": "automatic", "run": "gw/e1/genset/generator-weekly/1", "step": 9, "by": "Li"}
    row = Row("obligation", "genset/auto", body | {"since": to_plain(bench.now), "attempts": 3})
    state, effects = EngineState.restore([row], bench.engine.rulebook, bench.now)
    assert effects.refused == []
    bench.state = state
    assert bench.live(10).back
    assert ("obligation", "genset/auto") not in bench.store
    assert json.dumps(bench.acted) == '["auto"]'
