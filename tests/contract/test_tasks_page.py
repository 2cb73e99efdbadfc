"""docs/tasks.md: forty everyday tasks, each a command there is, with the seconds it took."""

import re
import shlex
from pathlib import Path

import pytest

from agent.cli import parse
from config.catalogue import Catalogue
from tests.tasks.__main__ import PEOPLE, Task, tasks

PAGE = Path(__file__).parents[2] / "docs" / "tasks.md"
ROW = re.compile(r"^\| (?P<who>[^|]+) \| (?P<zh>[^|]+) \| (?P<en>[^|]+) \| `(?P<do>[^`]+)` \| (?P<seconds>\d+\.\d) \|$")
ENGLISH = Catalogue.load("en")


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.en)
def test_its_command_is_understood(task: Task) -> None:
    program, *words = shlex.split(task.do)
    assert program == "plantgate"
    parse(words, ENGLISH)


def test_the_page_has_them_all() -> None:
    rows = [row for line in PAGE.read_text(encoding="utf-8").splitlines() if (row := ROW.match(line))]
    assert [(row["who"], row["zh"], row["en"], row["do"]) for row in rows] == [
        (PEOPLE[task.who], task.zh, task.en, task.do) for task in tasks()
    ]
    assert len(rows) == 40
    assert {task.who for task in tasks()} == {*PEOPLE}
