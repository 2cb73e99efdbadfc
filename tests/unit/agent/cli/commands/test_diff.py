"""Two sites compared as people know them, in both languages; the exit code says whether anything differs."""

from io import StringIO
from pathlib import Path

import pytest

from agent.cli import main, parse
from agent.cli.commands import diff
from agent.cli.shell.console import Console
from config.catalogue import Catalogue
from config.library import LIBRARY

PLAZA = LIBRARY / "examples" / "harbour-plaza"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    text = (PLAZA / "plant.yaml").read_text(encoding="utf-8").replace("{low: 30 %}", "{low: 25 %}")
    (tmp_path / "plant.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "people.yaml").write_bytes((PLAZA / "people.yaml").read_bytes())
    for file in (PLAZA / "rules").iterdir():
        (tmp_path / "rules" / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "en",
            ["Equipment tank-1 Domestic water tank 1: changed", "    low (Low level): 30 % -> 25 %", "1 difference."],
        ),
        ("zh", ["机电设备 tank-1 1号生活水箱：更改", "    low（低水位）：30 % -> 25 %", "共 1 处差别。"]),
    ],
)
def test_one_limit_differs(other: Path, lang: str, lines: list[str]) -> None:
    out, texts = StringIO(), Catalogue.load(lang)
    assert diff.run(parse(["diff", str(PLAZA), str(other)], texts), Console(texts, out=out)) == 1
    assert out.getvalue().splitlines() == lines


def test_a_site_differs_in_nothing_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(PLAZA), str(PLAZA), "--json"]) == 0
    assert capsys.readouterr().out == '{"same": true, "changed": []}\n'


@pytest.mark.parametrize("sites", [[PLAZA], [PLAZA, PLAZA, PLAZA], [PLAZA, Path("nowhere")]])
def test_what_cannot_be_compared(sites: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *map(str, sites)]) == 2
    assert capsys.readouterr().out == ""
