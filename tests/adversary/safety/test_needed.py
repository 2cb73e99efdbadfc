"""A machine that is needed, or may be for all that anybody knows, is handed over and never stopped."""

import pytest

from rules.inputs import Shutdown
from tests.adversary.safety.bench import ROLES, Bench, Genset
from tests.adversary.safety.scenes import SHORT, Act, moved_by_hand


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
