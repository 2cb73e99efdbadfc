"""Flat names are ours alone, and what people get is pinned and complete."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_owns_the_name(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"plantgate"}


def test_every_dependency_is_an_exact_pin() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(item for extra in extras for item in extra)]
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
