"""What ``check`` asks a person to look at again: one edit of a good site each."""

from pathlib import Path

import pytest

from config.assembly.doubts import doubts
from config.site import compile_site
from drivers.points import Finding
from tests.unit.config.conftest import RULE


def found(site: Path, *edits: tuple[str, str], file: str = "rules/site.yaml") -> list[Finding]:
    text = (site / file).read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (site / file).write_text(text, encoding="utf-8")
    return doubts(*compile_site(site))


def test_good_site_has_none(site: Path) -> None:
    assert found(site) == []


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("level >= high", "level > 120 %", ["condition.never", "doubt.never-fires"]),
        ("level >= high", "level >= 0 %", ["condition.always", "doubt.never-ends"]),
        ("level >= high", "level >= high or level > 120 %", ["condition.never"]),
        ("level >= high", "level >= high and level < low", ["doubt.never-fires"]),
        ("  for: 1 min", "  clear: level > 120 %", ["condition.never", "doubt.never-clears"]),
        ("  for: 1 min", "  clear: level >= high + 2 %", ["doubt.never-clears"]),
        ("  for: 1 min", "  clear: level >= high", ["doubt.never-clears"]),
        ("  for: 1 min", "  clear: level < high - 2 %", []),
        ("  for: 1 min", "  clear: level < high + 2 %", []),
        ("for: 1 min", "for: 1 s", ["doubt.delay"]),
        ("for: 1 min", "for: 2 s", []),
        ("for: 1 min", "clear_for: 1 s", ["doubt.delay"]),
        ("for_each: water-tank", "for_each: lift", ["doubt.rule-idle"]),
        ("level >= high", "overflow", ["doubt.rule-unbound"]),
    ],
)
def test_rule(site: Path, old: str, new: str, codes: list[str]) -> None:
    more = [("level >= high", "alarm_button")] if "lift" in new else []
    assert [finding.code for finding in found(site, (old, new), *more)] == codes


def test_limit_is_told_at_its_column(site: Path) -> None:
    finding = found(site, ("level >= high", "overflow or level > 120 %"))[0]
    assert finding.place is not None
    assert (finding.place.file, finding.place.line, finding.place.column) == ("rules/site.yaml", 4, 29)
    assert finding.arguments == {"name": "level", "low": "0", "high": "100", "unit": "%"}


def test_parameter_of_the_equipment_counts(site: Path) -> None:
    assert [one.code for one in found(site, ("low: 35 %", "high: 110 %"), file="plant.yaml")] == [
        "condition.never",
        "doubt.never-fires",
    ]


def test_same_limit_on_many_tanks_is_one_thing_to_look_at(site: Path) -> None:
    tank = "    roles: {level: booster.level}\n    parameters: {low: 35 %}\n"
    second = tank + "  - {id: tank-2, class: water-tank, title: {zh: 二, en: Two}, roles: {level: booster.level}}\n"
    found(site, (tank, second), file="plant.yaml")
    assert len(found(site, ("level >= high", "level > 120 %"))) == 2


@pytest.mark.parametrize(
    ("packs", "idle"),
    [
        ("[agent]", []),
        ("[agent, lift]", ["lift"]),
        ("[agent, generator, water-supply]", ["generator"]),
        ("[emergency-lighting]", ["emergency-lighting"]),
    ],
)
def test_pack_that_applies_to_nothing(site: Path, packs: str, idle: list[str]) -> None:
    findings = found(site, ("[agent]", packs), file="plant.yaml")
    assert [(one.code, one.arguments["pack"]) for one in findings] == [("doubt.pack-idle", pack) for pack in idle]
    assert all(one.place is not None and one.place.file == "plant.yaml" for one in findings)


def test_rules_of_packs_may_be_idle(site: Path) -> None:
    assert found(site, ("[agent]", "[agent, water-supply]"), file="plant.yaml") == []


def test_two_ways_to_be_wrong_are_both_told(site: Path) -> None:
    more = RULE.replace("H01", "H02").replace("level >= high", "level > 130 %")
    codes = [one.code for one in found(site, (RULE, RULE.replace("for: 1 min", "for: 1 s") + more))]
    assert codes == ["doubt.delay", "condition.never", "doubt.never-fires"]


GENSET = """\
site: {{id: plaza, title: {{zh: 广场, en: Plaza}}}}
gateway: gw-1
uplink: {{broker: "mqtt://127.0.0.1:1883"}}
links:
  - {{id: bus, url: "modbus-tcp://127.0.0.1:5020"}}
devices:
  - {{id: genset, link: bus, unit: 1, template: {template}}}
  - {{id: meter, link: bus, unit: 2, template: mains-meter}}
equipment:
  - {{id: mains, class: mains-supply, title: {{zh: 市电, en: Mains}}, device: meter}}
  - id: generator-1
    class: generator
    title: {{zh: 发电机, en: Generator}}
    device: genset
    relations: {{mains: mains}}
    roles: {roles}
packs: [generator]
"""


@pytest.mark.parametrize(
    ("template", "roles", "lacking"),
    [
        ("dse-genset", {}, None),
        ("smartgen-hgm4000", {"voltage": "genset.generator_voltage_4"}, None),
        ("comap-intelilite4", {}, "auto, manual"),
        ("datakom-d500", {}, "manual"),
        ("deif-genset", {}, "auto, manual, start"),
    ],
)
def test_a_set_that_cannot_be_tested_is_told(
    tmp_path: Path, template: str, roles: dict[str, str], lacking: str | None
) -> None:
    written = "{" + ", ".join(f"{role}: {point}" for role, point in roles.items()) + "}"
    (tmp_path / "plant.yaml").write_text(GENSET.format(template=template, roles=written), encoding="utf-8")
    told = [one.arguments for one in doubts(*compile_site(tmp_path)) if one.code == "doubt.untested"]
    wanted = {"procedure": "generator-weekly", "equipment": "generator-1", "names": lacking}
    assert told == ([wanted] if lacking else [])


SHORT = """\
id: short
title: {zh: 液位, en: Level}
protocol: modbus
base: 1
points:
  - {name: level, title: {zh: 液位, en: Level}, at: input 10, type: u16, unit: "%", range: [0, 36]}
"""


@pytest.mark.parametrize(("when", "codes"), [("level < 35 %", ["doubt.never-clears"]), ("level < 25 %", [])])
def test_a_clear_condition_the_gateway_made_is_judged_too(site: Path, when: str, codes: list[str]) -> None:
    (site / "templates").mkdir()
    (site / "templates" / "short.yaml").write_text(SHORT, encoding="utf-8")
    plant = (site / "plant.yaml").read_text("utf-8")
    plant = plant.replace("equipment:", "  - {id: short, link: bus, unit: 2, template: short}\nequipment:", 1)
    (site / "plant.yaml").write_text(plant.replace("booster.level", "short.level"), encoding="utf-8")
    findings = found(site, ("level >= high", when), ("for: 1 min", "for: 10 min"))
    # The rule about its sensor asks for a jump the short range cannot show.
    assert [(one.code, one.arguments["clear"]) for one in findings if one.code != "condition.never"] == [
        (code, "not (level < 35 % + 5 %)") for code in codes
    ]
