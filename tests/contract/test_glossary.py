"""docs/glossary.md holds every title we ship: a Chinese term has its English word, and what code calls it exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.library import LIBRARY as DIRECTORY
from rules.model import Title
from tests.shipped import library

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "glossary.md"
LIBRARY = library()


def said(text: str) -> str:
    """Without what spelling may change."""
    return text.casefold().replace("-", " ")


ROW = re.compile(r"^\| (?P<zh>[^|]+?) \| (?P<en>[^|]+?) \| (?P<also>[^|]*?) ?\| (?:`(?P<name>[^`]+)`)? ?\|$")
TERMS = [
    match
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if (match := ROW.match(line)) and match["zh"] != "中文"
]
ENGLISH = {
    term["zh"]: [said(word.strip()) for word in (term["en"], *term["also"].split(",")) if word.strip()]
    for term in TERMS
}
LONGEST_FIRST = sorted(ENGLISH, key=len, reverse=True)


def titles() -> Iterator[Title]:
    """Every title that rules, classes, templates and procedures of the library carry."""
    for cls in LIBRARY.classes.values():
        yield from (one.title for one in (cls, *cls.roles.values(), *cls.parameters.values(), *cls.commands.values()))
    for template in LIBRARY.templates.values():
        yield from (one.title for one in (template, *template.points, *template.commands))
    yield from (rule.title for rule in LIBRARY.rules)
    yield from (one.title for one in (*LIBRARY.tasks.procedures, *LIBRARY.tasks.plans))


def terms_in(text: str) -> Iterator[str]:
    """The terms in ``text``; a part of a longer term is not one."""
    for term in LONGEST_FIRST:
        if term in text:
            text = text.replace(term, " ")
            yield term


def test_there_are_terms_and_each_stands_once() -> None:
    assert len(TERMS) == len(ENGLISH) > 100


def test_every_title_says_it_in_the_words_of_the_glossary() -> None:
    assert [
        f"{title['zh']} | {title['en']}: {term} is {' or '.join(ENGLISH[term])}"
        for title in titles()
        for term in terms_in(title["zh"])
        if not any(word in said(title["en"]) for word in ENGLISH[term])
    ] == []


@pytest.mark.parametrize("name", sorted({term["name"] for term in TERMS if term["name"]}))
def test_what_code_calls_it_exists(name: str) -> None:
    word = re.compile(rf"\b{re.escape(name)}\b")
    files = [*DIRECTORY.rglob("*.yaml"), *(ROOT / "rules").rglob("*.py"), *(ROOT / "agent" / "api").rglob("*.py")]
    assert any(word.search(file.read_text(encoding="utf-8")) or file.stem == name for file in files)
