"""``plantgate check`` about wires: loads of buses, ports of this machine, warnings and mistakes."""

import fcntl
import json
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from agent.cli import parse
from agent.cli.commands import check
from agent.cli.shell.console import Console
from agent.cli.views.buses import unsteady_ports
from config.catalogue import Catalogue
from config.errors import ConfigError
from config.plant import Link

PLANT = """\
site: {id: plaza, title: {zh: 广场, en: Plaza}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:1883"}
links:
  - {id: bus, url: "modbus-rtu://PORT?baud=BAUD"}
  - {id: bus-2, url: "modbus-rtu://OTHER"}
devices:
  - {id: booster, link: bus, unit: 7, template: booster-set}
packs: [agent]
"""


@pytest.fixture
def terminal() -> Iterator[str]:
    """A port that works."""
    master, slave = os.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def checked(site: Path, *options: str, lang: str = "en") -> tuple[int, str]:
    out, texts = StringIO(), Catalogue.load(lang)
    parsed = parse(["check", str(site), *options], texts)
    return check.run(parsed, Console(texts, as_json=parsed.json, out=out)), out.getvalue()


def written(directory: Path, port: str, other: str, baud: int = 9600) -> Path:
    text = PLANT.replace("PORT", port).replace("OTHER", other).replace("BAUD", str(baud))
    (directory / "plant.yaml").write_text(text, encoding="utf-8")
    return directory


def warnings(output: str) -> list[dict[str, Any]]:
    return [one for one in json.loads(output)["warnings"] if one["code"] != "people.none"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_load_of_a_bus_is_shown_by_period_and_unit(tmp_path: Path, lang: str) -> None:
    code, shown = checked(written(tmp_path, "/dev/gone", "/dev/gone-2"), lang=lang)
    lines = shown.splitlines()
    assert code == 0
    assert "4 %" in lines[0]
    assert all(word in lines[2] for word in ("7", "booster", "0.0"))


def test_the_load_of_a_bus_as_json(tmp_path: Path) -> None:
    _, shown = checked(written(tmp_path, "/dev/gone", "/dev/gone-2"), "--json")
    first, second = json.loads(shown)["buses"]
    assert (first["link"], second["link"], second["share"]) == ("bus", "bus-2", 0)
    assert [period["period"] for period in first["periods"]] == [1.0, 10.0, 300.0]
    assert first["share"] == pytest.approx(sum(period["share"] for period in first["periods"]), abs=1e-3)
    assert first["periods"][0]["units"][0]["unit"] == "7"


def test_a_missing_port_is_a_warning_on_a_laptop_and_a_mistake_on_the_gateway(tmp_path: Path, terminal: str) -> None:
    site = written(tmp_path, terminal, "/dev/gone")
    code, shown = checked(site, "--json")
    assert (code, [warning["code"] for warning in warnings(shown)]) == (0, ["link.cannot-open-port"])
    with pytest.raises(ConfigError) as caught:
        checked(site, "--here")
    assert [finding.code for finding in caught.value.findings] == ["link.cannot-open-port"]


def test_a_port_that_is_no_port(tmp_path: Path, terminal: str) -> None:
    file = tmp_path / "file"
    file.touch()
    _, shown = checked(written(tmp_path, terminal, str(file)), "--json")
    assert [warning["code"] for warning in warnings(shown)] == ["link.not-a-port"]


def test_a_port_in_use(tmp_path: Path, terminal: str) -> None:
    user = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(user, fcntl.LOCK_EX)
    try:
        _, shown = checked(written(tmp_path, terminal, "/dev/gone"), "--json")
    finally:
        os.close(user)
    assert [warning["code"] for warning in warnings(shown)] == ["link.port-in-use", "link.cannot-open-port"]


def test_looking_at_a_port_leaves_it_free(tmp_path: Path, terminal: str) -> None:
    for _ in range(2):
        _, shown = checked(written(tmp_path, terminal, "/dev/gone"), "--json")
        assert len(warnings(shown)) == 1


def test_two_names_of_one_port(tmp_path: Path, terminal: str) -> None:
    name = tmp_path / "by-id"
    name.symlink_to(terminal)
    _, shown = checked(written(tmp_path, terminal, str(name)), "--json")
    assert [warning["code"] for warning in warnings(shown)] == ["check.same-port"]


def test_a_bus_with_little_time_left(tmp_path: Path, terminal: str) -> None:
    site = written(tmp_path, terminal, "/dev/gone", baud=300)
    plant = site / "plant.yaml"
    plant.write_text(
        plant.read_text(encoding="utf-8").replace("booster-set}", "booster-set, timeout: 2 s, polls: {fast: 2300 ms}}"),
        encoding="utf-8",
    )
    code, shown = checked(site, "--json")
    assert code == 0
    assert [warning["code"] for warning in warnings(shown)] == ["link.cannot-open-port", "check.bus-tight"]


def test_a_name_that_stays_is_suggested_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "usb-FTDI-1").symlink_to("/dev/ttyUSB0")
    links = [
        Link("a", "modbus-rtu:///dev/ttyUSB0"),
        Link("b", "modbus-rtu:///dev/ttyACM3"),
        Link("c", "modbus-rtu:///dev/serial/by-id/x"),
        Link("d", "modbus-tcp://h:502"),
    ]
    found = [(finding.arguments["link"], finding.suggestion) for finding in unsteady_ports(links, tmp_path)]
    assert found == [("a", str(tmp_path / "usb-FTDI-1")), ("b", None)]
