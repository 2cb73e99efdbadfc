"""The page about the condition language is true: each example on it runs, each function is on it, in both languages."""

import json
import re
from pathlib import Path

import pytest
import yaml

from config.rule_tests import Suite, load_suite
from drivers.points import UNITS
from rules.condition import Scope, Slots, compile_condition
from rules.condition.check import MAX_PARTS
from rules.condition.compile import LANGUAGE
from rules.condition.parser import MAX_DEPTH
from rules.condition.scope import example
from rules.condition.tokens import MAX_LENGTH
from rules.functions.buckets import BUCKETS
from rules.testing import Action, RuleTest, run_test

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("language.md", "language.zh.md")
OF_TEST = ("others", "start", "timezone", "every", "series", "do", "runs", "expect")
"""Keys of an example that belong in the test; ``equipment`` is merged with the class."""


def text(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def examples(page: str) -> list[dict[str, object]]:
    return [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", text(page), re.DOTALL | re.MULTILINE)]


def mistakes(page: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", text(page), re.MULTILINE)


def written(number: int, one: dict[str, object]) -> tuple[str, str]:
    """An example as a rule and its test, under a name of their own."""
    rule, cls = f"X{number:03}", one.get("for_each", "water-tank")
    more = {key: one[key] for key in ("for", "clear", "clear_for", "severity") if key in one}
    title = {"zh": "例", "en": "Example"}
    block = {"id": rule, "for_each": cls, "title": title, "when": one["when"], "severity": "low"} | more
    equipment = {"class": cls, **one.get("equipment", {})}  # type: ignore[dict-item]
    test = {"name": str(one["when"]), "equipment": equipment, **{key: one[key] for key in OF_TEST if key in one}}
    return _entry(block), _entry(test).replace("X01", rule)


def _entry(block: dict[str, object]) -> str:
    # JSON is YAML with every text in quotes.
    return f"- {json.dumps(block, ensure_ascii=False)}\n"


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    folder = tmp_path_factory.mktemp("language")
    blocks = [written(number, one) for number, one in enumerate(examples(PAGES[0]), 1)]
    (folder / "page.yaml").write_text("".join(rule for rule, _ in blocks), encoding="utf-8")
    (folder / "page.test.yaml").write_text("".join(test for _, test in blocks), encoding="utf-8")
    return load_suite(folder)


def ids() -> list[str]:
    return [str(one["when"]) for one in examples(PAGES[0])]


@pytest.mark.parametrize("number", range(len(ids())), ids=ids())
def test_example(suite: Suite, number: int) -> None:
    test: RuleTest = suite.tests[number]
    assert run_test(test, suite.classes, suite.rules).failures == ()


def test_both_languages_have_the_same_examples() -> None:
    assert examples(PAGES[1]) == examples(PAGES[0])
    assert mistakes(PAGES[1]) == mistakes(PAGES[0])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", LANGUAGE.calls)
def test_function_is_told_and_shown(page: str, name: str) -> None:
    assert f"`{name}(" in text(page) or re.search(rf"^### .*\b{name}\b", text(page), re.MULTILINE)
    assert any(f"{name}(" in str(one["when"]) for one in examples(page))


@pytest.mark.parametrize("page", PAGES)
def test_page_names_every_unit_deed_and_limit(page: str) -> None:
    told = text(page)
    words = told.replace("`", " ").split()
    assert [symbol for symbol in filter(None, UNITS) if symbol not in words] == []
    assert [action for action in Action if action not in words] == []
    assert all(f"{limit:,}" in told for limit in (MAX_LENGTH, MAX_DEPTH, MAX_PARTS, BUCKETS))


@pytest.mark.parametrize(("wrong", "meant"), mistakes(PAGES[0]))
def test_mistake_is_met_with_that_suggestion(suite: Suite, wrong: str, meant: str) -> None:
    one = example(suite.classes["water-tank"])
    _, errors = compile_condition(wrong, Scope(one, suite.classes, {}, Slots()))
    assert [error.suggestion for error in errors] == [meant]
