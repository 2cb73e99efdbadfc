"""What changed between two loads of a site, told by meaning: moving lines is no change."""

from pathlib import Path

import pytest

from config.difference import Difference, PartDifference, difference, limits, things_changed
from config.site import load_site


def edited(site: Path, file: str, old: str, new: str) -> Difference:
    before, path = load_site(site), site / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return difference(before, load_site(site))


@pytest.mark.parametrize(
    ("file", "old", "new", "parts"),
    [
        ("plant.yaml", "site:", "# a remark\n\nsite:", {}),
        ("rules/site.yaml", "- id: H01", "# a remark\n\n- id: H01", {}),
        ("rules/site.yaml", "severity: medium", "severity: low", {"rules": PartDifference(changed=("H01",))}),
        ("rules/site.yaml", "id: H01", "id: H02", {"rules": PartDifference(("H02",), ("H01",))}),
        ("plant.yaml", "low: 35 %", "low: 36 %", {"equipment": PartDifference(changed=("tank-1",))}),
        ("plant.yaml", ":5020", ":5021", {"links": PartDifference(changed=("bus",))}),
        ("plant.yaml", "fast: 2 s", "fast: 3 s", {"links": PartDifference(changed=("bus",))}),
    ],
)
def test_parts(site: Path, file: str, old: str, new: str, parts: dict[str, PartDifference]) -> None:
    assert edited(site, file, old, new).parts == parts


@pytest.mark.parametrize(("written", "expected"), [("91 d", True), ("90 d", False)])
def test_what_the_journal_keeps(site: Path, written: str, expected: bool) -> None:
    changed = edited(site, "plant.yaml", "uplink:", f"storage: {{keep: {written}}}\nuplink:")
    assert (changed.storage, changed.uplink, changed.parts) == (expected, False, {})


@pytest.mark.parametrize(
    ("old", "new", "identity", "uplink"),
    [
        ("gateway: gw-1", "gateway: gw-2", ("gateway",), False),
        ("id: plaza", "id: tower", ("site.id",), False),
        ("127.0.0.1:1883", "127.0.0.1:1884", (), True),
    ],
)
def test_names_and_the_way_to_headquarters(
    site: Path, old: str, new: str, identity: tuple[str, ...], uplink: bool
) -> None:
    changed = edited(site, "plant.yaml", old, new)
    assert (changed.identity, changed.uplink) == (identity, uplink)


PEOPLE = "people: [{name: Li, role: supervisor, accounts: [li]}, {name: Wu, role: operate, accounts: [wu]}]\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("plant.yaml", "site:", "# a remark\n\nsite:", []),
        ("plant.yaml", "low: 35 %", "low: 36 %", ["equipment tank-1 changed: low 35 % > 36 %"]),
        ("plant.yaml", "{low: 35 %}", "{}", ["equipment tank-1 changed: low 35 % > 30 %"]),
        ("plant.yaml", "id: tank-1", "id: tank-2", ["equipment tank-1 removed", "equipment tank-2 added"]),
        ("plant.yaml", "en: Tank 1", "en: Tank", ["equipment tank-1 changed: title.en Tank 1 > Tank"]),
        (
            "plant.yaml",
            "roles: {level: booster.level}",
            "roles: {level: booster.level, overflow: booster.overflow}",
            ["equipment tank-1 changed: roles.overflow  > booster.overflow"],
        ),
        (
            "plant.yaml",
            ":5020",
            ":5021",
            ["links bus changed: url modbus-tcp://127.0.0.1:5020 > modbus-tcp://127.0.0.1:5021"],
        ),
        ("plant.yaml", "fast: 2 s", "fast: 3 s", ["devices booster changed: polls.fast 2 s > 3 s"]),
        ("plant.yaml", "unit: 1", "unit: 2", ["devices booster changed: address 1 > 2"]),
        ("plant.yaml", "id: plaza", "id: tower", ["site  changed: id plaza > tower"]),
        ("plant.yaml", "gw-1", "gw-2", ["gateway  changed: gateway gw-1 > gw-2"]),
        (
            "plant.yaml",
            ":1883",
            ":1884",
            ["uplink  changed: broker mqtt://127.0.0.1:1883 > mqtt://127.0.0.1:1884"],
        ),
        ("plant.yaml", "uplink:", "storage: {keep: 91 d}\nuplink:", ["storage  changed: keep 7776000 s > 7862400 s"]),
        ("rules/site.yaml", "level >= high", "level > high", ["rules H01 changed: when level >= high > level > high"]),
        ("rules/site.yaml", "for: 1 min", "for: 2 min", ["rules H01 changed: for 60 s > 120 s"]),
        ("rules/site.yaml", "severity: medium", "severity: low", ["rules H01 changed: severity medium > low"]),
        (
            "rules/site.yaml",
            "materials: [fill valve]",
            "materials: [valve, seal]",
            ["rules H01 changed: work_order.materials fill valve > valve, seal"],
        ),
        ("people.yaml", "role: operate", "role: view", ["people Wu changed: role operate > view"]),
        ("people.yaml", ", {name: Wu, role: operate, accounts: [wu]}", "", ["people Wu removed"]),
    ],
)
def test_things_as_people_know_them(site: Path, file: str, old: str, new: str, expected: list[str]) -> None:
    (site / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    before, path = load_site(site), site / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = things_changed(before, load_site(site))
    shown = [
        f"{one.kind} {one.name} {one.what}"
        + "".join(f": {value.name} {value.before} > {value.after}" for value in one.values)
        for one in told
    ]
    assert shown == expected


def test_of_another_template_its_name_is_enough(site: Path) -> None:
    path, line = site / "plant.yaml", "  - {id: spare, link: bus, unit: 2, template: level-rs485-generic}\n"
    text = path.read_text(encoding="utf-8").replace("equipment:", f"{line}equipment:", 1)
    path.write_text(text, encoding="utf-8")
    before = load_site(site)
    path.write_text(text.replace("level-rs485-generic", "level-rs485-four-decimals"), encoding="utf-8")
    (thing,) = things_changed(before, load_site(site))
    assert [(value.name, value.before, value.after) for value in thing.values] == [
        ("template", "level-rs485-generic", "level-rs485-four-decimals")
    ]


def test_a_pack_brings_its_rules_and_plans(site: Path) -> None:
    before, path = load_site(site), site / "plant.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[agent]", "[agent, electrical]"), encoding="utf-8")
    told = things_changed(before, load_site(site))
    assert ("plans", "lightning-test", "added") in [(one.kind, one.name, one.what) for one in told]
    assert ("packs", "agent", "agent, electrical") in [
        (value.name, value.before, value.after) for one in told for value in one.values
    ]


def test_limits_with_their_units(site: Path) -> None:
    found = limits(load_site(site))
    assert (found["tank-1", "low"], found["tank-1", "high"], found["tank-1", "chlorine_low"]) == (
        "35 %",
        "90 %",
        "0.05 mg/L",
    )
