"""Recording every register a template knows of one unit, so that tests can replay the device."""

from collections.abc import Callable

from drivers.codec import BIT_TABLES
from drivers.contract import Refused
from drivers.modbus.asking import Asker
from drivers.modbus.pdu import check_read, read_pdu
from drivers.modbus.request import requests_of
from drivers.planner import Block, payload_size
from drivers.replay.fixture import Fixture
from drivers.templates import Device


async def record(wire: Asker, device: Device, asking: Callable[[Block], object] = lambda block: None) -> Fixture:
    """What ``device`` answers, block by block; ``asking`` is told of each. Raises LinkDown, NoAnswer."""
    fixture = Fixture(device.template.id, int(device.address))
    for request in requests_of(device):
        block = request.block
        asking(block)
        try:
            fixture.add(block.table, block.address, await _cells(wire, request.unit, block, request.timeout))
        except Refused as refusal:
            fixture.refused[block.table, block.address] = refusal.number
    return fixture


async def _cells(wire: Asker, unit: int, block: Block, seconds: float) -> list[int]:
    pdu, size = read_pdu(block.table, block.address, block.count), payload_size(block.table, block.count)
    data = await wire.ask(unit, pdu, lambda answer: check_read(pdu, answer, size), seconds)
    if block.table in BIT_TABLES:
        return [data[index // 8] >> index % 8 & 1 for index in range(block.count)]
    return [int.from_bytes(data[index : index + 2], "big") for index in range(0, size, 2)]
