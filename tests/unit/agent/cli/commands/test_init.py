"""From nothing to a site with devices: ``init``, then ``scan --into``."""

from io import StringIO
from pathlib import Path

import pytest

from agent.cli import parse
from agent.cli.commands import check, init, scan
from agent.cli.shell.console import Console
from agent.cli.shell.found import FoundDevice
from agent.cli.shell.into import adopt
from config.catalogue import Catalogue
from config.errors import ConfigError
from config.site import load_site
from drivers.links import parse_link
from drivers.template_match import Candidate
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from runtime.errors import UsageError
from tests.shipped import library
from tests.unit.agent.cli.looking import looked

BOOSTER = library().templates["booster-set"]
VALUES = {"level": 25.0, "power": 3.5, "water_temperature": 18.0, "flow": 2.0}
SURE = Candidate("booster-set", 0.8, 13, 13, 13, 3)
UNSURE = Candidate("booster-set", 0.1, 13, 1, 1, 0)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    directory = tmp_path / "plaza"
    init.run(parse(["init", str(directory)], Catalogue.load("en")), Console(Catalogue.load("en"), out=StringIO()))
    return directory


def test_without_anybody_to_ask_the_directory_gives_the_name(site: Path) -> None:
    plant = load_site(site)
    assert (plant.site.id, plant.site.title["en"], plant.site.language) == ("plaza", "plaza", "en")


async def test_check_has_nothing_to_say(site: Path) -> None:
    code, (told,) = await looked(check, str(site))
    assert (code, told["ok"], [one["code"] for one in told["warnings"]]) == (0, True, ["people.none"])


def test_a_person_is_asked_for_what_no_option_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = {"Name": "海港广场", "MQTT": "", "First": "modbus-tcp://10.0.0.2:502"}

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return answers[prompt.split()[0]]

    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr("builtins.input", answer)
    texts = Catalogue.load("en")
    options = parse(["init", str(tmp_path / "new"), "--id", "plaza"], texts)
    assert init.run(options, Console(texts, out=StringIO())) == 0
    plant = load_site(tmp_path / "new")
    assert (plant.site.id, plant.site.title["zh"], plant.uplink.broker) == (
        "plaza",
        "海港广场",
        "mqtt://127.0.0.1:1883",
    )
    assert [link.url for link in plant.links] == ["modbus-tcp://10.0.0.2:502"]
    assert len(asked) == 3


async def test_as_an_object(tmp_path: Path) -> None:
    code, (told,) = await looked(init, str(tmp_path / "new"), "--title", "Plaza")
    assert (code, told["site"]) == (0, "new")
    assert "plant.yaml" in told["files"]


async def test_what_a_scan_found_is_added_once(site: Path) -> None:
    async with ModbusServer({3: ModbusUnit(BOOSTER, VALUES, identity=("ACME", "P", "1"))}) as server:
        arguments = [server.url, "--units", "2-3", "--timeout", "1 s", "--into", str(site)]
        for _ in range(2):
            assert (await looked(scan, *arguments))[0] == 0
        plant = load_site(site)
    assert [(device.id, device.address, device.template.id) for device in plant.devices] == [
        ("booster-set-1", "3", "booster-set")
    ]
    text = (site / "plant.yaml").read_text(encoding="utf-8")
    assert "# ACME P 1" in text
    assert "it can be: {id: water-tank-1, class: water-tank" in text


def found(address: str, *candidates: Candidate) -> FoundDevice:
    return FoundDevice(address, "ACME", candidates, {})


def add(site: Path, url: str, *devices: FoundDevice) -> tuple[list[str], list[str], list[str]]:
    adopted = adopt(site, parse_link(url), url, devices)
    return adopted.added, adopted.unsure, adopted.known


def test_one_that_no_template_fits_is_a_comment(site: Path) -> None:
    told = add(site, "modbus-tcp://10.0.0.2", found("1", UNSURE), found("2"), found("3", SURE))
    assert told == (["booster-set-1"], ["1", "2"], [])
    plant = load_site(site)
    assert [device.address for device in plant.devices] == ["3"]
    assert [link.url for link in plant.links] == ["modbus-tcp://10.0.0.2:502"]
    assert "# - {id: ?, link: bus-1, unit: 2, template: ?}  # ACME" in (site / "plant.yaml").read_text(encoding="utf-8")


def test_serial_links_keep_their_options(site: Path) -> None:
    add(site, "modbus-rtu:///dev/ttyUSB0?baud=19200", found("3", SURE))
    assert load_site(site).links[0].url == "modbus-rtu:///dev/ttyUSB0?baud=19200"


def test_bacnet_devices_need_a_link_of_our_own(site: Path) -> None:
    panel = FoundDevice("10.0.0.9:47808/7", "Fire", (Candidate("bacnet-fire-panel", 0.7, 4, 4, 4, 3),), {})
    with pytest.raises(UsageError, match=r"into\.bacnet-link"):
        add(site, "bacnet://203.0.113.9", panel)
    assert add(site, "bacnet://203.0.113.9?broadcast=203.0.113.255", panel)[0] == ["bacnet-fire-panel-1"]
    assert add(site, "bacnet://203.0.113.9", panel) == ([], [], ["bacnet-fire-panel-1"])


def test_a_site_that_would_not_be_in_order_stays_as_it_was(site: Path) -> None:
    before = (site / "plant.yaml").read_bytes()
    with pytest.raises(ConfigError):
        add(site, "modbus-tcp://10.0.0.2", found("3", SURE), found("300", SURE))
    assert (site / "plant.yaml").read_bytes() == before


async def test_a_site_that_is_not_in_order_is_not_searched_for(site: Path) -> None:
    (site / "plant.yaml").write_text("nonsense", encoding="utf-8")
    with pytest.raises(ConfigError):
        await looked(scan, "modbus-tcp://127.0.0.1:9", "--into", str(site))
