"""Every class we ship says what people and programs need of it, and some device can be it."""

import pytest

from config.assembly.definitions import LIBRARY as LIBRARY_FOLDER
from config.assembly.roles import playable
from config.plant import IMPLICIT
from config.site import load_site
from drivers.points import COMMANDING, Effect, Kind
from drivers.templates import Device, Template, TemplateCommand
from rules.alarms.limits import limits_of
from rules.condition import Scope, Slots
from rules.condition.scope import example
from rules.model import EquipmentClass
from tests.shipped import library

LIBRARY = library()
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


def test_every_safe_command_has_a_proof_and_its_class_a_handover(cls: EquipmentClass) -> None:
    assert [command.name for command in cls.commands.values() if command.safe and command.proof is None] == []
    assert not cls.commands or cls.handover is not None


def test_only_fire_and_the_mains_forbid_a_stop(cls: EquipmentClass) -> None:
    stopping = {lock.id for lock in cls.interlocks if Effect.STOP in lock.forbids}
    assert not cls.commands or stopping <= {"fire", "mains-lost"}


def test_no_start_in_fire(cls: EquipmentClass) -> None:
    moving = {command.effect for command in cls.commands.values() if command.effect in COMMANDING}
    in_fire = {effect for lock in cls.interlocks if lock.id == "fire" for effect in lock.forbids}
    assert moving <= in_fire


COMMANDS = [(template, command) for template in LIBRARY.templates.values() for command in template.commands]


@pytest.mark.parametrize(("template", "command"), COMMANDS, ids=lambda one: getattr(one, "id", None) or one.name)
def test_a_command_of_a_template_has_the_effect_of_the_verb_it_carries_out(
    template: Template, command: TemplateCommand
) -> None:
    assert command.effect is not None
    for offer in template.offers:
        verbs = LIBRARY.classes[offer.cls].commands
        carried = [verb for verb in verbs.values() if offer.command(verb.name) == command.name]
        mapped = [verb for verb in carried if verb.name != command.name] or carried
        assert [verb.effect for verb in mapped if verb.effect is not command.effect] == []


@pytest.mark.parametrize("template", LIBRARY.templates.values(), ids=lambda one: one.id)
def test_what_starts_can_be_given_back(template: Template) -> None:
    effects = {command.effect for command in template.commands}
    assert Effect.START not in effects or Effect.SAFE in effects


def test_every_limit_that_protects_has_a_safe_range(cls: EquipmentClass) -> None:
    scope = Scope(example(cls), LIBRARY.classes, {}, Slots())
    related = {relation: LIBRARY.classes[one.cls] for relation, one in cls.relations.items()}
    read = {one for source in cls.protection for one in names(source.text, scope)} if cls.commands else set()
    owners = [(related[owner] if owner else cls, local) for owner, _, local in (one.rpartition(".") for one in read)]
    assert [local for owner, local in owners if owner.parameters[local].safe is None] == []


def names(text: str, scope: Scope) -> list[str]:
    """The parameters ``text`` compares with, terms followed, those of relations with the name of the relation."""
    return [limit.name for limit in limits_of([text], scope)]


EXAMPLES = [
    "config/examples/harbour-tower",
    "config/examples/harbour-plaza",
    "tests/acceptance/site",
    "tests/acceptance/generator",
]


@pytest.mark.parametrize("site", EXAMPLES)
def test_the_examples_are_armed(site: str) -> None:
    assert load_site(LIBRARY_FOLDER.parent / site).safety.findings == ()


def test_what_is_commanded_tells_that_it_stands_still_and_that_a_person_moved_it(cls: EquipmentClass) -> None:
    assert not cls.commands or (cls.rest is not None and cls.by_person is not None)
