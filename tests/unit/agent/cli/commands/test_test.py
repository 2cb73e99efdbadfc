"""``plantgate test``: what a person at a terminal, and a program, see of it."""

import asyncio
import json
from io import StringIO
from pathlib import Path

import pytest

from agent.cli import parse
from agent.cli.commands import test as command
from agent.cli.commands.test import watch
from agent.cli.shell.console import Console
from agent.cli.views.duration import span
from config.catalogue import Catalogue
from runtime.clock import ManualClock
from runtime.errors import AgentError

RULE = """\
- id: H01
  for_each: water-tank
  title: {zh: 水箱高水位, en: Tank level high}
  when: level >= high
  for: 1 min
  severity: medium
"""
TEST = """\
- name: rises
  equipment: {class: water-tank, high: 80 %}
  every: 30 s
  series: {level: 50x3 85x4 _}
  expect:
    - {at: 2 min, H01: pending}
    - {at: 3 min, H01: active}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "mine.test.yaml").write_text(TEST, encoding="utf-8")
    return tmp_path


def edit(folder: Path, old: str, new: str, name: str = "mine.test.yaml") -> None:
    path = folder / name
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


def outcome(folder: Path, *options: str, lang: str = "en") -> tuple[int, str]:
    texts, out = Catalogue.load(lang), StringIO()
    chosen = parse(["test", str(folder), *options], texts)
    code = command.run(chosen, Console(texts, as_json="--json" in options, out=out))
    return code, out.getvalue()


def test_passing(folder: Path) -> None:
    assert outcome(folder) == (0, "ok      rises\n1 passed, 0 failed\n")
    assert outcome(folder, lang="zh") == (0, "通过    rises\n1 项通过，0 项失败\n")


def test_failing_shows_expected_got_and_the_series_around_it(folder: Path) -> None:
    edit(folder, "H01: active", "H01: returned")
    assert outcome(folder) == (
        1,
        "FAILED  rises  (mine.test.yaml:1)\n"
        "    at 3 min: H01 expected returned, got active\n"
        "        level  90 s 85  120 s 85  150 s 85  [180 s 85]  210 s _\n"
        "0 passed, 1 failed\n",
    )


def test_failing_in_chinese(folder: Path) -> None:
    edit(folder, "H01: active", "H01: returned")
    assert "    3 min 时：H01 期望 returned，实际 active\n" in outcome(folder, lang="zh")[1]


def test_refusal_says_why(folder: Path) -> None:
    edit(folder, "  expect:", "  do: [{at: 2 min, ack: H01}]\n  expect:")
    assert "at 2 min: ack H01 expected done, got refused (" in outcome(folder)[1]


def test_for_programs(folder: Path) -> None:
    edit(folder, "H01: active", "H01: returned")
    code, out = outcome(folder, "--json")
    test, total = (json.loads(line) for line in out.splitlines())
    assert (code, total) == (1, {"passed": 0, "failed": 1})
    failure = test["failures"][0]
    assert (failure["at"], failure["what"], failure["expected"], failure["got"]) == (180, "H01", "returned", "active")
    assert failure["series"]["level"][-1] == {"at": 210, "value": "_"}


def test_nothing_to_test_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"test\.none"):
        outcome(tmp_path)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (90, "90 s"), (0.5, "0.5 s"), (120, "2 min"), (5400, "90 min"), (7200, "2 h"), (172800, "2 d")],
)
def test_times_read_as_people_write_them(seconds: float, text: str) -> None:
    assert span(seconds) == text


async def watched(folder: Path, *edits: tuple[str, str]) -> int:
    """How often the tests ran while the files were edited one after the other, with a look in between."""
    runs: list[int] = []
    clock = ManualClock()
    task = asyncio.get_running_loop().create_task(watch([folder], lambda: runs.append(1), clock))
    await clock.advance(2.0)
    for old, new in edits:
        edit(folder, old, new)
        await clock.advance(2.0)
    task.cancel()
    return len(runs)


@pytest.mark.parametrize(
    ("edits", "runs"), [((), 1), ((("85x4", "85x40"),), 2), ((("85x4", "85x40"), ("50x3", "50x30")), 3)]
)
async def test_watch_runs_again_when_a_file_was_saved(
    folder: Path, edits: tuple[tuple[str, str], ...], runs: int
) -> None:
    assert await watched(folder, *edits) == runs


def test_mistake_does_not_end_watching(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder, "every: 30 s", "evry: 30 s")
    out = StringIO()
    command._shown([folder], Console(Catalogue.load("en"), out=out))
    assert "evry" in capsys.readouterr().err
    assert out.getvalue() == "Waiting for a file to be saved. Ctrl-C ends.\n"
