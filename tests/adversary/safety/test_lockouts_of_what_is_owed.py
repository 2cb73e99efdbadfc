"""Lock-outs of a machine that is owed something: given back first, and never forgotten."""

from rules.inputs import Lockout
from tests.adversary.safety.scenes import moved_by_hand


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
