"""Each kind of change to a Python source."""

import pytest

from tests.mutants.python import changed

CASES = [
    ("if a < b: pass", ["if a <= b:"]),
    ("if a is not b: pass", ["if a is b:"]),
    ("if a and b: pass", ["if a or b:"]),
    ("if not a: pass", ["if not not a:"]),
    ("x = 5", ["pass", "x = 6", "x = 4"]),
    ("return a", ["return None"]),
    ("return None", []),
    ("go()", ["pass"]),
    ('"""Meaning."""', []),
    ("x: 'List[1]' = a", []),
    ("x = True", ["pass"]),
    ("if a: go()", ["pass"]),
    ("def inner():\n        return a", ["return None"]),
]


@pytest.mark.parametrize(("line", "news"), CASES, ids=[case[0] for case in CASES])
def test_changes_of_a_line(line: str, news: list[str]) -> None:
    found = [source for _, source in changed(f"def f():\n    {line}\n")]
    assert len(found) == len(news)
    assert all(new in source for new, source in zip(news, found, strict=True))


def test_the_name_says_where_and_what() -> None:
    assert [name for name, _ in changed("def f():\n    return a == b")] == [
        "2 return None in f",
        "2 Eq -> NotEq in f",
    ]
