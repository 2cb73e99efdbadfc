"""Sites that command machines well: they stay armed, and say what their commands rely on."""

from pathlib import Path

import pytest

from config.site import load_site
from tests.adversary.safety.sites import (
    ENGINE,
    GENERATOR_COMMANDS,
    OWN,
    OWN_CLASS,
    OWN_POINTS,
    OWN_SAFE,
    TWO_SETS,
    Case,
    bound,
    codes,
    command,
    grouped,
    site_of,
    template,
)

GOOD_CASES = [
    Case("as it is"),
    Case("no fire panel for a reason", (("fire: fire-1}", "fire: none}\n    reasons: {fire: outdoors}"),)),
    Case(
        "no mains for a reason",
        (
            ("mains: mains,", "mains: none,"),
            ("    device: set-1\n", "    device: set-1\n    reasons: {mains: an island}\n"),
        ),
    ),
    Case(
        "a fuel sensor somebody saw",
        (
            (
                GENERATOR_COMMANDS,
                f"{GENERATOR_COMMANDS}    roles: {{fuel: set-1.load}}\n"
                '    proved: {fuel: {point: set-1.load, by: Li Wei, date: "2026-11-20"}}\n',
            ),
        ),
    ),
    Case(
        "a template of its own, every point seen",
        OWN,
        {
            "templates/copy.yaml": template(
                "copy",
                "{class: generator}",
                OWN_SAFE + command("start", "start", "{at: coil 71, value: true}"),
                *OWN_POINTS,
            )
        },
    ),
    Case(
        "two sets that one device moves, each by itself",
        TWO_SETS,
        {"templates/copy.yaml": grouped(start_a="a", auto_a="a", start_b="b", auto_b="b")},
    ),
    Case("another safe command for cancel", bound("cancel: set-1.auto")),
    Case(
        "an interlock of its own",
        (
            (
                GENERATOR_COMMANDS,
                f"{GENERATOR_COMMANDS}    interlocks:\n"
                "      - {id: hot, when: coolant > 80 °C, title: {zh: 热, en: Hot}}\n",
            ),
        ),
    ),
    Case(
        "a beacon of its own",
        (
            ("unit: 5, template: eastron-sdm630", "unit: 5, template: copy"),
            ("packs:", ENGINE % ("other-meter", ", commands: {start: other-meter.light}")),
        ),
        {
            "classes/engine.yaml": OWN_CLASS % "signal",
            "templates/copy.yaml": template("copy", "", command("light", "signal", "{at: coil 3, value: true}")),
        },
    ),
]


@pytest.mark.parametrize("case", GOOD_CASES, ids=lambda case: case.name)
def test_a_good_site_is_armed(case: Case, tmp_path: Path) -> None:
    plant = load_site(site_of(case, tmp_path))
    assert codes(plant) == {}
    assert plant.safety.unscheduled == {}


def test_what_commands_rely_on_is_listed_with_who_vouches(tmp_path: Path) -> None:
    plant = load_site(site_of(GOOD_CASES[3], tmp_path))
    provenance = {
        (relied.owner, relied.role): (relied.provenance.value, relied.proved) for relied in plant.safety.relies
    }
    assert provenance["mains", "voltage_l1"] == ("template", "")
    assert provenance["fire-1", "zone_1"] == ("template", "")
    assert provenance["generator-1", "fuel"] == ("proved", "Li Wei, 2026-11-20")


def test_the_absence_of_protection_is_listed_with_its_reason(tmp_path: Path) -> None:
    plant = load_site(site_of(GOOD_CASES[1], tmp_path))
    assert plant.safety.without == (("generator-1", "fire", "outdoors"),)


def test_without_mains_its_interlock_drops_out_and_the_others_stay(tmp_path: Path) -> None:
    rulebook, _ = load_site(site_of(GOOD_CASES[2], tmp_path)).compile()
    assert [lock.interlock.id for lock in rulebook.command_sets["generator-1"].locks] == [
        "fire",
        "fuel-low",
        "battery-low",
    ]


def test_an_interlock_of_the_site_stands_beside_those_of_the_class(tmp_path: Path) -> None:
    rulebook, _ = load_site(site_of(GOOD_CASES[7], tmp_path)).compile()
    locks = [lock.interlock.id for lock in rulebook.command_sets["generator-1"].locks]
    assert locks == ["fire", "mains-lost", "fuel-low", "battery-low", "hot"]
