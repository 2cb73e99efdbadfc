"""``plantgate emulate``: every fault can be found and injected, many units at once, mistakes are answered."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.cli import main, parse
from agent.cli.commands import emulate, read
from agent.cli.shell.console import Console
from config.catalogue import Catalogue
from drivers.links import parse_link
from emulators.modbus.faults import LIES, RTU_LIES
from emulators.modbus.listen import lies_on
from emulators.plantroom import PlantRoom
from emulators.script import ScriptError
from emulators.standalone import serve_template
from runtime.errors import UsageError
from tests.shipped import library
from tests.unit.agent.cli.looking import TEXTS, looked

BOOSTER = library().templates["booster-set"]
TCP, RTU = "modbus-tcp://127.0.0.1:0", "modbus-rtu://?baud=115200"
READ_RIGHTLY = {"duplicate", "noise", "echo"}


def _help(language: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        main(["--lang", language, "emulate", "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_names_every_fault(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = _help(language, capsys).replace(":", " ").replace("：", " ").split()
    assert {*LIES, *RTU_LIES, "bad"} <= set(words)


@pytest.mark.parametrize(("listen", "fault"), [(url, lie) for url in (TCP, RTU) for lie in lies_on(parse_link(url))])
async def test_every_fault_shows_in_a_read_of_its_device_only(listen: str, fault: str) -> None:
    async with serve_template(BOOSTER, listen, (1, 7), {"level": 25.0}) as room:
        room.devices["booster-set-7"].break_(fault)
        (url,) = room.links
        asked = ("--holding", "0", "--timeout", "300 ms")
        code, [bad] = await looked(read, url, "--unit", "7", *asked)
        assert (code, bad["quality"]) == ((0, "good") if fault in READ_RIGHTLY else (1, "bad"))
        assert (bad.keys() == {"quality", "reason"}) is (fault not in READ_RIGHTLY)
        assert await looked(read, url, "--unit", "1", *asked) == (0, [{"values": [250], "quality": "good"}])


@pytest.mark.parametrize(
    ("listen", "fault", "code", "meant"),
    [
        (TCP, "haf-open", "emulator.mistyped-fault", "half-open"),
        (TCP, "excepton", "emulator.mistyped-fault", "exception"),
        (RTU, "colision", "emulator.mistyped-fault", "collision"),
        (TCP, "qqqq", "emulator.unknown-fault", None),
        (TCP, "crc", "emulator.unknown-fault", None),
        (RTU, "reset", "emulator.unknown-fault", None),
        (TCP, "late:nothing", "emulator.unknown-fault", None),
        (TCP, "bad:nothing", "emulator.unknown-fault", None),
    ],
)
async def test_a_fault_that_is_none_is_answered_with_those_that_are(
    listen: str, fault: str, code: str, meant: str | None
) -> None:
    with pytest.raises(ScriptError) as caught:
        await serve_template(BOOSTER, listen, faults=[fault]).__aenter__()
    assert caught.value.code == code
    assert meant in (None, caught.value.arguments.get("meant"))
    for language in ("en", "zh"):
        text = Catalogue.load(language).error(caught.value)
        assert "half-open" in text
        assert fault in text


@pytest.fixture
async def room() -> AsyncIterator[PlantRoom]:
    async with serve_template(BOOSTER, TCP, (1, 2), {"level": 25.0}) as room:
        yield room


async def test_one_unit_is_steered_without_the_other(room: PlantRoom) -> None:
    assert json.loads(room.answer("set booster-set-2.level 60"))["ok"]
    room.devices["booster-set-2"].step(1.0)  # what stood on the command line is not what was set since
    (url,) = room.links
    levels = [(await looked(read, url, "--unit", unit, "--holding", "0"))[1] for unit in ("1", "2")]
    assert [[shot["values"] for shot in shots] for shots in levels] == [[[250]], [[600]]]


async def test_a_fault_of_one_point_spares_the_others(room: PlantRoom) -> None:
    assert json.loads(room.answer("fault booster-set-1 exception:2:level"))["ok"]
    (url,) = room.links
    codes = [(await looked(read, url, "--holding", address))[0] for address in ("0", "1")]
    assert codes == [1, 0]


async def test_a_serial_line_is_made_where_it_is_asked_for(tmp_path: Path) -> None:
    async with serve_template(BOOSTER, f"modbus-rtu://{tmp_path}/ttyUSB0?baud=9600&parity=N") as room:
        assert room.links == [f"modbus-rtu://{tmp_path}/ttyUSB0?baud=9600"]
        asked = await looked(read, f"modbus-rtu://{tmp_path}/ttyUSB0?baud=9600&parity=N", "--holding", "1")
        assert asked == (0, [{"values": [250], "quality": "good"}])


@pytest.mark.parametrize(
    ("url", "unit"),
    [(TCP, "256"), (TCP, "x"), (TCP, "3-1"), (TCP, ""), (RTU, "0"), (RTU, "248")],
)
def test_unit_numbers_are_those_of_modbus(url: str, unit: str) -> None:
    options = parse(["emulate", "--template", "booster-set", "--listen", url, "--unit", unit], TEXTS)
    with pytest.raises(UsageError) as caught:
        emulate.run(options, Console(TEXTS))
    assert caught.value.code == "usage.numbers"


async def test_a_bacnet_port_has_one_device() -> None:
    template = library().templates["bacnet-fire-panel"]
    with pytest.raises(ScriptError) as caught:
        async with asyncio.timeout(5):
            await serve_template(template, "bacnet://127.0.0.1:0", (1, 2)).__aenter__()
    assert caught.value.code == "emulate.one-instance"


TARGETS = [
    (["--template", "booster-set"], ""),
    (["--listen", TCP], ""),
    (["--template", "booster-set", "--listen", TCP, "--serial", "/dev/line"], ""),
    (["--template", "booster-set", "--serial", "/dev/line?baud=19200"], "modbus-rtu:///dev/line?baud=19200"),
]


@pytest.mark.parametrize(("arguments", "url"), TARGETS)
def test_where_a_template_is_served(arguments: list[str], url: str) -> None:
    options = parse(["emulate", *arguments], TEXTS)
    if url:
        _, (served,) = emulate._standalone(options)
        assert served == url
    else:
        with pytest.raises(UsageError, match=r"emulate\.needs-target"):
            emulate._standalone(options)


@pytest.mark.parametrize(("baud", "answers"), [("9600", True), ("19200", False)])
async def test_a_line_hears_its_own_baud_only(tmp_path: Path, baud: str, answers: bool) -> None:
    url = f"modbus-rtu://{tmp_path}/line"
    async with serve_template(BOOSTER, f"{url}?baud=9600"):
        _, (told,) = await looked(read, f"{url}?baud={baud}", "--unit", "1", "--holding", "0", "--timeout", "300 ms")
    assert (told["quality"] == "good") is answers
