"""Planned Modbus reads: which block of which unit, and how to decode it. Pure.

A value whose scale or decimals another block holds is decoded from both: the answer of a request is the data of its
block, followed by what the driver knows of the registers it needs. So an answer is the same as the last one only if
those are the same too, and nobody else has to know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from drivers.codec import Decoder, compile_decoder
from drivers.contract import Request
from drivers.planner import ROUND_TRIP, Block, Cost, Limits, alone, halve, payload_size, plan
from drivers.points import Instant, PlantgateError, Quality, Reading, Reason
from drivers.templates import PERIODS, Device, TemplatePoint

_UNITS = range(1, 248)
"""Unit numbers of devices; 0 is the broadcast (Modbus over Serial Line V1.02, §2.2)."""


class AddressError(PlantgateError):
    """The address of a device is not a unit number."""


@dataclass(frozen=True, slots=True)
class Need:
    """A point that is read elsewhere and holds the scale or the decimals of another."""

    point: TemplatePoint
    block: Block
    """The smallest read that brings it."""

    @property
    def span(self) -> slice:
        """Where in the data of its block its registers are."""
        return _span(self.point, self.block)

    @property
    def size(self) -> int:
        """Bytes of its registers."""
        return 2 * self.point.modbus.words


@dataclass(frozen=True, slots=True)
class ModbusRequest(Request):
    """One read of one block of one unit."""

    unit: int
    block: Block
    timeout: float
    """Total seconds until the answer must be complete."""
    layout: tuple[tuple[str, Decoder], ...] = field(compare=False, repr=False, default=())
    """Point id and its compiled decoder, in the order of ``points``."""
    needs: tuple[Need, ...] = field(compare=False, repr=False, default=())
    """What its points need of other blocks; their registers follow its own data in the answer."""
    gives: tuple[tuple[str, slice], ...] = field(compare=False, repr=False, default=())
    """Name of each point that others need, and where in its data its registers are."""
    all_needs: tuple[Need, ...] = field(compare=False, repr=False, default=())
    """What the points of its device need of each other."""

    @property
    def size(self) -> int:
        """Data bytes of a complete answer of the device."""
        return payload_size(self.block.table, self.block.count)

    def decode(self, answer: bytes, at: Instant) -> list[Reading]:
        """One reading a point; an answer of the wrong size makes every one bad (decode)."""
        if len(answer) == self.size + sum(need.size for need in self.needs):
            return [Reading(point, *decoder(answer), at) for point, decoder in self.layout]
        if len(answer) != self.size:
            return [Reading(point, None, Quality.BAD, Reason.DECODE, at) for point in self.points]
        # The device refuses what some of the points need.
        needed = {need.point.name for need in self.needs}
        without = {f"{self.device}.{point.name}" for point in self.block.points if point.modbus.needs in needed}
        return [
            Reading(point, None, Quality.BAD, Reason.EXCEPTION, at)
            if point in without
            else Reading(point, *decoder(answer), at)
            for point, decoder in self.layout
        ]

    def halves(self) -> tuple["ModbusRequest", ...]:
        """Two smaller requests, or none when its points share one register."""
        return tuple(self.of(block) for block in halve(self.block))

    def of(self, block: Block) -> "ModbusRequest":
        """The request of the same device for ``block``."""
        names = tuple(f"{self.device}.{point.name}" for point in block.points)
        request = replace(self, poll=block.poll, points=names, block=block)
        return _with_layout(request)

    def probe(self, seconds: float) -> "ModbusRequest":
        """One address of it, within ``seconds``: an answer shows that the unit is there, its value is of no use."""
        return replace(self.of(replace(self.block, count=1, points=())), timeout=seconds)


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
    limits = limits_of(device)
    named = {point.name: point for point in template.points}
    needed = {point.modbus.needs for point in template.points if point.modbus.needs}
    needs = tuple(Need(named[name], alone(named[name], limits)) for name in sorted(needed))
    periods = {poll: device.period(poll) for poll in PERIODS}
    unit = unit_of(device)
    return tuple(
        ModbusRequest(device.id, block.poll, (), unit, block, device.timeout, all_needs=needs).of(block)
        for block in plan(template.points, limits, cost, periods)
    )


def limits_of(device: Device) -> Limits:
    """What one request may ask of ``device``."""
    template = device.template
    return Limits(
        template.max_registers,
        gap=template.max_gap,
        barriers=template.barriers,
        holes=template.holes,
        areas=template.areas,
    )


def _with_layout(request: ModbusRequest) -> ModbusRequest:
    block = request.block
    own = {point.modbus.needs for point in block.points} - {point.name for point in block.points}
    needs = tuple(need for need in request.all_needs if need.point.name in own)
    elsewhere = _decoders_elsewhere(needs, request.size)
    decoders = [_decoder(point, block, elsewhere) for point in block.points]
    needed = {need.point.name for need in request.all_needs}
    gives = tuple((point.name, _span(point, block)) for point in block.points if point.name in needed)
    layout = tuple(zip(request.points, decoders, strict=True))
    return replace(request, needs=needs, gives=gives, layout=layout)


def _decoders_elsewhere(needs: Sequence[Need], size: int) -> dict[str, Decoder]:
    """Decoders of what follows the ``size`` bytes of the block."""
    decoders: dict[str, Decoder] = {}
    for need in needs:
        start = need.point.modbus.address - size // 2
        decoders[need.point.name] = compile_decoder(need.point, start)
        size += need.size
    return decoders


def _decoder(point: TemplatePoint, block: Block, elsewhere: Mapping[str, Decoder]) -> Decoder:
    name = point.modbus.needs
    if not name:
        return compile_decoder(point, block.address)
    here = [compile_decoder(other, block.address) for other in block.points if other.name == name]
    return compile_decoder(point, block.address, here[0] if here else elsewhere[name])


def _span(point: TemplatePoint, block: Block) -> slice:
    first = 2 * (point.modbus.address - block.address)
    return slice(first, first + 2 * point.modbus.words)
