"""Beginnings of one's own files: in order and tested at once, for every kind, language and class."""

import re
from pathlib import Path
from shutil import copytree

import pytest
import yaml

from config.assembly.doubts import NOTES, doubts
from config.catalogue import LANGUAGES, Catalogue
from config.editing.beginning import BeginningKind, begin
from config.editing.beginning_texts import BEGINNINGS, Beginner
from config.editing.editor import unmarked
from config.editing.starting import Answers, start_site
from config.errors import ConfigError
from config.plant import IMPLICIT, Plant
from config.rule_tests import load_suite
from config.site import compile_site, load_site
from rules.testing import run_test
from tests.shipped import library
from tests.unit.config.edits import edit

TOWER = Path(__file__).parents[4] / "config" / "examples" / "harbour-tower"
EN = Catalogue.load("en")
FOR_A_CLASS = [kind for kind in BeginningKind if kind is not BeginningKind.CLASS]
CHINESE = re.compile("[\u4e00-\u9fff]")
TEXTS = ("title", "consequence", "action", "skill", "name", "source")
"""Keys whose values are for people."""

BASIN = """\
id: basin
title: Basin
roles: {level: {kind: analog, unit: m, title: Level}}
"""
GAUGE = """\
id: gauge
title: Gauge
protocol: modbus
base: 1
source: of this test
verified: partial
points: [{name: level, title: Level, at: holding 1, type: u16, scale: 0.01, unit: m, range: [0, 4]}]
"""


def called(kind: BeginningKind) -> str:
    return "M07" if kind is BeginningKind.RULE else "heat-pump"


def contents(site: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(site)): path.read_bytes() if path.is_file() else None for path in site.rglob("*")}


def green(site: Path) -> Plant:
    """As ``check`` and ``test`` are with exit code 0."""
    plant, rulebook = compile_site(site)
    assert [one for one in doubts(plant, rulebook) if one.code not in NOTES] == []
    suite = load_suite(site, plant)
    assert suite.tests
    assert [failure for test in suite.tests for failure in run_test(test, suite.classes, suite.rules).failures] == []
    return plant


