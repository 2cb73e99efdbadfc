"""A long run goes on where it stopped: pytest itself is run on a small test of its own, again and again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies

from tests.soak import ROOT, Progress, examples, parts

SMALL = """
import pytest
from pathlib import Path
from tests.soak import FIGURES, Progress, Resuming

@pytest.mark.parametrize("part", range(3))
def test_part(part, request):
    ran = Path(__file__).with_name("ran")
    ran.write_text(ran.read_text() + str(part) if ran.exists() else str(part))
    request.node.user_properties.append((FIGURES, f"part {part}"))
    assert part != 1 or Path(__file__).with_name("mended").exists()
"""
PLUGIN = """
from pathlib import Path
from tests.soak import Progress, Resuming

def pytest_configure(config):
    progress = Progress(Path(__file__).with_name("progress.jsonl"))
    config.pluginmanager.register(Resuming(progress), "soak-resuming")
"""

SHORT = """
def pytest_configure(config):
    config.pluginmanager.register(ShortForms())
"""


def run(directory: Path) -> str:
    command = (sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(directory), str(directory))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=directory).stdout


def test_what_passed_is_not_run_again_and_what_failed_is(tmp_path: Path) -> None:
    (tmp_path / "test_small.py").write_text(SMALL, encoding="ascii")
    (tmp_path / "conftest.py").write_text(PLUGIN, encoding="ascii")
    assert "1 failed, 2 passed" in run(tmp_path)
    assert "1 failed, 2 deselected" in run(tmp_path)
    (tmp_path / "mended").touch()
    last = run(tmp_path)
    assert "1 passed, 2 deselected" in last
    assert "soak of progress: 3 passed, 2 of them before" in last
    assert (tmp_path / "ran").read_text() == "01211"
    told = [figures for figures in Progress(tmp_path / "progress.jsonl").passed.values()]
    assert sorted(told) == [["part 0"], ["part 1"], ["part 2"]]


def test_what_has_no_short_form_is_left_out_of_the_short_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.soak import ShortForms\n\n" + SHORT, encoding="ascii")
    long, short = (
        "@pytest.mark.soak(only=True)\ndef test_long(): assert 0\n",
        "@pytest.mark.soak\ndef test_short(): pass\n",
    )
    (tmp_path / "test_small.py").write_text(f"import pytest\n{long}{short}", encoding="ascii")
    assert "1 passed, 1 deselected" in run(tmp_path)


def test_a_line_cut_off_by_a_crash_is_no_result(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "deep" / "progress.jsonl")
    progress.note("whole", ["1"])
    with progress.path.open("a", encoding="utf-8") as file:
        file.write('["torn", [')
    assert Progress(progress.path).passed == {"whole": ["1"]}
    progress.forget()
    assert Progress(progress.path).passed == {}


@pytest.mark.parametrize(("long", "expected"), [(False, [(0, 5)]), (True, [(0, 40), (1, 40), (2, 20)])])
def test_a_long_count_is_cut_into_parts(
    monkeypatch: pytest.MonkeyPatch, long: bool, expected: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr("tests.soak.LONG", long)
    assert parts(5, 100, 40) == expected


@pytest.mark.parametrize(("long", "expected"), [(False, 40), (True, 2_000)])
def test_a_property_test_draws_few_examples_or_many(monkeypatch: pytest.MonkeyPatch, long: bool, expected: int) -> None:
    monkeypatch.setattr("tests.soak.LONG", long)
    assert examples(100) == expected


@given(strategies.booleans())
def test_a_property_test_is_in_the_soak_without_saying_so(request: pytest.FixtureRequest, drawn: bool) -> None:
    assert request.node.get_closest_marker("soak")
    assert settings.default.max_examples == examples(100)
