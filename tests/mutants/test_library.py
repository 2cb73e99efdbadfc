"""Taking anything away from the shipped library makes one of its rule tests fail.

``make soak ONLY=mutants`` tries every mutant, ``make test`` some of them.
"""

import pytest

from tests.mutants.judge import every, noticed
from tests.mutants.library import Mutant
from tests.soak import soak

STEP = soak(13, 1)
"""In ``make test`` each thirteenth mutant is tried."""

ALIKE = {
    "generator interlock mains-lost: aborts gone": "the handover of the class ends a test when the mains is lost, too",
    "generator by_person: mode in_auto gone": "a person who puts it to auto has paid what is owed",
    "generator start: proof gone": "a test expects the set to run itself; by hand it is only told",
    "generator-weekly requires: battery_voltage >= battery_low gone": "the interlock battery-low says the same",
    "generator-weekly guard: mains.healthy gone": "the interlock mains-lost says the same",
    "generator-weekly steps: record gone": "decides nothing; test_generator.py reads what is recorded",
    "emergency-function guard: mains.healthy gone": "the interlock mains-lost says the same",
    "emergency-duration guard: mains.healthy gone": "the interlock mains-lost says the same",
    **{
        f"emergency-luminaire term {term}: without {arm}": "a word for the rules of sites; no shipped rule asks for it"
        for term, arms in {
            "testing": ("function_test", "duration_test"),
            "lit": ("emergency_mode", "extended_emergency_mode", "function_test", "duration_test"),
        }.items()
        for arm in arms
    },
}
"""Mutants that no rule test can tell from the whole, and why."""

TRIED = [mutant for mutant in every()[::STEP] if mutant.name not in ALIKE]


@pytest.mark.soak
@pytest.mark.parametrize("mutant", TRIED, ids=lambda mutant: mutant.name)
def test_mutants_of_the_library_do_not_survive(mutant: Mutant) -> None:
    assert noticed(mutant), f"no test notices: {mutant.name}"


def test_what_cannot_be_told_apart_is_a_mutant() -> None:
    assert ALIKE.keys() <= {mutant.name for mutant in every()}
