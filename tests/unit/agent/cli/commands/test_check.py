"""``plantgate check --explain``: the plant as a tree for people, as one object for programs."""

from io import StringIO
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

import config.plant
import config.site
from agent.cli import parse
from agent.cli.commands import check, schema
from agent.cli.shell.console import Console
from agent.cli.views.tree import Node, tree_lines
from config.catalogue import Catalogue
from config.errors import ConfigError
from rules.engine.rulebook import compile_rulebook
from tests.unit.agent.cli.looking import looked

PLAZA = Path(__file__).parents[5] / "config" / "examples" / "harbour-plaza"


def shown(*arguments: str, lang: str = "en") -> str:
    texts, out = Catalogue.load(lang), StringIO()
    assert check.run(parse(["check", *arguments], texts), Console(texts, out=out)) == 0
    return out.getvalue()


def test_branches_are_drawn_to_their_ends() -> None:
    tree = Node("site", [Node("a", [Node("b"), Node("c")]), Node("d", [Node("e")])])
    assert list(tree_lines(tree)) == ["site", "├─ a", "│  ├─ b", "│  └─ c", "└─ d", "   └─ e"]


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "en",
            [
                "level  Level [%]  <- booster.level, holding 0 (40001), on the wire 0",
                "not used by any equipment: inlet_pressure",
                "low 30 %",
            ],
        ),
        (
            "zh",
            [
                "level  液位 [%]  <- booster.level，holding 0（40001），线路地址 0",
                "没有机电设备使用：inlet_pressure",
                "low 30 %",
            ],
        ),
    ],
)
def test_the_tree(lang: str, lines: list[str]) -> None:
    said = shown(str(PLAZA), "--explain", lang=lang)
    assert [line for line in lines if line not in said] == []


def test_what_ends_an_alarm_is_shown_with_its_deadband(tmp_path: Path) -> None:
    site = copytree(PLAZA, tmp_path / "site")
    rule = "- {id: M01, for_each: water-tank, title: {zh: 低, en: Low}, when: level < 50 %, severity: low}"
    (site / "rules" / "mine.yaml").write_text(rule, encoding="utf-8")
    assert "clears when not (level < 50 % + 5 %)" in shown(str(site), "--explain")


def test_without_explain_there_is_one_sentence() -> None:
    assert shown(str(PLAZA)).count("\n") == 1


@pytest.mark.parametrize("as_json", [True, False])
def test_the_rules_are_compiled_once(monkeypatch: pytest.MonkeyPatch, as_json: bool) -> None:
    """It is most of what a large site takes."""
    compiled: list[str] = []

    def counted(*arguments: Any, **options: Any) -> Any:
        compiled.append("once")
        return compile_rulebook(*arguments, **options)

    for module in (config.site, config.plant):
        monkeypatch.setattr(module, "compile_rulebook", counted)
    texts = Catalogue.load("en")
    console = Console(texts, as_json=as_json, out=StringIO())
    assert check.run(parse(["check", str(PLAZA), "--explain"], texts), console) == 0
    assert compiled == ["once"]


async def test_as_an_object() -> None:
    code, (told,) = await looked(check, str(PLAZA), "--explain")
    tank = told["equipment"][0]
    assert (code, told["ok"], tank["id"], tank["class"]) == (0, True, "tank-1", "water-tank")
    assert not {"level", "overflow"} & set(tank["not_bound"])
    assert ("ph" in tank["not_bound"], "level" in tank["not_bound"]) == (True, False)
    assert tank["roles"][0] == {
        "role": "level",
        "kind": "analog",
        "unit": "%",
        "required": True,
        "point": "booster.level",
        "at": "holding 0",
        "numbered": "holding 0",
        "reference": "40001",
    }
    assert "power" in told["links"][0]["devices"][0]["not_bound"]


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "en",
            [
                "Rules",
                "├─ H01  medium  Tank about to overflow",
                "├─ when level >= overflow_level - 3 %, for 1 min",
                "└─ while data is unknown: stays as it is",
                "apply to nothing here",
            ],
        ),
        ("zh", ["规则", "触发：level >= overflow_level - 3 %，持续 1 min", "数据未知时：保持不变", "本站用不到的规则"]),
    ],
)
def test_which_rule_applies_to_which_equipment(lang: str, lines: list[str]) -> None:
    said = shown(str(PLAZA), "--explain", lang=lang)
    assert [line for line in lines if line not in said] == []


async def test_rules_as_objects() -> None:
    _, (told,) = await looked(check, str(PLAZA), "--explain")
    rule = next(one for one in told["rules_applied"] if one["rule"] == "H01")
    assert (rule["equipment"], rule["when"]) == ("tank-1", "level >= overflow_level - 3 %")
    assert (rule["for"], rule["on_unknown"], rule["limits"]) == (60, "hold", {"overflow_level": 97})
    assert rule["place"].startswith("rules/site.yaml:")


async def test_what_makes_no_sense_is_told_and_is_a_finding(tmp_path: Path) -> None:
    site = copytree(PLAZA, tmp_path / "site")
    rules = site / "rules" / "site.yaml"
    rules.write_text(
        rules.read_text("utf-8").replace("level >= overflow_level - 3 %", "level >= 120 %"), encoding="utf-8"
    )
    (site / "rules" / "site.test.yaml").unlink()
    code, (told,) = await looked(check, str(site))
    assert (code, told["ok"]) == (1, True)
    assert [(one["code"], one["file"]) for one in told["warnings"]] == [
        ("condition.never", "rules/site.yaml"),
        ("doubt.never-fires", "rules/site.yaml"),
    ]
    texts, out = Catalogue.load("en"), StringIO()
    assert check.run(parse(["check", str(site)], texts), Console(texts, out=out)) == 1
    assert "this is never true: level is only between 0 and 100 %" in out.getvalue()


async def test_logins_are_looked_up_on_the_box_itself(tmp_path: Path) -> None:
    site = copytree(PLAZA, tmp_path / "site")
    code, (told,) = await looked(check, str(site))
    assert (code, told["warnings"]) == (0, [])
    with pytest.raises(ConfigError) as caught:
        await looked(check, str(site), "--here")
    found = [(one.code, one.place.line if one.place else 0) for one in caught.value.findings]
    assert ("people.no-group", 2) in found
    assert ("people.no-account", 4) in found


async def test_a_site_that_lists_nobody_is_told_what_that_means(tmp_path: Path) -> None:
    site = copytree(PLAZA, tmp_path / "site")
    (site / "people.yaml").unlink()
    code, (told,) = await looked(check, str(site))
    assert (code, [one["code"] for one in told["warnings"]]) == (0, ["people.none"])


async def test_schemas_are_written_and_files_marked(tmp_path: Path) -> None:
    site = copytree(PLAZA, tmp_path / "site")
    _, (first,) = await looked(schema, str(site))
    assert [entry["file"] for entry in first["unmarked"]] == [
        "people.yaml",
        "plant.yaml",
        "rules/site.test.yaml",
        "rules/site.yaml",
    ]
    await looked(schema, str(site), "--mark")
    _, (last,) = await looked(schema, str(site))
    assert last["unmarked"] == []
    assert all((site / name).is_file() for name in last["schemas"])
