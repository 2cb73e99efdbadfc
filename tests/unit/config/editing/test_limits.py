"""A limit changed in plant.yaml: judged first, one value else, and never one that protects a machine."""

import shutil
from pathlib import Path

import pytest

from config.editing.limits import edit_limit
from config.errors import ConfigError
from config.library import LIBRARY
from config.site import load_site
from tests.unit.config.edits import edit

VARIABLES = 'variables: {top: {type: number, unit: "%", default: 80 %}}\n'


@pytest.mark.parametrize(
    ("parameter", "value", "line", "old", "new"),
    [
        ("low", "36%", "    parameters: {low: 36%}", "35 %", "36 %"),
        ("low", "0.4 %", "    parameters: {low: 0.4 %}", "35 %", "0.4 %"),
        ("high", "85 %", "    parameters: {low: 35 %, high: 85 %}", "90 %", "85 %"),
        ("chlorine_low", "0.06 mg/L", "    parameters: {low: 35 %, chlorine_low: 0.06 mg/L}", "0.05 mg/L", "0.06 mg/L"),
    ],
)
def test_one_line_is_another(site: Path, parameter: str, value: str, line: str, old: str, new: str) -> None:
    content = (site / "plant.yaml").read_bytes()
    made = edit_limit(site, "tank-1", parameter, value)
    assert (made.old, made.new, made.before) == (old, new, content)
    assert made.after.decode() == content.decode().replace("    parameters: {low: 35 %}", line)
    assert ((site / "plant.yaml").read_bytes(), made.loaded) == (content, load_site(site).fingerprint)
    (site / "plant.yaml").write_bytes(made.after)
    assert load_site(site).fingerprint == made.fingerprint


def test_a_variable_that_stands_for_this_limit_alone_is_changed_itself(site: Path) -> None:
    edit(site / "plant.yaml", "links:\n", f"{VARIABLES}links:\n")
    edit(site / "plant.yaml", "{low: 35 %}", '{high: "${top}"}')
    made = edit_limit(site, "tank-1", "high", "85 %")
    assert b"default: 80 %, value: 85 %}" in made.after
    assert (made.old, made.new) == ("80 %", "85 %")
    edit(site / "rules" / "site.yaml", "level >= high", "level >= ${top}")
    assert refusal(site, "tank-1", "high", "85 %") == ("limit.shared", None)


def refusal(site: Path, *limit: str) -> tuple[str, str | None]:
    before = (site / "plant.yaml").read_bytes()
    with pytest.raises(ConfigError) as caught:
        edit_limit(site, *limit)
    finding, *_ = caught.value.findings
    assert (site / "plant.yaml").read_bytes() == before
    return finding.code, finding.suggestion


@pytest.mark.parametrize(
    ("equipment", "parameter", "value", "code", "suggestion"),
    [
        ("tank-2", "high", "85 %", "limit.no-equipment", None),
        ("booster", "high", "85 %", "limit.no-equipment", None),
        ("tank-1", "hihg", "85 %", "equipment.no-parameter", "high"),
        ("tank-1", "high", "85", "equipment.parameter-unit", "85 %"),
        ("tank-1", "high", "3.2 m", "equipment.parameter-unit", None),
        ("tank-1", "high", "much", "limit.value", None),
        ("tank-1", "high", "85 procent", "limit.value", None),
        ("tank-1", "high", "", "limit.value", None),
        ("tank-1", "high", "85 %}, low: 1 %", "limit.value", None),
        ("tank-1", "high", "${top}", "limit.value", None),
        ("tank-1", "high", "300 %", "condition.never", None),
    ],
)
def test_what_does_not_do_is_said_and_nothing_is_written(
    site: Path, equipment: str, parameter: str, value: str, code: str, suggestion: str | None
) -> None:
    assert refusal(site, equipment, parameter, value) == (code, suggestion)


@pytest.mark.parametrize(
    ("equipment", "parameter", "value"),
    [
        ("generator-1", "fuel_low", "30 %"),
        ("generator-1", "battery_low", "25 V"),
        ("mains", "low_voltage", "200 V"),
    ],
)
def test_what_protects_a_machine_is_left_to_hands_and_check(
    tmp_path: Path, equipment: str, parameter: str, value: str
) -> None:
    site = tmp_path / "tower"
    shutil.copytree(LIBRARY / "examples" / "harbour-tower", site)
    assert refusal(site, equipment, parameter, value) == ("limit.guarded", None)
