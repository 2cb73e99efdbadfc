"""What a condition looks at: roles and parameters, terms followed, on whatever equipment they are."""

import pytest

from rules.condition import Scope, Slots
from rules.condition.reads import Read, reads, relations_in
from rules.model import Binding, Equipment
from tests.shipped import library

CLASSES = library().classes
MAINS = Equipment("mains-1", "mains-supply", {}, {"frequency": Binding("meter.frequency")})
PANELS = [Equipment(f"fire-{number}", "fire-panel", {}, {}) for number in (1, 2)]


def scope(**relations: str) -> Scope:
    one = Equipment("set", "generator", {}, {"fuel": Binding("set.fuel")}, relations=relations)
    return Scope(one, CLASSES, {other.id: other for other in (one, MAINS, *PANELS)}, Slots())


@pytest.mark.parametrize(
    ("text", "roles", "parameters"),
    [
        ("fuel < fuel_low", {("set", "fuel")}, {("set", "fuel_low")}),
        ("stopped", {("set", "state")}, set()),
        ("mode == auto", {("set", "mode")}, set()),
        ("mains.frequency > 49 Hz", {("mains-1", "frequency")}, set()),
        (
            "held(mains.frequency > mains.low_frequency, 1 min)",
            {("mains-1", "frequency")},
            {("mains-1", "low_frequency")},
        ),
        ("any(fire-panel.trouble)", {("fire-1", "trouble"), ("fire-2", "trouble")}, set()),
        ("fuel <", set(), set()),
    ],
)
def test_what_it_looks_at(text: str, roles: set[tuple[str, str]], parameters: set[tuple[str, str]]) -> None:
    found = reads(text, scope(mains="mains-1"))
    assert {(read.equipment, read.name) for read in found if not read.parameter} == roles
    assert {(read.equipment, read.name) for read in found if read.parameter} == parameters


def test_terms_of_other_equipment_are_followed() -> None:
    assert Read("mains-1", "voltage_l2") in reads("not mains.healthy", scope(mains="mains-1"))


def test_relations_named() -> None:
    assert relations_in("not mains.healthy or fuel > 3 %", scope()) == {"mains"}
    assert relations_in("any(fire-panel.fire)", scope()) == frozenset()
