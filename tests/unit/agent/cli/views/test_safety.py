"""The safety of a site as ``check``, ``status`` and the record of a run show it, in both languages."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from agent.cli import parse
from agent.cli.commands import check
from agent.cli.commands.status import _Report, needs_attention
from agent.cli.shell.console import Console
from agent.cli.views.lines import report_lines
from config.catalogue import LANGUAGES, Catalogue
from tests.unit.agent.cli.looking import looked

SITE = """\
site: {id: plaza, title: {zh: 广场, en: Plaza}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:1883"}
links: [{id: bus, url: "modbus-tcp://10.0.0.5:502"}]
devices:
  - {id: meter, link: bus, unit: 1, template: mains-meter}
  - {id: set-1, link: bus, unit: 2, template: dse-genset}
equipment:
  - {id: mains, class: mains-supply, title: {zh: 市电, en: Mains}, device: meter}
  - id: generator-1
    class: generator
    title: {zh: 发电机, en: Generator}
    device: set-1
    relations: {mains: mains, fire: none}
    reasons: {fire: stands alone}
    parameters: {fuel_low: 1 %}
    roles: {load: set-1.fuel}
    proved: {load: {point: set-1.fuel, by: Li Wei, date: "2026-11-20"}}
packs: [generator, agent]
"""
STATUS: dict[str, Any] = {
    "unarmed": {"generator-1": ["safety.effect"]},
    "unscheduled": ["weekly"],
    "without": [["generator-1", "fire", "stands alone"]],
    "hold": None,
    "hold_input": "",
    "disarmed": "",
    "lockouts": [],
    "debts": [],
}
RECORD: dict[str, Any] = {
    "run": "r", "procedure": "weekly", "equipment": "generator-1", "title": {"zh": "自检", "en": "Test"}, "steps": [],
    "verdict": "passed", "by": "Li", "started": {"wall": 0.0}, "at": {"wall": 1.0}, "reasons": [], "values": [],
    "without": {"fire": "stands alone"}, "equipment_title": {"zh": "机", "en": "Set"}, "nominal": "",
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "plant.yaml").write_text(SITE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_check_shows_findings_bindings_and_what_is_missing(lang: str, site: Path) -> None:
    texts, out = Catalogue.load(lang), StringIO()
    assert check.run(parse(["check", str(site)], texts), Console(texts, out=out)) == 1
    for words in ("fuel_low: 1 %", "generator-weekly", "fuel = set-1.fuel", "Li Wei, 2026-11-20", "stands alone"):
        assert words in out.getvalue()
    assert texts.text("check.unsafe", site="plaza", count=2) in out.getvalue()


async def test_check_tells_programs_the_same(site: Path) -> None:
    code, (told,) = await looked(check, str(site))
    safety = told["safety"]
    assert (code, told["ok"]) == (1, False)
    assert [one["code"] for one in safety["unarmed"]["generator-1"]] == ["safety.parameter"]
    assert safety["unscheduled"]["generator-weekly"]["line"] == 1
    assert safety["without"] == [{"equipment": "generator-1", "relation": "fire", "reason": "stands alone"}]
    vouched = {(one["owner"], one["role"]): one["by"] for one in safety["relies"]}
    assert (vouched["generator-1", "fuel"], vouched["generator-1", "load"]) == ("template", "proved")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_status_shows_them_and_wants_attention(lang: str) -> None:
    out = StringIO()
    report = _Report(Console(Catalogue.load(lang), out=out))
    report._forbidden(STATUS)
    report._declared(STATUS)
    assert [word for word in ("generator-1", "weekly", "stands alone") if word not in out.getvalue()] == []
    assert needs_attention(STATUS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_of_a_run_shows_what_protection_is_missing(lang: str) -> None:
    lines = report_lines(RECORD, Console(Catalogue.load(lang), out=StringIO()))
    assert any("stands alone" in line for line in lines)
