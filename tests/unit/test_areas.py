"""The areas of the tests: none is forgotten, and the page for contributors names them."""

import pytest

from tests.areas import AREAS, ROOT, paths

TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def test_every_test_belongs_to_an_area() -> None:
    found = [path for area in AREAS for path in paths(area)]
    assert [test for test in TESTS if not any(test.is_relative_to(path) for path in found)] == []


@pytest.mark.parametrize(("area", "pattern"), [(area, one) for area, patterns in AREAS.items() for one in patterns])
def test_every_pattern_finds_tests(area: str, pattern: str) -> None:
    assert any(test.is_relative_to(path) for path in (ROOT / "tests").glob(pattern) for test in TESTS)


@pytest.mark.parametrize("area", AREAS)
def test_the_page_for_contributors_names_it(area: str) -> None:
    assert f"| `{area}` |" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
