"""``plantgate scan`` over loopback: who is there, and that nobody is a finding."""

import asyncio
from io import StringIO
from pathlib import Path

import pytest
import yaml

from agent.cli import parse
from agent.cli.commands import scan
from agent.cli.shell.console import Console
from agent.cli.shell.found import FoundDevice, found_lines
from agent.cli.shell.progress import Progress
from agent.cli.shell.reach import OwnedWire
from agent.cli.shell.usage import numbers
from config.catalogue import LANGUAGES, Catalogue
from drivers.contract import LinkDown, NoAnswer
from drivers.links import LinkError, parse_link
from drivers.modbus.oneshot import own_wire
from drivers.modbus.options import endpoint_of
from drivers.modbus.rtu import Timing
from drivers.points import Kind
from drivers.template_match import Candidate
from drivers.templates import BacnetSource, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit
from emulators.modbus.pseudo_terminal import ModbusPty
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from runtime.errors import UsageError
from tests.shipped import library
from tests.unit.agent.cli.looking import looked
from tests.unit.drivers.modbus.test_scan import EveryNumber

AHU = Template("ahu", {}, "bacnet", (TemplatePoint("level", {}, Kind.ANALOG, BacnetSource("analog-input", 1)),))


async def test_a_device_says_who_it_is() -> None:
    async with BacnetServer([BacnetUnit(AHU, 7, "ahu-7")]) as server:
        address = server.address(7)
        code, (device,) = await looked(scan, f"bacnet://{address.partition('/')[0]}", "--timeout", "1 s")
    assert (code, device["instance"], device["address"], device["name"]) == (0, 7, address, "ahu-7")
    assert (device["vendor"], device["model"]) == (999, "ahu")


