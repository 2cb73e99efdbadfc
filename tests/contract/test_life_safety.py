"""Fire, lift and gas are watched and never commanded: neither their templates nor their classes have a single verb."""

import pytest

from tests.shipped import library

LIBRARY = library()
LIFE_SAFETY = ("fire-panel", "fire-point", "fire-pump", "gas-detector", "lift")
BY_NAME = ("fire", "gas", "lift", "firetrol", "metron", "notifier", "midas", "msa", "toc635")
"""Parts of names of templates that stand for such devices, also of those that offer no equipment."""
TEMPLATES = sorted(
    name
    for name, template in LIBRARY.templates.items()
    if {offer.cls for offer in template.offers} & set(LIFE_SAFETY) or any(part in name for part in BY_NAME)
)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_no_commands(name: str) -> None:
    assert LIBRARY.templates[name].commands == ()


@pytest.mark.parametrize("name", LIFE_SAFETY)
def test_a_class_has_no_commands(name: str) -> None:
    assert not LIBRARY.classes[name].commands


def test_each_of_them_has_a_template() -> None:
    offered = {offer.cls for name in TEMPLATES for offer in LIBRARY.templates[name].offers}
    assert offered >= set(LIFE_SAFETY)
