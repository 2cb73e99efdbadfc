"""Taking anything away from the shipped library makes one of its tests fail.

``make soak ONLY=mutants`` tries every mutant, ``make test`` some of them.
"""

import pytest

from tests.mutants.judge import every, noticed
from tests.mutants.library import Mutant
from tests.soak import soak

STEP = soak(7, 1)
"""In ``make test`` each seventh mutant is tried."""


@pytest.mark.soak
@pytest.mark.parametrize("mutant", every()[::STEP], ids=lambda mutant: mutant.name)
def test_mutants_of_the_library_do_not_survive(mutant: Mutant) -> None:
    assert noticed(mutant), f"no test notices: {mutant.name}"