async def test_nobody_there_is_a_finding() -> None:
    async with BacnetServer([BacnetUnit(AHU, 7, faults={"silent"})]) as server:
        url = f"bacnet://{server.address(7).partition('/')[0]}"
        assert await looked(scan, url, "--timeout", "50 ms") == (1, [])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["bacnet://switchboard"], "scan.target"),
        (["bacnet://127.0.0.1", "--units", "1"], "read.foreign"),
        (["modbus-rtu-tcp://127.0.0.1:9", "--units", "0-3"], "usage.numbers"),
        (["modbus-tcp://127.0.0.1:9", "--units", "255-256"], "usage.numbers"),
        (["modbus-tcp://127.0.0.1:9", "--units", "3-1"], "usage.numbers"),
        (["modbus-tcp://127.0.0.1:9", "--units", "one"], "usage.numbers"),
        (["modbus-tcp://127.0.0.1:9", "--template", "nope"], "emulate.no-template"),
        (["modbus-tcp://127.0.0.1:9", "--timeout", "0 s"], "usage.not-positive"),
    ],
)
async def test_what_cannot_be_searched_is_refused(arguments: list[str], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        await looked(scan, *arguments)
    assert caught.value.code == code


async def test_modbus_units_with_their_likely_templates() -> None:
    booster = library().templates["booster-set"]
    async with ModbusServer(
        {3: ModbusUnit(booster, {"level": 25.0, "power": 3.5, "flow": 2.0}, identity=("ACME", "P-1", "2"))}
    ) as server:
        code, (unit,) = await looked(scan, server.url, "--units", "2-3", "--timeout", "1 s")
    assert (code, unit["unit"], unit["identity"]["vendor"]) == (0, 3, "ACME")
    best = unit["candidates"][0]
    assert (best["template"], best["answered"], best["examples"][0]) == ("booster-set", 13, "level 25 %")


async def test_a_device_that_ignores_unit_numbers_is_shown_once() -> None:
    booster = library().templates["booster-set"]
    async with ModbusServer(EveryNumber({1: ModbusUnit(booster)})) as server:
        code, units = await looked(scan, server.url, "--template", "booster-set")
    assert (code, [unit["unit"] for unit in units]) == (0, [1])


async def test_nobody_on_a_modbus_link_is_a_finding() -> None:
    async with ModbusServer({}) as server:
        assert await looked(scan, server.url, "--units", "1,2", "--timeout", "50 ms") == (1, [])


def test_people_read_the_evidence_in_their_language() -> None:
    candidate = Candidate("booster-set", 0.92, 13, 13, 12, 5, ("level 25 %",))
    console = Console(Catalogue.load("zh"))
    first, second = found_lines(FoundDevice("3", "ACME", (candidate,), {}), console)
    assert first == "3  ACME"
    assert second.strip() == "booster-set  92%  13 个点中 13 个有应答，12 个数值合理，其中 5 个有说服力: level 25 %"


@pytest.mark.parametrize(("text", "units"), [("1", [1]), ("1-3,2,9", [1, 2, 3, 9]), (" 4 - 5 ", [4, 5])])
def test_lists_of_numbers(text: str, units: list[int]) -> None:
    assert numbers("--units", text, 1, 247) == units


@pytest.mark.parametrize(("live", "lines"), [(True, "\r\x1b[K1/8  asking unit 1"), (False, "2/8  asking unit 2\n")])
def test_progress_is_written_over_where_it_can_be(live: bool, lines: str) -> None:
    stream = StringIO()
    stream.isatty = lambda: live  # type: ignore[method-assign]
    progress = Progress(Console(Catalogue.load("en")), 8, stream)
    for unit in range(1, 9):
        progress.step("scan.unit", unit=unit)
    assert stream.getvalue().startswith(lines)
    assert stream.getvalue().count("\n") == (0 if live else 4)


async def test_an_address_of_a_device_is_no_network() -> None:
    with pytest.raises(LinkError):
        await looked(scan, "bacnet://127.0.0.1:47808/7")


# --- serial lines of which nobody knows the settings


def line_at(path: Path, baud: int) -> ModbusPty:
    """A line without hardware on which a booster set hears ``baud`` only."""
    return ModbusPty({1: ModbusUnit(library().templates["booster-set"], {"level": 25.0})}, str(path), Timing(baud))


SWEEPS = [
    ("a path alone", "{path}", [], 19200, "baud=19200"),
    ("the default after all", "{path}", [], 9600, "baud=9600"),
    ("a URL with wrong settings", "modbus-rtu://{path}?baud=9600&parity=N&gap=5", ["--sweep"], 38400, "gap=5"),
]


@pytest.mark.parametrize(("url", "more", "baud", "part"), [row[1:] for row in SWEEPS], ids=[row[0] for row in SWEEPS])
async def test_the_settings_of_a_line_are_found_and_proposed(
    tmp_path: Path, url: str, more: list[str], baud: int, part: str
) -> None:
    path = tmp_path / "line"
    async with line_at(path, baud):
        code, (proposed, unit) = await looked(
            scan, url.format(path=path), *more, "--units", "1", "--timeout", "100 ms", "--template", "booster-set"
        )
    assert (code, unit["unit"], unit["candidates"][0]["template"]) == (0, 1, "booster-set")
    assert f"modbus-rtu://{path}?" in proposed["url"]
    assert f"baud={baud}" in proposed["url"]
    assert part in proposed["url"]
    endpoint_of(parse_link(proposed["url"]))


async def shown(lang: str, *arguments: str) -> tuple[int, str]:
    """Exit code and text of a scan as people see it."""
    texts, out = Catalogue.load(lang), StringIO()
    code = await asyncio.to_thread(scan.run, parse(["scan", *arguments], texts), Console(texts, out=out))
    return code, out.getvalue()


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_proposal_is_a_line_of_plant_yaml(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "line"
    async with line_at(path, 9600):
        code, said = await shown(lang, str(path), "--units", "1", "--timeout", "100 ms")
    (line,) = [one for one in said.splitlines() if "bus-1" in one]
    (link,) = yaml.safe_load(line)
    assert (code, link["id"], parse_link(link["url"]).path) == (0, "bus-1", str(path))


SILENT: list[tuple[str, list[str], list[str]]] = [
    ("a serial line", ["modbus-rtu://{path}?baud=4800", "--units", "7"],
     ["doctor.silent-do", "units=7", "--sweep", "4800"]),
    ("a serial line that was swept", ["{path}", "--units", "7-8"], ["doctor.line-dead-do", "7-8"]),
    ("a network", ["{tcp}", "--units", "7"], ["doctor.silent-do", "units=7"]),
]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("arguments", "parts"), [row[1:] for row in SILENT], ids=[row[0] for row in SILENT])
async def test_silence_says_what_doctor_says(tmp_path: Path, lang: str, arguments: list[str], parts: list[str]) -> None:
    texts, path = Catalogue.load(lang), tmp_path / "line"
    async with line_at(path, 9600), ModbusServer({}) as server:
        written = [one.format(path=path, tcp=server.url) for one in arguments]
        code, said = await shown(lang, *written, "--timeout", "20 ms")
    wanted = [
        texts.text(one) if one.startswith("doctor.")
        else texts.text("scan.asked-units", units=one[6:]) if one.startswith("units=")
        else one
        for one in parts
    ]  # fmt: skip
    assert code == 1
    assert [one for one in wanted if one not in said] == []


async def test_silence_of_a_bacnet_network_names_what_may_stand_between() -> None:
    async with BacnetServer([BacnetUnit(AHU, 7, faults={"silent"})]) as server:
        host = server.address(7).partition("/")[0]
        _, said = await shown("en", f"bacnet://{host}", "--timeout", "50 ms")
    assert f"UDP port {host.partition(':')[2]}" in said


REFUSED_SWEEPS = [
    ("not a serial line", "modbus-tcp://127.0.0.1:9", "", "scan.no-sweep"),
    ("a port that is not there", "modbus-rtu:///dev/no-such-port", "", "doctor.port-missing-do"),
    ("a line of the running gateway", "modbus-rtu:///dev/null", "bus-1", "scan.sweep-owned"),
]


@pytest.mark.parametrize(
    ("url", "owned", "code"), [row[1:] for row in REFUSED_SWEEPS], ids=[row[0] for row in REFUSED_SWEEPS]
)
async def test_what_is_not_swept(monkeypatch: pytest.MonkeyPatch, url: str, owned: str, code: str) -> None:
    async def owner(url: str, state: Path) -> str:
        return owned

    monkeypatch.setattr("agent.cli.shell.serial_sweep.owner", owner)
    with pytest.raises(UsageError) as caught:
        await looked(scan, url, "--sweep")
    assert caught.value.code == code


async def test_a_port_of_the_running_gateway_is_scanned_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is opened: neither to sweep, though only the path was named, nor to ask."""

    async def owner(url: str, state: Path) -> str:
        return "bus-1"

    asked = []

    async def ask(self: OwnedWire, unit: int, *_: object) -> bytes:
        asked.append(unit)
        raise NoAnswer("modbus.silent", seconds=0.1)

    monkeypatch.setattr("agent.cli.commands.scan.owner", owner)
    monkeypatch.setattr("agent.cli.shell.reach.owner", owner)
    monkeypatch.setattr(OwnedWire, "ask", ask)
    assert await looked(scan, str(tmp_path / "no-port"), "--units", "3-4") == (1, [])
    assert asked == [3, 4]


async def test_a_line_that_another_program_has_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "line"
    async with line_at(path, 9600), own_wire(f"modbus-rtu://{path}"):
        with pytest.raises(LinkDown, match=r"link\.port-in-use"):
            await looked(scan, str(path), "--units", "1", "--timeout", "50 ms")
