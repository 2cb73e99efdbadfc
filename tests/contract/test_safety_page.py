"""docs/safety.md and docs/safety.zh.md name tests that exist, the same in both languages, and say the same of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("docs/safety.md", "docs/safety.zh.md", "docs/decisions/0030-what-shows-that-it-is-safe.md")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def named(page: str) -> list[tuple[str, str]]:
    return TEST.findall((ROOT / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_exists(page: str) -> None:
    found = named(page)
    assert len(found) > 20
    missing = [
        f"{file}::{name}"
        for file, name in found
        if not re.search(rf"def {name}\(", (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).exists() else "")
    ]
    assert missing == []


def test_both_languages_name_the_same_tests_row_by_row() -> None:
    assert named(PAGES[0]) == named(PAGES[1])


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "docs/installer.md", "docs/installer.zh.md"])
def test_people_are_led_there(page: str) -> None:
    assert "safety.zh.md" in (ROOT / page).read_text() if ".zh" in page else "safety.md" in (ROOT / page).read_text()
