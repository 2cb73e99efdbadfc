"""Planned Modbus reads: which block of which unit, and how to decode it. Pure."""

from dataclasses import dataclass, field

from drivers.codec import Decoder, compile_decoder
from drivers.contract import Request
from drivers.planner import ROUND_TRIP, Block, Cost, Limits, halve, payload_size, plan
from drivers.points import Instant, PlantgateError, Quality, Reading, Reason
from drivers.templates import PERIODS, Device

_UNITS = range(1, 248)
"""Unit numbers of devices; 0 is the broadcast (Modbus over Serial Line V1.02, §2.2)."""


class AddressError(PlantgateError):
    """The address of a device is not a unit number."""


@dataclass(frozen=True, slots=True)
class ModbusRequest(Request):
    """One read of one block of one unit."""

    unit: int
    block: Block
    timeout: float
    """Total seconds until the answer must be complete."""
    layout: tuple[tuple[str, Decoder], ...] = field(compare=False, repr=False, default=())
    """Point id and its compiled decoder, in the order of ``points``."""

    @property
    def size(self) -> int:
        """Data bytes of a complete answer."""
        return payload_size(self.block.table, self.block.count)

    def decode(self, answer: bytes, at: Instant) -> list[Reading]:
        """One reading a point; an answer of the wrong size makes every one bad (decode)."""
        if len(answer) != self.size:
            return [Reading(point, None, Quality.BAD, Reason.DECODE, at) for point in self.points]
        return [Reading(point, *decoder(answer), at) for point, decoder in self.layout]

    def halves(self) -> tuple["ModbusRequest", ...]:
        """Two smaller requests, or none when its points share one register."""
        return tuple(_request(self.device, self.unit, self.timeout, block) for block in halve(self.block))


def unit_of(device: Device) -> int:
    """The unit number of ``device``; raises AddressError."""
    try:
        unit = int(device.address)
    except ValueError as error:
        raise AddressError("modbus.bad-unit", device=device.id, address=device.address) from error
    if unit not in _UNITS:
        raise AddressError("modbus.bad-unit", device=device.id, address=device.address)
    return unit


def requests_of(device: Device, cost: Cost = ROUND_TRIP) -> tuple[ModbusRequest, ...]:
    """The cheapest reads that bring every point of ``device``; raises AddressError, PlanError."""
    template = device.template
    limits = Limits(template.max_registers, gap=template.max_gap, barriers=template.barriers, holes=template.holes)
    unit = unit_of(device)
    periods = {poll: device.period(poll) for poll in PERIODS}
    blocks = plan(template.points, limits, cost, periods)
    return tuple(_request(device.id, unit, device.timeout, block) for block in blocks)


def _request(device: str, unit: int, timeout: float, block: Block) -> ModbusRequest:
    names = tuple(f"{device}.{point.name}" for point in block.points)
    decoders = [compile_decoder(point, block.address) for point in block.points]
    return ModbusRequest(device, block.poll, names, unit, block, timeout, tuple(zip(names, decoders, strict=True)))
