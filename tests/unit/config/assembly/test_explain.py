"""The tree of a plant: every role with its source, and everything that is loose."""

from pathlib import Path

import pytest

from config.assembly.explain import explain
from config.site import load_site
from tests.unit.config.edits import edit

EXAMPLE = Path(__file__).parents[4] / "config" / "examples" / "harbour-tower"


def test_a_role_leads_to_its_register(site: Path) -> None:
    (tank,) = explain(load_site(site)).equipment
    roles = {role.role.name: role for role in tank.roles}
    level, overflow = roles["level"], roles["overflow"]
    assert (level.point, level.at, level.unit) == ("booster.level", "holding 0", "%")
    assert overflow.point == ""


def test_points_nobody_uses_are_listed_with_their_device(site: Path) -> None:
    ((device,),) = [link.devices for link in explain(load_site(site)).links]
    loose = [point.name for point in device.loose]
    assert "level" not in loose
    assert len(loose) == len(device.device.template.points) - 1


def test_a_link_without_devices_is_shown(site: Path) -> None:
    edit(site / "plant.yaml", "devices:", '  - {id: spare, url: "modbus-tcp://127.0.0.1:5021"}\ndevices:')
    assert {line.link.id: len(line.devices) for line in explain(load_site(site)).links} == {"bus": 1, "spare": 0}


def test_roles_of_several_devices_and_both_protocols() -> None:
    lines = {line.equipment.id: line for line in explain(load_site(EXAMPLE)).equipment}
    lift = {role.role.name: role.at for role in lines["lift-1"].roles if role.point}
    assert lift["door_zone"].count(" ") >= 1
    assert all(not at.startswith("holding") for at in lift.values())
    assert lines["generator-1"].loose == ()


def test_a_command_no_device_carries_out_is_loose(site: Path) -> None:
    (site / "classes").mkdir()
    (site / "classes" / "fan.yaml").write_text(
        "id: fan\ntitle: {zh: 风机, en: Fan}\n"
        "roles:\n  level: {kind: analog, unit: '%', title: {zh: 值, en: Value}}\n"
        "commands:\n  start: {effect: start, title: {zh: 启动, en: Start}}\n",
        encoding="utf-8",
    )
    edit(
        site / "plant.yaml",
        "packs:",
        "  - {id: fan-1, class: fan, title: {zh: 风机, en: Fan}, device: booster}\npacks:",
    )
    assert explain(load_site(site)).equipment[-1].loose == ("start",)


@pytest.mark.parametrize(
    ("base", "at", "shown"),
    [
        (1, "holding 4", ("holding 3", "holding 4", "40004", 3)),
        (0, "holding 3", ("holding 3", "holding 3", "40004", 3)),
        (1, "input 4 bit 2", ("input 3 bit 2", "input 4 bit 2", "30004", 3)),
        (1, "coil 4", ("coil 3", "coil 4", "00004", 3)),
        (1, "discrete 9999", ("discrete 9998", "discrete 9999", "19999", 9998)),
        (0, "holding 9999", ("holding 9999", "holding 9999", "410000", 9999)),
    ],
)
def test_a_register_is_shown_as_people_count_it(site: Path, base: int, at: str, shown: tuple[object, ...]) -> None:
    kind = "" if "coil" in at or "bit" in at or "discrete" in at else ", type: u16"
    (site / "templates").mkdir()
    (site / "templates" / "meter.yaml").write_text(
        f"id: meter\ntitle: Meter\nprotocol: modbus\nbase: {base}\n"
        f"points:\n  - {{name: leak, title: X, at: {at}{kind}}}\n",
        encoding="utf-8",
    )
    (site / "classes").mkdir()
    role = "kind: analog" if kind else "kind: binary"
    (site / "classes" / "box.yaml").write_text(
        f"id: box\ntitle: Box\nroles:\n  leak: {{{role}, title: X}}\n", encoding="utf-8"
    )
    edit(site / "plant.yaml", "equipment:", "  - {id: box, link: bus, unit: 9, template: meter}\nequipment:")
    edit(site / "plant.yaml", "packs:", "  - {id: box-1, class: box, title: Box, roles: {leak: box.leak}}\npacks:")
    (role_line,) = explain(load_site(site)).equipment[-1].roles
    assert (role_line.at, role_line.numbered, role_line.reference, role_line.wire) == shown
