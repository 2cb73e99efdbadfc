"""Who is there on a Modbus link: over every transport, told as it comes, with the template that fits."""

from collections.abc import Sequence
from contextlib import aclosing

import pytest

from drivers.contract import LinkDown, NoAnswer, Refused
from drivers.links import parse_link
from drivers.modbus.guess import guess
from drivers.modbus.identity import Identity, ask_identity
from drivers.modbus.oneshot import own_wire
from drivers.modbus.pdu import identity_length
from drivers.modbus.scan import FoundUnit, hears_every_number, scan
from drivers.modbus.transaction import Check
from drivers.template_match import Candidate
from drivers.templates import Template
from emulators.device import emulated
from emulators.modbus.listen import server_for
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from tests.shipped import library

TEMPLATES = library().templates
MODBUS = [template for template in TEMPLATES.values() if template.protocol == "modbus"]
BOOSTER = TEMPLATES["booster-set"]
ALIKE = ("booster-set", "dse-genset", "mains-meter", "socomec-atys", "intesis-dali-luminaire")
LEVEL = {"level": 25.0, "power": 3.5, "water_temperature": 18.0}


async def found(url: str, units: Sequence[int], *, seconds: float = 0.6) -> list[FoundUnit]:
    async with own_wire(url) as wire:
        return [unit async for unit in scan(wire, units, [BOOSTER], seconds=seconds)]


async def test_units_that_answer_are_found_with_their_template() -> None:
    async with ModbusServer(
        {2: ModbusUnit(BOOSTER, LEVEL), 5: ModbusUnit(BOOSTER, identity=("ACME", "P-1", "2.0"))}
    ) as server:
        second, fifth = await found(server.url, (1, 2, 5))
    assert (second.unit, second.identity, second.candidates[0].template) == (2, Identity(), "booster-set")
    assert second.candidates[0].score > fifth.candidates[0].score
    assert (fifth.unit, str(fifth.identity)) == (5, "ACME P-1 2.0")


async def test_a_unit_is_told_before_the_next_is_asked() -> None:
    asked: list[int] = []
    async with (
        ModbusServer({1: ModbusUnit(BOOSTER), 9: ModbusUnit(BOOSTER)}) as server,
        own_wire(server.url) as wire,
        aclosing(scan(wire, range(1, 10), seconds=5.0, asking=asked.append)) as units,
    ):
        first = await anext(units)
    assert (first.unit, asked) == (1, [1])


@pytest.mark.parametrize(
    "listen", ["modbus-udp://127.0.0.1:0", "modbus-rtu-tcp://127.0.0.1:0", "modbus-rtu://?baud=115200"]
)
async def test_every_framing_carries_the_identification(listen: str) -> None:
    unit = ModbusUnit(BOOSTER, LEVEL, identity=("ACME", "Pump", "7"))
    async with server_for(parse_link(listen), {3: unit}) as server:
        (one,) = await found(server.url, [3], seconds=2.0)
    assert (str(one.identity), one.candidates[0].template) == ("ACME Pump 7", "booster-set")


async def test_a_unit_that_lies_is_not_taken_for_one() -> None:
    async with ModbusServer({1: ModbusUnit(BOOSTER, faults={"wrong-unit"}), 2: ModbusUnit(BOOSTER)}) as server:
        assert [unit.unit for unit in await found(server.url, [1, 2])] == [2]


async def test_a_wire_that_goes_away_ends_the_scan() -> None:
    async with ModbusServer({1: ModbusUnit(BOOSTER)}) as server:
        url = server.url
    with pytest.raises(LinkDown):
        await found(url, [1])


class Scripted:
    """A wire whose answers are written down."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    async def ask(self, unit: int, pdu: bytes, check: Check, seconds: float) -> bytes:
        self.asked.append(pdu)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return check(answer)


def told(*objects: tuple[int, bytes], more: int = 0, following: int = 0) -> bytes:
    body = b"".join(bytes([number, len(text)]) + text for number, text in objects)
    return bytes([0x2B, 0x0E, 1, 1, more, following, len(objects)]) + body


@pytest.mark.parametrize(
    ("answers", "identity", "asked"),
    [
        ([told((0, b"ACME"), (1, b"P"), (2, b"1"))], Identity("ACME", "P", "1"), 1),
        ([told((0, b"ACME"), more=0xFF, following=1), told((1, b"P"))], Identity("ACME", "P"), 2),
        ([told((0, b"ACME"), more=0xFF, following=1), NoAnswer("modbus.silent", seconds=1)], Identity("ACME"), 2),
        ([Refused("modbus.exception", number=1)], Identity(), 1),
        ([b"\xab\x01"], Identity(), 1),
        ([told((0, b"ACME"))[:-1]], Identity(), 1),
        ([told((0, "水泵\x1b[31m".encode()))], Identity("水泵[31m"), 1),
        ([told((0, b"A"), more=0xFF, following=0)] * 8, Identity("A"), 8),
    ],
)
async def test_identities(answers: list[bytes | Exception], identity: Identity, asked: int) -> None:
    wire = Scripted(*answers)
    assert await ask_identity(wire, 1, 1.0) == identity
    assert len(wire.asked) == asked


@pytest.mark.parametrize("cut", range(len(told((0, b"ACME"), (1, b"P")))))
def test_the_length_is_known_only_when_it_can_be(cut: int) -> None:
    whole = told((0, b"ACME"), (1, b"P"))
    assert identity_length(whole[:cut]) in (0, len(whole))
    assert identity_length(whole) == len(whole)


class EveryNumber(dict[int, ModbusUnit]):
    """A device on TCP that does not look at unit numbers."""

    def get(self, number: int, default: object = None) -> ModbusUnit:  # type: ignore[override]
        return self[1]


@pytest.mark.parametrize(
    ("units", "every"),
    [
        (EveryNumber({1: ModbusUnit(BOOSTER)}), True),
        ({1: ModbusUnit(BOOSTER)}, False),
        ({247: ModbusUnit(BOOSTER)}, False),
    ],
)
async def test_a_device_that_ignores_unit_numbers_is_one_device(units: dict[int, ModbusUnit], every: bool) -> None:
    async with ModbusServer(units) as server, own_wire(server.url) as wire:
        assert await hears_every_number(wire, 0.5) is every


@pytest.mark.parametrize(("number", "there"), [(1, True), (2, True), (4, True), (10, False), (11, False)])
async def test_what_an_exception_says_of_a_unit(number: int, there: bool) -> None:
    async with (
        ModbusServer({1: ModbusUnit(BOOSTER, faults={f"exception:{number}"})}) as server,
        own_wire(server.url) as wire,
    ):
        assert [unit.unit async for unit in scan(wire, [1], seconds=1.0)] == ([1] if there else [])


async def candidates(name: str, templates: list[Template]) -> list[Candidate]:
    """What a scan makes of an emulated device of template ``name``."""
    unit = emulated("d", TEMPLATES[name], {}).unit
    assert isinstance(unit, ModbusUnit)
    async with ModbusServer({1: unit}) as server, own_wire(server.url) as wire:
        return await guess(wire, 1, templates, seconds=5.0)


@pytest.mark.parametrize("name", [template.id for template in MODBUS])
async def test_a_device_of_the_library_fits_its_own_template_wholly(name: str) -> None:
    (own,) = await candidates(name, [TEMPLATES[name]])
    assert own.asked == own.answered == own.plausible > 0


@pytest.mark.parametrize("name", ALIKE)
async def test_a_device_is_told_from_others(name: str) -> None:
    assert (await candidates(name, [TEMPLATES[other] for other in ALIKE]))[0].template == name
