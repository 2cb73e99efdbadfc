"""The pages of decisions: each has a number of its own, in name and title, and every link to one leads there."""

import re

from tests.areas import ROOT

FOLDER = ROOT / "docs" / "decisions"
PAGES = sorted(path.name for path in FOLDER.glob("*.md"))
LINK = re.compile(r"(?:docs/)?decisions/([0-9]{4}[a-z0-9-]*\.md)|\((?:\./)?([0-9]{4}-[a-z0-9-]+\.md)")


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [name[:4] for name in PAGES]
    assert sorted({*numbers}) == numbers


def test_a_page_begins_with_its_number() -> None:
    heads = {name: (FOLDER / name).read_text(encoding="utf-8").split("\n", 1)[0] for name in PAGES}
    assert {name: head for name, head in heads.items() if not head.startswith(f"# {int(name[:4])}. ")} == {}


def test_links_to_decisions_lead_to_one() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {found[1] or found[2] for path in pages for found in LINK.finditer(path.read_text(encoding="utf-8"))}
    assert named - {*PAGES} == set()
