"""What a page names is there: files and folders of the repository, and wherever a link leads."""

import re
from pathlib import Path

import pytest

from tests.unit.test_names import PACKAGES

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh.md")
ABOUT_THE_SOURCES = (*READMES, "CONTRIBUTING.md", "docs/architecture.md")
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
FOLDERS = {*PACKAGES, "docs", "locks", "systemd", "tests"}
PATH = re.compile(r"`([\w./<>*-]+/[\w./<>*-]*)`")
PLACEHOLDER = re.compile(r"<\w+>|\b[A-Z]{3,}\b")
"""What a reader fills in: ``config/templates/<kind>/NAME.yaml``."""
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
FOLDER_ROW = re.compile(r"^\| `(\w+)/` \|", re.MULTILINE)


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def named(page: str) -> list[str]:
    return [path for path in PATH.findall(text(page)) if path.partition("/")[0] in FOLDERS]


@pytest.mark.parametrize("page", ABOUT_THE_SOURCES)
def test_a_file_that_is_named_is_there(page: str) -> None:
    patterns = {path: PLACEHOLDER.sub("*", path.rstrip("/")) for path in named(page)}
    assert len(patterns) > 5
    assert [path for path, pattern in patterns.items() if not any(ROOT.glob(pattern))] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_somewhere(page: str) -> None:
    targets = [target for target in LINK.findall(text(page)) if "://" not in target]
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


@pytest.mark.parametrize("page", READMES)
def test_the_readme_shows_every_folder_of_the_sources(page: str) -> None:
    assert {*FOLDER_ROW.findall(text(page))} == FOLDERS - {"locks"}
