"""Every template we ship, read without a wire: its vectors, its sources, and the equipment it claims to be."""

import math
import re

import pytest

from config.assembly.roles import misfit
from config.assembly.template import ENOUGH_VECTORS
from config.assembly.vectors import decoded
from drivers.codec import compile_decoder
from drivers.modbus.request import requests_of
from drivers.points import Effect, Instant, Quality
from drivers.templates import Device, Offer, Template, Vector
from rules.model import EquipmentClass
from tests.shipped import library

LIBRARY = library()
CHINESE = re.compile("[\u4e00-\u9fff]")
TEMPLATES = sorted(LIBRARY.templates)
MODBUS = [name for name in TEMPLATES if LIBRARY.templates[name].protocol == "modbus"]
AT = Instant("boot", 0.0, 0.0)
VECTORS = [(name, vector) for name in TEMPLATES for vector in LIBRARY.templates[name].vectors]
OFFERS = [(name, offer) for name in TEMPLATES for offer in LIBRARY.templates[name].offers]


def _words(vector: Vector) -> str:
    return " ".join(f"{word:04X}" for word in vector.words)


@pytest.mark.parametrize(("name", "vector"), VECTORS, ids=lambda one: one if isinstance(one, str) else _words(one))
def test_raw_words_mean_what_the_manual_says(name: str, vector: Vector) -> None:
    value, quality, reason = decoded(LIBRARY.templates[name].point(vector.point), vector)
    assert (value is None) == (quality is Quality.BAD)
    assert reason is vector.reason
    if isinstance(vector.value, bool | str | None) or isinstance(value, bool | str | None):
        assert value == vector.value
    else:
        assert math.isclose(value, vector.value, rel_tol=1e-6)


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_confidence_is_earned(name: str) -> None:
    template = LIBRARY.templates[name]
    assert template.source
    if template.verified == "manual":
        assert template.page
        assert len(template.vectors) >= ENOUGH_VECTORS


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_title_is_in_both_languages(name: str) -> None:
    template = LIBRARY.templates[name]
    titled = (template, *template.points, *template.commands)
    assert [one.title["zh"] for one in titled if one.title["zh"].isascii() and len(one.title["zh"]) > 5] == []
    assert [
        one.title["en"] for one in titled if any("\u4e00" <= letter <= "\u9fff" for letter in one.title["en"])
    ] == []


def test_every_device_is_equipment_but_one_the_site_wires() -> None:
    assert [name for name in TEMPLATES if not LIBRARY.templates[name].offers] == ["digital-io-generic"]


@pytest.mark.parametrize(("name", "offer"), OFFERS, ids=lambda one: one if isinstance(one, str) else one.cls)
def test_an_offered_equipment_fits_its_class(name: str, offer: Offer) -> None:
    template, cls = LIBRARY.templates[name], LIBRARY.classes[offer.cls]
    assert set(offer.roles) <= set(cls.roles)
    assert _misfits(template, offer, cls) == []
    assert not (cls.read_only and template.commands)


def _misfits(template: Template, offer: Offer, cls: EquipmentClass) -> list[str]:
    device, names = Device("d", "", "", template), {point.name for point in template.points}
    played = {role.name: offer.point(role.name) for role in cls.roles.values() if offer.point(role.name) in names}
    missing = [role.name for role in cls.roles.values() if role.required and role.name not in played]
    return missing + [role for role, name in played.items() if misfit(cls.roles[role], device.point(name))]


@pytest.mark.parametrize("pattern", ["00", "ff", "7fff", "8000", "00010002", "fff8", "4366199a", "123456789abcdef0"])
@pytest.mark.parametrize("name", MODBUS)
def test_a_block_is_decoded_as_each_of_its_points_is(name: str, pattern: str) -> None:
    for request in requests_of(Device("d", "", "1", LIBRARY.templates[name])):
        answer = (bytes.fromhex(pattern) * request.size)[: request.size]
        read = {reading.point: reading[1:4] for reading in request.decode(answer, AT)}
        alone = [point for point in request.block.points if not point.modbus.needs]
        assert {f"d.{point.name}": read[f"d.{point.name}"] for point in alone} == {
            f"d.{point.name}": compile_decoder(point, request.block.address)(answer) for point in alone
        }


WATCHED_ONLY = {"smartgen-hgm4000"}
"""Templates with a start of which no register is known that tells one controller from another: not commanded."""


def test_every_template_that_starts_a_machine_can_tell_it_from_another() -> None:
    starting = {
        name: LIBRARY.templates[name].identity
        for name in MODBUS
        if any(command.effect is Effect.START for command in LIBRARY.templates[name].commands)
    }
    assert len(starting) > 3
    assert {name for name, registers in starting.items() if not registers} == WATCHED_ONLY
