"""Former words are read, told, and renamed in place; nothing else in a file changes."""

from pathlib import Path

import pytest

from config.assembly.doubts import doubts
from config.assembly.former import RENAMED, renamed
from config.editing.migration import migrate
from config.errors import ConfigError
from config.site import compile_site, load_site
from tests.unit.config.edits import edit

RULE = "when: level >= high"
CLASS = """\
id: door
title: {zh: 门, en: Door}
tags: [door]
roles:
  open: {kind: binary, title: {zh: 开, en: Open}}
commands:
  shut: {moving: true, title: {zh: 关, en: Shut}}  # by its motor
  free: {title: {zh: 放, en: Free}, safe:  true}
"""


def told(site: Path) -> list[str]:
    return [str(finding.arguments["old"]) for finding in doubts(*compile_site(site)) if finding.code == RENAMED]


def migrated(site: Path) -> int:
    plant = load_site(site)
    return len(migrate(site, [*plant.doubts, *renamed(plant)]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("when: rate(level, 2 min) < -20 %  # falls", "when: change(level, 2 min) < -20 %  # falls"),
        (
            "when: rate(level, 2 min) < -20 % or rate (level, 1 min) < -10 %",
            "when: change(level, 2 min) < -20 % or change (level, 1 min) < -10 %",
        ),
        (
            "when: >-\n    level >= high and\n    rate(level, 2 min) < -20 %",
            "when: >-\n    level >= high and\n    change(level, 2 min) < -20 %",
        ),
        (
            "when: level >= high\n  clear: level < low and rate(level, 2 min) > -1 %",
            "when: level >= high\n  clear: level < low and change(level, 2 min) > -1 %",
        ),
    ],
)
def test_a_condition(site: Path, old: str, new: str) -> None:
    path = site / "rules" / "site.yaml"
    edit(path, RULE, old)
    before = path.read_text(encoding="utf-8")
    assert set(told(site)) == {"rate"}
    assert migrated(site) == old.count("rate")
    assert path.read_text(encoding="utf-8") == before.replace(old, new)
    assert told(site) == []
    assert migrated(site) == 0


def test_what_suppresses_a_rule_and_what_a_site_forbids_by(site: Path) -> None:
    edit(site / "rules" / "site.yaml", RULE, f"{RULE}\n  suppressed_when: rate(level, 2 min) > 5 %")
    locked = '    interlocks: [{id: falls, when: "rate(level, 1 min) < -5 %", title: Falls}]\n'
    edit(site / "plant.yaml", "    class: water-tank\n", f"    class: water-tank\n{locked}")
    assert told(site) == ["rate", "rate"]
    assert migrated(site) == 2
    assert told(site) == []


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_class(site: Path, ending: str, mark: bytes) -> None:
    path = site / "classes" / "door.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(mark + CLASS.replace("\n", ending).encode())
    edit(site / "plant.yaml", "equipment:\n", "equipment:\n  - {id: d1, class: door, title: D, roles: {}}\n")
    assert sorted(told(site)) == ["moving: true", "safe:  true"]
    assert migrated(site) == 2
    new = CLASS.replace("moving: true", "effect: switch").replace("safe:  true", "effect: safe")
    assert path.read_bytes() == mark + new.replace("\n", ending).encode()
    assert told(site) == []


def test_a_file_changed_meanwhile_is_left_alone(site: Path) -> None:
    path = site / "rules" / "site.yaml"
    edit(path, RULE, "when: rate(level, 2 min) < -20 %")
    plant = load_site(site)
    edit(path, "when:", "when:  ")
    before = path.read_bytes()
    with pytest.raises(ConfigError) as refused:
        migrate(site, renamed(plant))
    assert refused.value.findings[0].code == "migrate.changed"
    assert path.read_bytes() == before
