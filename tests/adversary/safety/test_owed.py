"""What is owed to a machine: whatever wires and power cuts do, it is given back or people are called."""

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
from rules.inputs import Extend, Identified
from rules.plain import to_plain
from rules.procedure.disarm import judged
from rules.procedure.standing import LockedOut
from rules.procedure.target import Target
from tests.adversary.safety.bench import LIVES, Bench, Genset, Life, library, plant
from tests.adversary.safety.scenes import locked_while_moved, moved_by_hand, stopped_by_hand, under_test

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
