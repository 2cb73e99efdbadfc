"""Machines that have been moved in one way or another: where the tests of what is owed begin."""

from collections.abc import Callable

from rules.inputs import Lockout, StartRun
from tests.adversary.safety.bench import Bench, Genset

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
