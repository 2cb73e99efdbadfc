"""Emulated devices on the wire, asked with hand-made datagrams: no code of the driver's stack in between."""

import asyncio

import pytest

from drivers.bacnet.address import parse_address
from drivers.bacnet.udp import Place, open_endpoint
from drivers.contract import LinkDown
from drivers.points import Kind
from drivers.templates import BacnetSource, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit

TEMPLATE = Template(
    "t",
    {},
    "bacnet",
    (
        TemplatePoint("level", {}, Kind.ANALOG, BacnetSource("analog-input", 5)),
        TemplatePoint("setpoint", {}, Kind.ANALOG, BacnetSource("analog-value", 1)),
    ),
)


async def exchange(place: Place, apdu: str) -> str:
    """The APDU a device answers to ``apdu``, both in hex."""
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    endpoint = await open_endpoint(("127.0.0.1", 0), lambda data, _: answers.put_nowait(data))
    body = bytes.fromhex("0104" + apdu)
    endpoint.send(b"\x81\x0a" + (len(body) + 4).to_bytes(2, "big") + body, place)
    answer = await asyncio.wait_for(answers.get(), 1)
    await endpoint.close()
    return answer[6:].hex()


@pytest.mark.parametrize(
    ("apdu", "answer"),
    [
        ("0004010c" + "0c000000051955", "30010c" + "0c0000000519553e44428a00003f"),  # ReadProperty present-value
        ("0004010c" + "0c0000000519 6f".replace(" ", ""), "30010c" + "0c00000005196f3e8204003f"),  # status-flags
        ("0004010c" + "0c000000091955", "50010c" + "9101911f"),  # unknown-object
        ("0004010f" + "0c0000000519553e44000000003f", "50010f" + "91029128"),  # write to an input
        ("0004010f" + "0c0080000119553e44000000003f4908", "20010f"),  # write at priority 8
        ("00040111" + "1900", "600109"),  # a service it does not offer
    ],
)
async def test_an_apdu_gets_the_answer_of_the_standard(apdu: str, answer: str) -> None:
    async with BacnetServer([BacnetUnit(TEMPLATE, 7, values={"level": 69.0})]) as server:
        assert await exchange(parse_address(server.address(7)).place, apdu) == answer


async def test_a_priority_array_shows_who_commands() -> None:
    async with BacnetServer([BacnetUnit(TEMPLATE, 7)]) as server:
        place = parse_address(server.address(7)).place
        await exchange(place, "0004010f" + "0c0080000119553e443f8000003f4908")
        array = await exchange(place, "0004010c" + "0c008000011957")
    assert array == "30010c" + "0c0080000119573e" + "00" * 7 + "443f800000" + "00" * 8 + "3f"


async def test_who_is_is_answered_to_the_asker() -> None:
    async with BacnetServer([BacnetUnit(TEMPLATE, 7)]) as server:
        assert (await exchange(parse_address(server.address(7)).place, "1008")).startswith("1000c402000007")


async def test_each_device_has_a_port_of_its_own() -> None:
    async with BacnetServer([BacnetUnit(TEMPLATE, n) for n in (1, 2, 3)]) as server:
        assert len({server.address(n).partition("/")[0] for n in (1, 2, 3)}) == 3


async def test_a_taken_port_leaves_no_device_behind() -> None:
    async with BacnetServer([BacnetUnit(TEMPLATE, 2)]) as holder:
        taken = parse_address(holder.address(2)).port
        with pytest.raises(LinkDown):
            await BacnetServer([BacnetUnit(TEMPLATE, 1), BacnetUnit(TEMPLATE, 3)], port=taken - 1).__aenter__()
    async with BacnetServer([BacnetUnit(TEMPLATE, 1)], port=taken - 1) as again:
        assert parse_address(again.address(1)).port == taken - 1


async def test_values_may_change_while_it_runs() -> None:
    unit = BacnetUnit(TEMPLATE, 7)
    async with BacnetServer([unit]) as server:
        place, ask = parse_address(server.address(7)).place, "0004010c0c000000051955"
        before = await exchange(place, ask)
        unit.values["level"] = 1.0
        assert await exchange(place, ask) != before
