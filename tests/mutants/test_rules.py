"""Changing one thing in the sources of the rules makes a unit test fail.

``make soak ONLY=mutants`` tries 500 changes drawn by a seed, which stands in the name of each test; ``make test`` tries
those of one small file. ``PLANTGATE_MUTANTS_SEED`` draws others. What survives is also written to
``.soak/survivors-SEED.txt``.
"""

import os
import random
from pathlib import Path

import pytest

from tests.mutants.python import Change, changes
from tests.mutants.workshop import ROOT, Noticed, Workshop, mirrored
from tests.soak import soak

SEED = int(os.environ.get("PLANTGATE_MUTANTS_SEED", "10"))
SMALL = [change for change in changes(ROOT, "rules") if change.name.startswith("rules/timer.py")]
DRAWN = random.Random(SEED).sample(*soak((SMALL, 3), (changes(ROOT, "rules"), 500)))  # noqa: S311 - no secret


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("mutants"))


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("change", DRAWN, ids=lambda change: f"seed {SEED} {change.name}")
def test_mutants_of_the_rules_do_not_survive(workshop: Workshop, change: Change) -> None:
    if workshop.noticed(change) is Noticed.NOT:
        file = ROOT / ".soak" / f"survivors-{SEED}.txt"
        file.parent.mkdir(exist_ok=True)
        with file.open("a", encoding="utf-8") as survivors:
            survivors.write(f"{change.name}\n")
        pytest.fail(f"no test of the rules notices: {change.name}")


def test_a_harmless_change_is_not_noticed_and_leaves_the_copy_whole(workshop: Workshop) -> None:
    path = Path("rules/timer.py")
    before = (workshop.folder / path).read_text(encoding="utf-8")
    assert workshop._pass(mirrored(path))
    assert (workshop.folder / path).read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("rules/timer.py", ["tests/unit/rules/test_timer.py"]),
        ("rules/condition/parser.py", ["tests/unit/rules/condition/test_parser.py"]),
        ("rules/condition/nodes.py", ["tests/unit/rules/condition"]),
    ],
)
def test_tests_that_mirror_a_file(path: str, tests: list[str]) -> None:
    assert [test.as_posix() for test in mirrored(Path(path))] == tests
