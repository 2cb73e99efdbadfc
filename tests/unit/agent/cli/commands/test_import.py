"""From an exported file to a template of the site, as a person does it."""

from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main, parse
from agent.cli.shell.console import Console
from config.catalogue import Catalogue
from config.site import load_site
from runtime.errors import UsageError

COMMAND = import_module("agent.cli.commands.import_")
TABLE = "Registers;Name;Dim;Type;Dec\n41005;RPM;RPM;Unsigned16;0\n41009;Oil;bar;Integer16;1\nx;Bad;;;\n"
PLANT = """\
site: {id: plaza, title: {zh: 广场, en: Plaza}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:1883"}
links:
  - {id: bus, url: "modbus-tcp://127.0.0.1:5020"}
devices:
  - {id: set-1, link: bus, unit: 1, template: genset}
equipment: []
packs: [agent]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "plant.yaml").write_text(PLANT, encoding="utf-8")
    (tmp_path / "genset.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def _run(site: Path, *more: str, lang: str = "en", base: str = "40001") -> tuple[int, str]:
    out, texts = StringIO(), Catalogue.load(lang)
    arguments = ["import", str(site / "genset.csv"), "--into", str(site), "--base", base, *more]
    return COMMAND.run(parse(arguments, texts), Console(texts, out=out)), out.getvalue()


def test_the_site_uses_what_was_imported(site: Path) -> None:
    code, said = _run(site, "--style", "comap")
    assert code == 1
    assert 'genset.csv:4: "x" is not a register in a table with base 40001 (row left out)' in said
    assert "2 points from 3 rows; 1 row left out" in said
    points = load_site(site).devices[0].template.points
    assert [(point.name, point.modbus.address) for point in points] == [("rpm", 1004), ("oil", 1008)]


def test_the_report_is_in_the_language_of_the_reader(site: Path) -> None:
    assert "（该行未采用）" in _run(site, lang="zh")[1]


def test_a_table_that_is_understood_is_good(site: Path) -> None:
    (site / "genset.csv").write_text("Register,Name\n1,A\n", encoding="utf-8")
    assert _run(site, "--id", "other", base="1")[0] == 0
    assert (site / "templates" / "other.yaml").exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--id", "dse-genset"], "import.taken"),
        (["--id", "Not an id"], "value.identifier"),
        (["--column", "nope=X"], "import.column"),
        (["--column", "address"], "import.column"),
        (["--column", "address=Elsewhere"], "import.no-headings"),
    ],
)
def test_wrong_usage_writes_nothing(site: Path, more: list[str], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        _run(site, *more)
    assert caught.value.code == code
    assert not list((site / "templates").glob("*"))


def test_nothing_is_overwritten(site: Path) -> None:
    _run(site)
    before = (site / "templates" / "genset.yaml").read_text("utf-8")
    with pytest.raises(UsageError):
        _run(site)
    assert (site / "templates" / "genset.yaml").read_text("utf-8") == before


def test_the_base_must_be_said(site: Path, capsys: Any) -> None:
    assert main(["import", str(site / "genset.csv"), "--into", str(site)]) == 2
    assert "--base" in capsys.readouterr().err


def test_why_nothing_was_understood_is_said(site: Path) -> None:
    (site / "genset.csv").write_text("Register,Name\nU1,A\nY,B\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        _run(site, base="1")
    said = Catalogue.load("en").error(caught.value)
    assert said.startswith('none of the 2 rows was understood; line 2: "U1" is not a register')
    assert "3: " in said
    assert not (site / "templates" / "genset.yaml").exists()


def test_a_table_without_rows_is_said(site: Path) -> None:
    (site / "genset.csv").write_text("Register,Name\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"import\.no-rows"):
        _run(site, base="1")


def test_a_gain_that_divides_is_said(site: Path) -> None:
    (site / "genset.csv").write_text("Register,Name,Gain\n1,A,1000\n", encoding="utf-8")
    code, said = _run(site, base="1")
    assert (code, "taken as divisors" in said) == (0, True)
