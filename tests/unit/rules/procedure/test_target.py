"""The machine behind a name: same, touching or another."""

import pytest

from rules.engine.rulebook import Rulebook, compile_rulebook
from rules.model import Equipment
from rules.procedure.target import SIMULATED, TWICE, Target, commanded_twice, target_of
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


WIRE = "tcp:10.0.0.5:502"


def commanding(name: str, *references: str) -> Equipment:
    return Equipment(name, "generator", {}, {}, commands={f"c{index}": one for index, one in enumerate(references)})


@pytest.mark.parametrize(
    ("equipment", "machines", "disarmed"),
    [
        # tcp://genset.local and tcp://10.0.0.5, or two symlinks of one port: one machine once they are resolved.
        (
            [commanding("a", "d1.start"), commanding("b", "d2.start")],
            {"d1": Target(WIRE, "3"), "d2": Target(WIRE, "3")},
            {"a": ["b"], "b": ["a"]},
        ),
        (
            [commanding("a", "d1.start"), commanding("b", "d2.start")],
            {"d1": Target(WIRE, "3"), "d2": Target(WIRE, "4")},
            {},
        ),
        # Nobody has resolved the other name yet: nothing moves there anyway.
        ([commanding("a", "d1.start"), commanding("b", "d2.start")], {"d1": Target(WIRE, "3")}, {}),
        # Groups that move alone are machines of their own; the machine as a whole is every group.
        (
            [commanding("a", "d1.start"), commanding("b", "d2.start")],
            {"d1.start": Target(WIRE, "3", "left"), "d1": Target(WIRE, "3"), "d2": Target(WIRE, "3", "right")},
            {},
        ),
        (
            [commanding("a", "d1.start"), commanding("b", "d2.start")],
            {"d1": Target(WIRE, "3"), "d2": Target(WIRE, "3", "right")},
            {"a": ["b"], "b": ["a"]},
        ),
        # One equipment may know its machine by two devices.
        ([commanding("a", "d1.start", "d2.auto")], {"d1": Target(WIRE, "3"), "d2": Target(WIRE, "3")}, {}),
    ],
)
def test_who_commands_one_machine_by_two_names(
    equipment: list[Equipment], machines: dict[str, Target], disarmed: dict[str, list[str]]
) -> None:
    found = commanded_twice(equipment, machines)
    assert {name: [one.arguments["other"] for one in findings] for name, findings in found.items()} == disarmed


def test_a_rulebook_disarms_them_when_the_names_are_resolved_and_arms_them_when_they_part() -> None:
    book = Rulebook(
        (), (), {}, 0, (), (), equipment={one.id: one for one in (commanding("a", "d1.x"), commanding("b", "d2.x"))}
    )
    both = book.resolved({"d1": Target(WIRE, "3"), "d2": Target(WIRE, "3")})
    assert {name: [finding.code for finding in found] for name, found in both.unarmed.items()} == {
        "a": [TWICE],
        "b": [TWICE],
    }
    assert both.resolved({"d1": Target(WIRE, "3"), "d2": Target(WIRE, "4")}).unarmed == {}


@pytest.mark.parametrize(
    ("machines", "disarmed"),
    [
        ({"d1": Target("tcp:127.0.0.1:5020", "1")}, []),
        ({"d1": Target("tcp:::1:5020", "1")}, []),
        ({"d1": Target("bacnet:127.0.0.1:47808", "2001")}, []),
        ({"d1": Target("serial:/dev/pts/3", "1")}, []),
        ({"d1": Target("serial:pci-0000:00:14.0-usb-0:2:1.0-port0", "1")}, ["d1"]),
        ({"d1": Target("serial:/dev/ttyS1", "1")}, ["d1"]),
        ({"d1": Target(WIRE, "1")}, ["d1"]),
        ({"d1": Target("bacnet:10.0.0.2:47808", "2001")}, ["d1"]),
        ({}, ["d1"]),
    ],
    ids=lambda value: next(iter(value.values())).wire if isinstance(value, dict) and value else None,
)
def test_in_simulated_time_only_what_can_be_emulated_takes_commands(
    machines: dict[str, Target], disarmed: list[str]
) -> None:
    """Half an hour of a debt would be over in a minute, and nobody has armed what was restored."""
    book = Rulebook((), (), {}, 0, (), (), equipment={"a": commanding("a", "d1.x")})
    simulated = book.resolved(machines, simulated=True)
    found = simulated.unarmed.get("a", ())
    assert [(one.code, one.arguments["device"]) for one in found] == [(SIMULATED, device) for device in disarmed]
    assert simulated.resolved(machines).unarmed == {}
