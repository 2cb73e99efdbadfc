"""Every class we ship says what people and programs need of it, and some device can be it."""

import pytest

from config.assembly.equipment import IMPLICIT
from config.assembly.roles import playable
from config.library import load_library
from drivers.points import Kind
from drivers.templates import Device
from rules.model import EquipmentClass

LIBRARY = load_library()
CLASSES = sorted(name for name in LIBRARY.classes if name not in IMPLICIT)


@pytest.fixture(params=CLASSES)
def cls(request: pytest.FixtureRequest) -> EquipmentClass:
    return LIBRARY.classes[request.param]


def test_it_has_the_tags_of_haystack(cls: EquipmentClass) -> None:
    assert cls.tags
    assert len(set(cls.tags)) == len(cls.tags)


def test_everything_of_it_has_a_name_in_both_languages(cls: EquipmentClass) -> None:
    named = (cls, *cls.roles.values(), *cls.parameters.values(), *cls.commands.values(), *cls.interlocks)
    assert [one for one in named if set(one.title) != {"zh", "en"}] == []


def test_its_roles_have_a_kind_and_what_goes_with_it(cls: EquipmentClass) -> None:
    wrong = [
        role.name
        for role in cls.roles.values()
        if (role.kind is Kind.ENUM) is not bool(role.states) or (role.kind is Kind.BINARY and role.unit.symbol)
    ]
    assert wrong == []


def test_it_is_observed_or_takes_commands_under_interlocks(cls: EquipmentClass) -> None:
    assert not (cls.read_only and cls.commands)
    moving = [command for command in cls.commands.values() if not command.safe]
    assert not moving or cls.interlocks


def test_some_devices_are_equipment_by_their_points_alone() -> None:
    devices = [Device("d", "", "1", template) for template in LIBRARY.templates.values()]
    classes = [LIBRARY.classes[name] for name in CLASSES]
    played = {name for device in devices for name in playable(device, classes)}
    assert {"water-tank", "mains-supply", "fire-panel", "lift"} <= played
