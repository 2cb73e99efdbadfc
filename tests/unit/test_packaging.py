"""Flat names are ours alone, and what people get is pinned and complete."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.trees import tree

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
RUN_TIME = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["demo"]]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_owns_the_name(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"plantgate"}


def test_every_dependency_is_an_exact_pin() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(item for extra in extras for item in extra)]
    wanted += PROJECT["dependency-groups"]["build"]
    assert [item for item in wanted if not re.fullmatch(r"[a-z0-9-]+==[0-9.]+", item)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_lock_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    pins = re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9._-]+==[^\n]*\\\n\s+--hash=sha256:", text, re.MULTILINE)) > 0


@pytest.mark.parametrize("name", [item.partition("==")[0] for item in PROJECT["project"]["dependencies"]])
def test_lock_names_every_run_time_dependency(name: str) -> None:
    assert f"\n{name}==" in "\n" + (ROOT / "locks" / "run.txt").read_text(encoding="utf-8")


def imported() -> set[str]:
    """The top names of everything that the sources import."""
    trees = (tree(path) for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    whole = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in whole | parts}


def test_every_run_time_dependency_is_imported_by_the_sources() -> None:
    owners = packages_distributions()
    used = {owner.lower() for name in imported() for owner in owners.get(name, [])}
    assert [item for item in RUN_TIME if item.partition("==")[0] not in used] == []


def test_what_builds_the_project_is_in_no_lock_of_what_runs() -> None:
    text = {path.stem: path.read_text(encoding="utf-8") for path in LOCKS}
    builders = [item.partition("==")[0] for item in PROJECT["dependency-groups"]["build"]]
    found = [(name, lock) for name in builders for lock in text if f"\n{name}==" in "\n" + text[lock]]
    assert found == [(name, "build") for name in builders]


@pytest.mark.parametrize("guide", ["installer.md", "installer.zh.md"])
def test_a_gateway_gets_wheels_of_the_run_lock_and_nothing_else(guide: str) -> None:
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if "/bin/pip install" in line]
    assert len(installs) == 2
    assert all("--only-binary :all:" in line for line in installs)
    assert re.findall(r"locks/(\w+)\.txt", "".join(installs)) == ["run"]
