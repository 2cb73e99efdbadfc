"""``plantgate migrate`` on a site of its own: what it says, and what stands in the file then."""

from io import StringIO
from pathlib import Path
from shutil import copytree

import pytest

from agent.cli import parse
from agent.cli.commands import migrate
from agent.cli.shell.console import Console
from config.catalogue import Catalogue
from tests.unit.agent.cli.commands.test_check import PLAZA

RULE = "- {id: Z01, for_each: water-tank, title: Falls, when: 'rate(level, 2 min) < -20 %', severity: low}\n"


@pytest.mark.parametrize(
    ("lang", "first", "last"),
    [
        ("en", 'rules/falls.yaml:1:56: "rate" is called "change" now', "Nothing to rename."),
        ("zh", "rules/falls.yaml:1:56: “rate”现在写作“change”", "没有需要改名的内容。"),
    ],
)
def test_it_says_where_it_renamed(tmp_path: Path, lang: str, first: str, last: str) -> None:
    site = copytree(PLAZA, tmp_path / "site")
    rules = site / "rules" / "falls.yaml"
    rules.parent.mkdir(exist_ok=True)
    rules.write_text(RULE, encoding="utf-8")
    said = []
    for _ in range(2):
        texts, out = Catalogue.load(lang), StringIO()
        assert migrate.run(parse(["migrate", str(site)], texts), Console(texts, out=out)) == 0
        said.append(out.getvalue())
    assert said[0].startswith(first)
    assert said[1].strip() == last
    assert rules.read_text(encoding="utf-8") == RULE.replace("rate(", "change(")
