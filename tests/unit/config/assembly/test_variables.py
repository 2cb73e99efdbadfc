"""Variables of a site: of their type, through each other, in every file that differs from site to site."""

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.rule_tests import load_suite
from config.site import load_site
from tests.unit.config.edits import edit

BLOCK = """\
variables:
  pump_host: {type: host, value: 192.168.1.20}
  pump_port: {type: number, default: 502}
  pump_url: {type: text, default: "modbus-tcp://${pump_host}:${pump_port}"}
  high: {type: number, unit: "%", default: 80 %, value: 85 %}
  delay: {type: number, unit: min, default: 2 min}
  who: {type: text, default: Li}
links:
  - {id: bus, url: "${pump_url}"}
"""
TEST = """\
- name: high level
  equipment: {class: water-tank, high: "${high}"}
  every: 1 min
  series: {level: 84x5 86x5}
  expect: [{at: 4 min, H01: normal}, {at: 9 min, H01: active}]
"""


@pytest.fixture
def varied(site: Path) -> Path:
    edit(site / "plant.yaml", 'links:\n  - {id: bus, url: "modbus-tcp://127.0.0.1:5020"}\n', BLOCK)
    edit(site / "plant.yaml", "{low: 35 %}", '{low: 35 %, high: "${high}"}')
    edit(site / "rules" / "site.yaml", "for: 1 min", "for: ${delay}")
    people = "people: [{name: '${who}', role: supervisor, accounts: [root]}]\n"
    (site / "people.yaml").write_text(people, encoding="utf-8")
    return site


def test_every_file_of_the_site_has_the_values(varied: Path) -> None:
    (varied / "rules" / "site.test.yaml").write_text(TEST, encoding="utf-8")
    plant = load_site(varied)
    (link,) = plant.links
    assert link.url == "modbus-tcp://192.168.1.20:502"
    assert next(one for one in plant.equipment if one.id == "tank-1").parameters["high"] == 85.0
    assert next(rule for rule in plant.rules if rule.id == "H01").on_delay == 120.0
    assert [one.name for one in plant.people.members] == ["Li"] if plant.people else False
    assert len(load_suite(varied, plant).tests) == 1
    assert plant.doubts == ()


DOUBLED = "".join(f'  v{n}: {{type: text, value: "${{v{n - 1}}}${{v{n - 1}}}"}}\n' for n in range(1, 60))
CHAIN = "".join(f'  v{n}: {{type: text, value: "${{v{n + 1}}}"}}\n' for n in range(1500))


@pytest.mark.parametrize(
    ("block", "uses", "codes"),
    [
        ("  v0: {type: text, value: xxxxxxxxxx}\n" + DOUBLED, "${v59}", {"variables.long"}),
        (CHAIN + "  v1500: {type: text, value: x}\n", "${v0}", {"variables.deep"}),
        (f"  v0: {{type: text, value: {'x' * 1001}}}\n", "${v0}", {"variables.long"}),
        (f'  v0: {{type: text, value: "{"${v1}" * 90_000}"}}\n', "${v0}", {"variables.long"}),
        (f"  v0: {{type: text, value: {'x' * 1000}}}\n", "${v0}" * 1000, {"variables.too-much"}),
    ],
    ids=["doubled", "a chain", "a long value", "a long reference", "a long file"],
)
def test_no_file_becomes_larger_than_one_may_be(site: Path, block: str, uses: str, codes: set[str]) -> None:
    """The gateway reads it at a reload: neither its memory nor its stack may end with a few lines of text."""
    text = (site / "plant.yaml").read_text(encoding="utf-8").replace("en: Tank 1}", f'en: "{uses}"}}')
    (site / "plant.yaml").write_text(f"{text}variables:\n{block}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_site(site)
    assert {finding.code for finding in caught.value.findings} == codes


def test_what_nothing_asks_for_is_doubted_where_it_stands(varied: Path) -> None:
    edit(varied / "plant.yaml", "  who:", "  spare: {type: text, default: Wang}\n  who:")
    (doubt,) = load_site(varied).doubts
    assert doubt.place is not None
    assert (doubt.code, doubt.arguments, doubt.place.line) == ("variables.unused", {"name": "spare"}, 10)


def test_a_rule_test_is_a_use(varied: Path) -> None:
    edit(varied / "plant.yaml", "  who:", "  spare: {type: text, default: high level}\n  who:")
    (varied / "rules" / "site.test.yaml").write_text(TEST.replace("high level", "${spare}"), encoding="utf-8")
    assert load_site(varied).doubts == ()


def test_an_edit_of_a_value_is_a_change_of_the_plant(varied: Path) -> None:
    before = load_site(varied)
    edit(varied / "plant.yaml", "value: 85 %", "value: 86 %")
    assert load_site(varied).equipment != before.equipment


def test_a_site_without_variables_never_meant_one(site: Path) -> None:
    edit(site / "plant.yaml", "en: Tank 1}", 'en: "Tank ${1}"}')
    with pytest.raises(ConfigError) as caught:
        load_site(site)
    assert [finding.code for finding in caught.value.findings] == ["variables.none"]
    # An earlier version let it pass: what was watched is watched on.
    plant = load_site(site, start=True)
    assert next(one for one in plant.equipment if one.id == "tank-1").title["en"] == "Tank ${1}"
    assert [doubt.code for doubt in plant.doubts] == ["variables.none"]


def test_a_plant_is_judged_as_given_in_place_of_what_is_written(site: Path) -> None:
    content = (site / "plant.yaml").read_bytes()
    plant = load_site(site, instead={"plant.yaml": content.replace(b"35 %", b"36 %")})
    assert next(one for one in plant.equipment if one.id == "tank-1").parameters["low"] == 36.0
    assert (site / "plant.yaml").read_bytes() == content
    (site / "plant.yaml").write_bytes(content.replace(b"35 %", b"36 %"))
    assert load_site(site).fingerprint == plant.fingerprint
