"""What changed between two loads of a site, told by meaning: moving lines is no change."""

from pathlib import Path

import pytest

from config.difference import Difference, PartDifference, difference
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
