"""A small good site to change, one edit a test."""

from pathlib import Path

import pytest

PLANT = """\
site: {id: plaza, title: {zh: 广场, en: Plaza}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:1883"}
links:
  - {id: bus, url: "modbus-tcp://127.0.0.1:5020"}
devices:
  - {id: booster, link: bus, unit: 1, template: booster-set, polls: {fast: 2 s}}
equipment:
  - id: tank-1
    class: water-tank
    title: {zh: 1号水箱, en: Tank 1}
    roles: {level: booster.level}
    parameters: {low: 35 %}
packs: [agent]
"""
RULE = """\
- id: H01
  for_each: water-tank
  title: {zh: 水箱高水位, en: Tank level high}
  when: level >= high
  for: 1 min
  severity: medium
  work_order: {class: minor, materials: [fill valve]}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "plant.yaml").write_text(PLANT, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "site.yaml").write_text(RULE, encoding="utf-8")
    return tmp_path
