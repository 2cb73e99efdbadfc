"""The JSON Schemas judged by an independent validator: every file we ship passes, and slips of the pen do not."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.editing.editor import known_ids
from config.library import LIBRARY
from config.reading.yamlfile import read_yaml
from config.schema.export import FileKind, file_kind, json_schema


def shipped() -> Iterator[tuple[Path, Path]]:
    """Every data file of the library and the examples: its root and its name below that."""
    for root in (LIBRARY, *(path.parent for path in (LIBRARY / "examples").glob("*/plant.yaml"))):
        names = (path.relative_to(root) for path in sorted(root.rglob("*.yaml")))
        yield from ((root, name) for name in names if file_kind(name) and name.parts[0] != "examples")


@cache
def validator(kind: FileKind) -> Draft202012Validator:
    schema = json_schema(kind, known_ids(None))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def mistakes(kind: FileKind, data: object) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator(kind).iter_errors(data)]


@pytest.mark.parametrize(("root", "name"), list(shipped()), ids=str)
def test_every_shipped_file_passes(root: Path, name: Path) -> None:
    kind = file_kind(name)
    assert kind is not None
    assert mistakes(kind, read_yaml((root / name).read_bytes(), name.as_posix()).data) == []


def test_every_kind_is_shipped() -> None:
    assert {file_kind(name) for _, name in shipped()} == set(FileKind)


PLANT = b"""
site: {id: plaza, title: {zh: \xe5\xb9\xbf\xe5\x9c\xba, en: Plaza}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:1883"}
links: [{id: bus, url: "modbus-tcp://127.0.0.1:5020"}]
devices: [{id: booster, link: bus, unit: 1, template: booster-set, timeout: 2 s}]
equipment: [{id: tank-1, class: water-tank, title: {zh: x, en: x}, roles: {level: booster.level}}]
packs: [agent]
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("gateway", "gatway"),
        ("gw-1", "GW_1"),
        ("unit: 1", "unit: 256"),
        ("unit: 1", "unit: one"),
        ("template: booster-set", "template: booster"),
        ("class: water-tank", "class: tank"),
        ("level: booster.level", "level: booster"),
        ("level: booster.level", "Level: booster.level"),
        ("[agent]", "[agents]"),
        ("id: bus, ", ""),
        ("zh: x, ", "ZH: x, "),
        ("timeout: 2 s", "timeout: 2"),
    ],
)
def test_what_an_editor_underlines(right: str, wrong: str) -> None:
    good: Any = PLANT.decode()
    assert mistakes(FileKind.PLANT, read_yaml(good.encode(), "plant.yaml").data) == []
    bad = good.replace(right, wrong)
    assert bad != good
    assert mistakes(FileKind.PLANT, read_yaml(bad.encode(), "plant.yaml").data) != []
