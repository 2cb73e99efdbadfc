"""Each kind of arm that can be taken from a condition, and nothing else."""

import pytest

from rules.model import Source
from tests.mutants.arms import without_an_arm

CASES = [
    ("a", []),
    ("level < low", []),
    ("a and b", ["b", "a"]),
    ("a or b or c", ["b or c", "a or c", "a or b"]),
    ("(a or b) and c", ["c", "a or b", "b and c", "a and c"]),
    ("not (a or b)", ["not b", "not a"]),
    ("held(a and b, 5 s)", ["held(b, 5 s)", "held(a, 5 s)"]),
    ("1 <= x <= 2", ["x <= 2", "1 <= x"]),
    ("max(a, b) > 3", ["b > 3", "a > 3"]),
    ("spread(a, b, c) > 3", ["spread(b, c) > 3", "spread(a, c) > 3", "spread(a, b) > 3"]),
    ("min(x, 5 min) > 3", []),
    ("x > (a if b or c else d)", ["x > (a if c else d)", "x > (a if b else d)"]),
    ("change(x, 5 s) < -max(a, b)", ["change(x, 5 s) < -b", "change(x, 5 s) < -a"]),
]


@pytest.mark.parametrize(("text", "less"), CASES, ids=[case[0] for case in CASES])
def test_arms(text: str, less: list[str]) -> None:
    assert [source.text for _, source in without_an_arm(Source(text))] == less


def test_the_name_says_what_is_gone() -> None:
    assert [name for name, _ in without_an_arm(Source("a and 1 <= x <= 2"))] == [
        "without a",
        "without 1 <= x <= 2",
        "without limit 1 of x <= 2",
        "without limit 2 of 1 <= x",
    ]


def test_no_condition_has_no_arm() -> None:
    assert list(without_an_arm(None)) == []
