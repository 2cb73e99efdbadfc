"""The machine behind a name: same, touching or another."""

import pytest

from rules.procedure.target import Target, target_of
from rules.rulebook import compile_rulebook
from tests.unit.rules.procedure.room import equipment, generator, library

DSE = Target("tcp:10.0.0.5:502", "10", serial="1234")
PUMP_A, PUMP_B = Target("tcp:10.0.0.6:502", "1", "a"), Target("tcp:10.0.0.6:502", "1", "b")


@pytest.mark.parametrize(
    ("one", "other", "same", "touches"),
    [
        (DSE, DSE, True, True),
        (DSE, Target("tcp:10.0.0.5:502", "10"), True, True),
        (DSE, Target("tcp:10.0.0.5:502", "10", serial="9"), False, True),
        (DSE, Target("tcp:10.0.0.5:502", "11"), False, False),
        (DSE, Target("tcp:10.0.0.9:502", "10", serial="1234"), False, True),
        (DSE, Target("tcp:10.0.0.9:502", "10", serial="9"), False, False),
        (PUMP_A, PUMP_B, False, False),
        (PUMP_A, Target("tcp:10.0.0.6:502", "1"), False, True),
        (Target("tcp:10.0.0.6:502", "1+100"), Target("tcp:10.0.0.6:502", "1"), False, False),
    ],
)
def test_two_targets(one: Target, other: Target, same: bool, touches: bool) -> None:
    assert (one.same(other), other.same(one)) == (same, same)
    assert (one.touches(other), other.touches(one)) == (touches, touches)


def test_a_command_of_a_group_of_its_own_has_its_own_target() -> None:
    targets = {"io": Target("w", "1"), "io.pump-2": PUMP_B}
    found = [target_of(reference, targets) for reference in ("io.pump-2", "io.pump-1", "unknown.start")]
    assert found == [PUMP_B, Target("w", "1"), Target("", "unknown")]


def test_the_rulebook_says_which_machines_equipment_is() -> None:
    units = [generator(), equipment("mains", "mains-supply")]
    rulebook, _ = compile_rulebook(library().classes, units, [], targets={"generator-1": DSE})
    assert rulebook.targets == {"generator-1": (DSE,), "mains": (Target("", "mains"),)}
