"""Nothing is given over the head of a person who has moved the machine, and nobody is taken for one by mistake."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rules.inputs import Lockout, Shutdown, StartRun
from tests.adversary.safety.bench import LIVES, Bench, Life
from tests.adversary.safety.scenes import SHORT, Act, moved_by_hand, under_test


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
