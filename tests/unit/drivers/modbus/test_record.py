"""A device recorded and replayed: the same values, the same refusals, without the device."""

import pytest

from drivers.contract import NoAnswer, Refused
from drivers.modbus.asking import Asker, Blocks
from drivers.modbus.oneshot import own_wire
from drivers.modbus.pdu import write_pdu
from drivers.modbus.record import record
from drivers.modbus.request import requests_of
from drivers.points import Instant, Value
from drivers.replay.fixture import Fixture, FixtureError, read_fixture
from drivers.templates import Device, Table
from emulators.device import emulated
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from tests.shipped import library
from tests.unit.drivers.modbus.replay_wire import ReplayWire

TEMPLATES = library().templates
MODBUS = sorted(name for name, template in TEMPLATES.items() if template.protocol == "modbus")
AT = Instant("boot", 0.0, 0.0)


async def values(wire: Asker, device: Device) -> dict[str, Value | None]:
    blocks, found = Blocks(wire), {}
    for request in requests_of(device):
        for reading in request.decode(await blocks.read(request), AT):
            found[reading.point] = reading.value
    return found


@pytest.mark.parametrize("name", MODBUS)
async def test_every_template_can_be_recorded_and_replayed(name: str) -> None:
    unit = emulated("d", TEMPLATES[name], {}).unit
    assert isinstance(unit, ModbusUnit)
    device = Device("d", "", "7", TEMPLATES[name], 5.0)
    async with ModbusServer({7: unit}) as server, own_wire(server.url) as wire:
        fixture = await record(wire, device)
        live = await values(wire, device)
    replayed = read_fixture(fixture.text())
    assert replayed == fixture
    assert (replayed.template, replayed.unit, replayed.refused) == (name, 7, {})
    assert await values(ReplayWire(replayed), device) == live


async def test_what_was_refused_is_refused_again() -> None:
    template = TEMPLATES["booster-set"]
    device = Device("d", "", "1", template, 5.0)
    unit = ModbusUnit(template, faults={"exception:4"})
    async with ModbusServer({1: unit}) as server, own_wire(server.url) as wire:
        fixture = await record(wire, device)
    assert set(fixture.refused.values()) == {4}
    request = requests_of(device)[0]
    with pytest.raises(Refused) as caught:
        await Blocks(ReplayWire(read_fixture(fixture.text()))).read(request)
    assert caught.value.number == 4


async def test_another_unit_is_silent_and_nothing_is_written() -> None:
    wire = ReplayWire(Fixture("t", 1, {(Table.HOLDING, 0): 7}))
    with pytest.raises(NoAnswer):
        await wire.ask(2, bytes.fromhex("0300000001"), bytes, 1.0)
    with pytest.raises(Refused):
        await wire.ask(1, write_pdu(Table.HOLDING, 0, (1,)), bytes, 1.0)
    assert (await wire.ask(1, bytes.fromhex("0300000001"), bytes, 1.0)).hex() == "03020007"


def test_a_file_reads_as_words_of_the_manual() -> None:
    fixture = Fixture("t", 3, {(Table.HOLDING, 9): 250, (Table.HOLDING, 10): 65535, (Table.COIL, 1): 1})
    assert '"holding 9": "00fa ffff"' in fixture.text()
    assert read_fixture(fixture.text()) == fixture


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"template": "t", "unit": 1, "answered": {"x 1": "0"}, "refused": {}}']
)
def test_a_file_of_somebody_else_is_refused(text: str) -> None:
    with pytest.raises(FixtureError):
        read_fixture(text)