@pytest.fixture(params=["without-a-pack", "example"])
def generators(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A site whose rules do not watch generators, and one whose rules do."""
    if request.param == "example":
        return copytree(TOWER, tmp_path / "tower")
    start_site(tmp_path, Answers("s", "s", "s"))
    return tmp_path


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", BeginningKind)
def test_it_is_in_order_and_tested_at_once(tmp_path: Path, kind: BeginningKind, lang: str) -> None:
    start_site(tmp_path, Answers("s", "s", "s"))
    made = begin(tmp_path, kind, called(kind), None, Catalogue.load(lang))
    green(tmp_path)
    assert list(unmarked(tmp_path)) == []
    for path in made.files:
        _, *remarks = re.findall("(?m)# .*$", (tmp_path / path).read_text("utf-8"))
        assert remarks
        assert any(CHINESE.search(remark) for remark in remarks) is (lang == "zh")


@pytest.mark.parametrize("name", sorted(path.name for path in (BEGINNINGS / "en").iterdir()))
def test_both_languages_begin_the_same(name: str) -> None:
    made = [yaml.safe_load((BEGINNINGS / lang / name).read_text("utf-8").replace("$points", "").replace("$vectors", ""))
            for lang in LANGUAGES]  # fmt: skip
    assert _without_texts(made[0]) == _without_texts(made[1])
    assert len({len((BEGINNINGS / lang / name).read_text("utf-8").splitlines()) for lang in LANGUAGES}) == 1


def _without_texts(found: object) -> object:
    if isinstance(found, dict):
        return {key: _without_texts(value) for key, value in found.items() if key not in TEXTS}
    return [_without_texts(one) for one in found] if isinstance(found, list) else found


def test_every_class_has_its_beginnings(tmp_path: Path) -> None:
    start_site(tmp_path, Answers("s", "s", "s"))
    plant, taken = load_site(tmp_path), frozenset[str]()
    for number, cls in enumerate(library().classes.values()):
        made = Beginner(plant, taken, EN).rule(f"R{number}", cls)
        if cls.id not in IMPLICIT:
            made |= Beginner(plant, taken | {"M01"}, EN).template(f"t-{cls.id}", cls)
        made |= Beginner(plant, taken | _rules(made), EN).procedure(f"p-{cls.id}", cls)
        taken |= _rules(made)
        for path, content in made.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(content, encoding="utf-8")
    assert len(green(tmp_path).rules) > 2 * len(library().classes)


def _rules(made: dict[Path, str]) -> frozenset[str]:
    return frozenset(rule for text in made.values() for rule in re.findall("(?m)^- id: ([A-Z]+[0-9]+)", text))


@pytest.mark.parametrize("kind", BeginningKind)
def test_a_power_cut_between_two_files_leaves_a_site_in_order(tmp_path: Path, kind: BeginningKind) -> None:
    site, done = tmp_path / "site", tmp_path / "done"
    start_site(site, Answers("s", "s", "s"))
    copytree(site, done)
    cls = None if kind is BeginningKind.CLASS else "generator"
    files = begin(done, kind, called(kind), cls, EN).files
    for path in files:
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_bytes((done / path).read_bytes())
        load_site(site)


def test_it_is_for_what_the_site_has_within_what_its_points_tell(site: Path) -> None:
    (site / "classes").mkdir()
    (site / "classes" / "basin.yaml").write_text(BASIN, encoding="utf-8")
    (site / "templates").mkdir()
    (site / "templates" / "gauge.yaml").write_text(GAUGE, encoding="utf-8")
    edit(site / "plant.yaml", "template: booster-set, polls: {fast: 2 s}", "template: gauge")
    edit(site / "plant.yaml", "class: water-tank", "class: basin")
    edit(site / "plant.yaml", "parameters: {low: 35 %}", "parameters: {}")
    (site / "rules" / "site.yaml").unlink()
    made = begin(site, BeginningKind.RULE, "M07", None, EN)
    assert made.cls == "basin"
    assert [rule.when.text for rule in green(site).rules if rule.id == "M07"] == ["level > 2 m"]


def test_a_role_that_no_point_plays_is_not_asked_for(site: Path) -> None:
    edit(site / "plant.yaml", "roles: {level: booster.level}", "roles: {high_level: booster.overflow}")
    edit(site / "plant.yaml", "class: water-tank", "class: sump")
    edit(site / "plant.yaml", "parameters: {low: 35 %}", "parameters: {}")
    (site / "rules" / "site.yaml").unlink()
    begin(site, BeginningKind.RULE, "M07", "sump", EN)
    assert [rule.when.text for rule in green(site).rules if rule.id == "M07"] == ["high_level"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_procedure_that_commands_has_its_alarm_and_forbids_no_more_than_before(generators: Path, lang: str) -> None:
    before = load_site(generators)
    made = begin(generators, BeginningKind.PROCEDURE, "monthly", "generator", Catalogue.load(lang))
    after = green(generators)
    assert after.safety == before.safety
    (procedure,) = [one for one in after.procedures if one.id == "monthly"]
    assert [step.command for step in (*procedure.steps, *procedure.always) if step.command] == ["manual", "auto"]
    assert procedure.schedule is None
    watched = any(rule.id == "G11" for rule in before.rules)
    assert any("unverified" in path.name for path in made.files) is not watched


def test_a_class_of_ones_own_commands_nothing(tmp_path: Path) -> None:
    start_site(tmp_path, Answers("s", "s", "s"))
    begin(tmp_path, BeginningKind.CLASS, "heat-pump", None, EN)
    begin(tmp_path, BeginningKind.PROCEDURE, "self-test", "heat-pump", EN)
    begin(tmp_path, BeginningKind.TEMPLATE, "heat-pump", "heat-pump", EN)
    begin(tmp_path, BeginningKind.PLAN, "yearly-service", "heat-pump", EN)
    plant = green(tmp_path)
    (procedure,) = [one for one in plant.procedures if one.id == "self-test"]
    assert (plant.classes["heat-pump"].commands, procedure.observes is not None) == ({}, True)
    assert not any(step.command for step in procedure.steps)


@pytest.mark.parametrize(
    ("kind", "name", "cls", "code", "told"),
    [
        ("class", "lift", None, "config.twice", "config/classes/lift.yaml"),
        ("class", "boiler", None, "config.twice", "classes/boiler.yaml"),
        ("rule", "W01", None, "config.twice", "config/rules/water-supply.yaml:"),
        ("rule", "H01", None, "config.twice", "rules/site.yaml:4"),
        ("procedure", "generator-weekly", None, "config.twice", "config/procedures/generator.yaml:"),
        ("plan", "lightning-test", None, "config.twice", "config/plans/electrical.yaml:"),
        ("template", "booster-set", None, "config.twice", "config/templates/"),
        ("class", "Heat Pump", None, "value.identifier", "heat-pump"),
        ("plan", "../plan", None, "value.identifier", "plan"),
        ("template", "", None, "value.identifier", ""),
        ("procedure", "试验", None, "value.identifier", "试验"),
        ("rule", "m07", None, "value.rule-id", "M07"),
        ("rule", "high-level", None, "value.rule-id", "high-level"),
        ("rule", "M07", "water-tnak", "rule.no-class", "water-tank"),
        ("rule", "M07", "label", "new.only-texts", "label"),
        ("template", "gauge", "gateway", "new.by-itself", "gateway"),
        ("plan", "cleaning", None, "site.exists", "rules/cleaning-due.yaml"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_written(
    site: Path, kind: str, name: str, cls: str | None, code: str, told: str
) -> None:
    (site / "classes").mkdir()
    for own, role in (("boiler", "{kind: analog, title: x}"), ("label", "{kind: text, title: x}")):
        (site / "classes" / f"{own}.yaml").write_text(f"id: {own}\ntitle: x\nroles: {{value: {role}}}\n", "utf-8")
    (site / "rules" / "cleaning-due.yaml").write_text("[]\n", encoding="utf-8")
    before = contents(site)
    with pytest.raises(ConfigError) as caught:
        begin(site, BeginningKind(kind), name, cls, EN)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert told in EN.finding(finding)
    assert contents(site) == before


def test_a_class_that_is_broken_is_told_at_its_own_place(site: Path) -> None:
    edit(site / "rules" / "site.yaml", "level >= high", "levle >= high")
    before = contents(site)
    with pytest.raises(ConfigError) as caught:
        begin(site, BeginningKind.PLAN, "cleaning", None, EN)
    assert [finding.place and finding.place.file for finding in caught.value.findings] == ["rules/site.yaml"]
    assert contents(site) == before


@pytest.mark.parametrize(
    ("path", "code"), [("nothing", "site.no-directory"), ("file", "site.is-a-file"), ("folder", "new.no-site")]
)
def test_where_there_is_no_site(tmp_path: Path, path: str, code: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError) as caught:
        begin(tmp_path / path, BeginningKind.CLASS, "heat-pump", None, EN)
    assert [finding.code for finding in caught.value.findings] == [code]
    assert list((tmp_path / "folder").iterdir()) == []


def test_what_cannot_be_written_leaves_nothing_half(tmp_path: Path) -> None:
    start_site(tmp_path, Answers("s", "s", "s"))
    for path in (tmp_path / "rules").iterdir():
        path.unlink()
    (tmp_path / "rules").rmdir()
    (tmp_path / "rules").write_text("", encoding="utf-8")
    before = contents(tmp_path)
    with pytest.raises(OSError, match="rules"):
        begin(tmp_path, BeginningKind.CLASS, "heat-pump", None, EN)
    assert contents(tmp_path) == before
