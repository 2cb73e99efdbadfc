"""What the identity registers of a device say: its make, its model, its serial number, as its template lists them."""

from drivers.contract import Refused
from drivers.identification import Identification, compared
from drivers.modbus.asking import Blocks
from drivers.modbus.request import ModbusRequest, identity_requests_of
from drivers.planner import ROUND_TRIP, Cost
from drivers.points import Instant, Value
from drivers.templates import Device

_UNKNOWN = frozenset({1, 2, 3})
"""Illegal function, address and value: the device does not know what it was asked; other exceptions pass."""
_NOW = Instant("", 0.0, 0.0, trusted=False)
"""Nobody looks at the time of these readings."""


async def read_identity(blocks: Blocks, device: Device, cost: Cost = ROUND_TRIP) -> Identification:
    """Who ``device`` says it is, asked now. Raises LinkDown, NoAnswer, Refused (busy), UnitNumberError."""
    found: dict[str, Value | None] = {}
    for request in identity_requests_of(device, cost):
        found |= await _told(blocks, request)
    return compared(device.identity, found)


async def _told(blocks: Blocks, request: ModbusRequest) -> dict[str, Value | None]:
    names = [point.partition(".")[2] for point in request.points]
    try:
        readings = request.decode(await blocks.read(request), _NOW)
    except Refused as refusal:
        if refusal.number not in _UNKNOWN:
            raise
        return dict.fromkeys(names)
    return {name: _plain(reading.value) for name, reading in zip(names, readings, strict=True)}


def _plain(value: Value | None) -> Value | None:
    """Numbers of registers as a person writes them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
