"""docs/architecture.md and its picture say what the code says; no arrow runs up, nothing imports itself in a round."""

import ast
import re
from functools import cache

import pytest

from tests.architecture.imports import ROOT, Sources, circles, packages, reduced, rooms, upward
from tests.architecture.page import renewed
from tests.architecture.picture import picture
from tests.trees import tree

PAGE = ROOT / "docs" / "architecture.md"
STEP = re.compile(r"^\d+\. `([\w/.]+)`(?: `([\w.]+)`)?", re.MULTILINE)
STEPS = STEP.findall(PAGE.read_text(encoding="utf-8"))


@cache
def sources() -> Sources:
    return Sources(ROOT, packages())


def test_the_page_is_fresh() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == renewed(page, sources()), "run `make docs`"


def test_the_picture_is_fresh() -> None:
    assert (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8") == picture(sources()), "run `make docs`"


def test_no_file_imports_itself_in_a_round() -> None:
    assert circles(sources().imports) == []


@pytest.mark.parametrize("folder", sources().folder_names(), ids=lambda name: name or "all")
def test_no_arrow_runs_up(folder: str) -> None:
    graph = rooms(sources().imports, folder)
    assert (circles(graph), upward(graph)) == ([], 0)


@pytest.mark.parametrize(("file", "name"), STEPS, ids=lambda part: part)
def test_a_step_of_a_way_is_there(file: str, name: str) -> None:
    scope: list[ast.stmt] = tree(ROOT / file).body
    for part in filter(None, name.split(".")):
        found = [one for one in scope if isinstance(one, _DEFINES) and one.name == part]
        assert found, f"{file} has no {name}"
        scope = found[0].body


_DEFINES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def test_there_are_three_ways_of_ten_steps() -> None:
    assert len(STEPS) == 30


def test_circles_and_arrows_up_are_seen() -> None:
    round_ = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert circles(round_) == [{"a", "b", "c"}]
    assert upward(round_) == 1
    assert reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}
