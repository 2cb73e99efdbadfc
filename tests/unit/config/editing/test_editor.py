"""Schemas beside the files of a site, and the first line that leads to them."""

import json
from pathlib import Path, PurePath

import pytest

from config.editing.editor import add_modeline, unmarked, write_schemas
from config.schema.export import FileKind, file_kind, modeline
from config.site import load_site


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("plant.yaml", FileKind.PLANT),
        ("rules/site.yaml", FileKind.RULES),
        ("rules/site.test.yaml", FileKind.RULE_TESTS),
        ("procedures/site.yaml", FileKind.PROCEDURES),
        ("templates/meter.yaml", FileKind.TEMPLATE),
        ("classes/fan.yaml", FileKind.CLASS),
        ("plans/site.yaml", FileKind.PLANS),
        ("notes.yaml", None),
        ("plants/plant.yaml", None),
        ("rules/readme.md", None),
    ],
)
def test_kinds(name: str, kind: FileKind | None) -> None:
    assert file_kind(PurePath(name)) is kind


def test_the_line_leads_from_the_file_to_its_schema(site: Path) -> None:
    for path in write_schemas(site):
        assert json.loads(path.read_text(encoding="utf-8"))["$schema"]
    for name in ("plant.yaml", "rules/site.yaml"):
        line = modeline(PurePath(name))
        target = (site / name).parent / line.rpartition("=")[2]
        assert target.resolve() in [path.resolve() for path in (site / ".schema").iterdir()]


def test_a_file_of_somebody_else_has_no_line() -> None:
    with pytest.raises(ValueError, match="notes"):
        modeline(PurePath("notes.yaml"))


def test_schemas_offer_what_the_site_defines(site: Path) -> None:
    (site / "templates").mkdir()
    (site / "templates" / "own-meter.yaml").write_text("id: own-meter", encoding="utf-8")
    write_schemas(site)
    plant = json.loads((site / ".schema" / "plant.json").read_text(encoding="utf-8"))
    offered = plant["$defs"]["DeviceFields"]["properties"]["template"]["anyOf"][0]["enum"]
    assert {"own-meter", "booster-set"} <= set(offered)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order-mark"])
def test_marking_changes_the_first_line_only_and_once(site: Path, start: bytes) -> None:
    plant = site / "plant.yaml"
    before = plant.read_bytes()
    plant.write_bytes(start + before)
    assert [path.relative_to(site).as_posix() for path, _ in unmarked(site)] == ["plant.yaml", "rules/site.yaml"]
    for path, line in list(unmarked(site)):
        add_modeline(path, line)
    assert list(unmarked(site)) == []
    first, _, rest = plant.read_bytes().partition(b"\n")
    assert (first, rest) == (start + b"# yaml-language-server: $schema=.schema/plant.json", before)
    assert load_site(site).site.id == "plaza"
