"""Changing one thing in the sources of the rules makes a test fail.

``make soak ONLY=mutants`` tries 500 changes drawn by a seed, which stands in the name of each test, against all tests
of the rules and of safety; ``make test`` tries those of one small file against the tests that mirror it.
``PLANTGATE_MUTANTS_SEED`` draws others, ``PLANTGATE_MUTANTS_BUDGET`` gives each more CPU seconds than 60.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.live import NotLive, put
from tests.mutants.python import Change, changes
from tests.mutants.trial import ROOT, mirrored
from tests.soak import soak

SEED = int(os.environ.get("PLANTGATE_MUTANTS_SEED", "10"))
KNOWN = changes(ROOT, "rules")
EQUIVALENT = {
    'rules/procedure/orphan.py: return None in twin at `return ""`': "only asked whether it is empty",
}
"""Changes that no test can tell from the whole, and why."""


def described(change: Change) -> str:
    """What it does and where, by the text of the line: its number changes with every edit above."""
    line, _, what = change.name.partition(":")[2].partition(" ")
    text = (ROOT / change.path).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()
    return f"{change.path.as_posix()}: {what} at `{text}`"


SMALL = [number for number, change in enumerate(KNOWN) if change.name.startswith("rules/timer.py")]
DRAWN = random.Random(SEED).sample(*soak((SMALL, len(SMALL)), (range(len(KNOWN)), 500)))  # noqa: S311 - no secret
TRIED = [number for number in DRAWN if described(KNOWN[number]) not in EQUIVALENT]
WHOLE = "--ignore=tests/adversary/safety/test_whole_agent.py"
"""Whole processes live in real time: they tell how busy the machine is before they tell of a change."""
TESTS = soak(["tests/unit/rules/test_timer.py"], ["tests/unit/rules", "tests/adversary/safety", WHOLE])


class Trial:
    """The process that tries changes."""

    def __init__(self, *tests: str) -> None:
        """Let it collect ``tests``."""
        command = (sys.executable, "-m", "tests.mutants.trial", *tests)
        environment = {**os.environ, "PLANTGATE_SOAK": "0"}  # a change is tried on the short forms
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True, env=environment
        )

    def verdict(self, number: int) -> tuple[str, str]:
        """What came of the change of this number, and the last test that ran."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the tests fail without any change"
        verdict, last = json.loads(line)
        return verdict, last


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    one = Trial(*TESTS)
    yield one
    one.process.communicate()


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("number", TRIED, ids=lambda number: f"seed {SEED} {KNOWN[number].name}")
def test_mutants_of_the_rules_do_not_survive(trial: Trial, number: int) -> None:
    verdict, last = trial.verdict(number)
    assert verdict == "noticed", f"{verdict}: {KNOWN[number].name}; the last test: {last}"


def test_what_cannot_be_told_apart_is_a_change() -> None:
    assert EQUIVALENT.keys() <= {described(change) for change in KNOWN}


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


def test_what_no_test_reads_survives_and_the_next_change_is_tried_on_the_whole() -> None:
    """What one fork did to its functions is gone for the next."""
    names = ["return None in remaining", "return None in elapsed"]
    numbers = [next(number for number in SMALL if KNOWN[number].name.endswith(name)) for name in names]
    one = Trial("tests/unit/rules/test_timer.py::test_counts_only_while_running")
    verdicts = [one.verdict(number)[0] for number in (*numbers, numbers[0])]
    one.process.communicate()
    assert verdicts == ["survived", "noticed", "survived"]


def test_every_change_is_one_of_a_function_that_is_there() -> None:
    """Code at the head of a file has run by then: such a change would be tried on nothing."""
    assert [one.name for one in KNOWN if " in " not in one.name.partition(":")[2]] == []


def test_a_change_that_no_function_takes_is_not_tried_on_nothing(tmp_path: Path) -> None:
    (tmp_path / "nobody.py").write_text("def imported(): return 1\n", encoding="utf-8")
    with pytest.raises(NotLive):
        put(Change(Path("nobody.py"), 0, "1 return None in imported"), tmp_path)
