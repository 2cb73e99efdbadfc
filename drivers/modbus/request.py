"""Planned Modbus reads: which block of which unit, and how to decode it. Pure.

A value whose scale or decimals another block holds is decoded from both: the answer of a request is the data of its
block, followed by what the driver knows of the registers it needs. So an answer is the same as the last one only if
those are the same too, and nobody else has to know.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from drivers.codec import Decoder, Numbers, compile_decoder
from drivers.contract import Refused, Request
from drivers.modbus.units import unit_number
from drivers.planner import ROUND_TRIP, Block, Cost, RequestLimits, alone, halve, payload_size, plan
from drivers.points import Instant, Quality, Reading, Reason
from drivers.templates import PERIODS, Device, Template, TemplatePoint

_TEMPLATES_KEPT = 256
"""Plans that are remembered, with the templates they are of."""
_SPLITTABLE = frozenset({2, 3})
"""Exceptions that a smaller request may avoid: illegal address (a hole in the map), illegal value (too many)."""


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
class Layout:
    """How the answers of one block are decoded; devices of one template share it."""

    numbers: Numbers
    others: tuple[tuple[TemplatePoint, Decoder], ...] = ()
    """The points that are not plain numbers."""
    needs: tuple[Need, ...] = ()
    """What its points need of other blocks; their registers follow its own data in the answer."""
    gives: tuple[tuple[str, slice], ...] = ()
    """Name of each point that others need, and where in its data its registers are."""
    all_needs: tuple[Need, ...] = ()
    """What the points of its device need of each other."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its points in the order their readings come."""
        return (*(point.name for point in self.numbers.points), *(point.name for point, _ in self.others))


_NOTHING = Layout(Numbers((), 0))


@dataclass(frozen=True, slots=True)
class ModbusRequest(Request):
    """One read of one block of one unit."""

    unit: int
    block: Block
    layout: Layout = field(compare=False, repr=False, default=_NOTHING)

    @property
    def size(self) -> int:
        """Data bytes of a complete answer of the device."""
        return payload_size(self.block.table, self.block.count)

    def decode(self, answer: bytes, at: Instant) -> list[Reading]:
        """One reading a point; an answer of the wrong size makes every one bad (decode)."""
        layout = self.layout
        if len(answer) == self.size + sum(need.size for need in layout.needs):
            return layout.numbers.decode(answer, self.points, at) + [
                Reading(point, *decoder(answer), at) for point, (_, decoder) in self._others()
            ]
        if len(answer) != self.size:
            return [Reading(point, None, Quality.BAD, Reason.DECODE, at) for point in self.points]
        return layout.numbers.decode(answer, self.points, at) + self._without_needs(answer, at)

    def halves(self) -> tuple["ModbusRequest", ...]:
        """Two smaller requests, or none when its points share one register."""
        layouts = ((block, _layout(block, self.layout.all_needs)) for block in halve(self.block))
        return tuple(self.of(block, layout) for block, layout in layouts)

    def split(self, refusal: Refused) -> tuple["ModbusRequest", ...]:
        """Two halves where ``refusal`` lets hope that they are taken; nothing otherwise."""
        return self.halves() if refusal.number in _SPLITTABLE else ()

    def of(self, block: Block, layout: Layout) -> "ModbusRequest":
        """The request of the same device for ``block``, whose answers are decoded by ``layout``."""
        names = tuple(sys.intern(f"{self.device}.{name}") for name in layout.names)
        return replace(self, poll=block.poll, points=names, block=block, layout=layout)

    def _others(self) -> Iterable[tuple[str, tuple[TemplatePoint, Decoder]]]:
        return zip(self.points[len(self.layout.numbers.points) :], self.layout.others, strict=True)

    def _without_needs(self, answer: bytes, at: Instant) -> list[Reading]:
        """The device refuses what some of the points need."""
        refused = {need.point.name for need in self.layout.needs}
        return [
            Reading(name, None, Quality.BAD, Reason.EXCEPTION, at)
            if point.modbus.needs in refused
            else Reading(name, *decoder(answer), at)
            for name, (point, decoder) in self._others()
        ]

    def probe(self, seconds: float) -> "ModbusRequest":
        """One address of it, within ``seconds``: an answer shows that the unit is there, its value is of no use."""
        return replace(self.of(replace(self.block, count=1, points=()), _NOTHING), timeout=seconds)


def unit_of(device: Device) -> int:
    """The unit number of ``device``; raises UnitNumberError."""
    return unit_number(device.address, device.id)


def requests_of(device: Device, cost: Cost = ROUND_TRIP) -> tuple[ModbusRequest, ...]:
    """The cheapest reads that bring every point of ``device``; raises UnitNumberError, PlanError."""
    unit = unit_of(device)
    periods = tuple((poll, device.period(poll)) for poll in PERIODS)
    return tuple(
        ModbusRequest(device.id, block.poll, (), unit, block, timeout=device.timeout).of(block, layout)
        for block, layout in _planned(_Same(device.template), cost, device.timeout, periods)
    )


def request_of(device: Device, name: str) -> ModbusRequest:
    """The read of the one point of ``device`` called ``name``; raises UnitNumberError."""
    block = alone(device.template.point(name), limits_of(device.template))
    request = ModbusRequest(device.id, block.poll, (), unit_of(device), block, timeout=device.timeout)
    return request.of(block, _layout(block, ()))


def identity_requests_of(device: Device, cost: Cost = ROUND_TRIP) -> tuple[ModbusRequest, ...]:
    """The reads that bring who ``device`` is; raises UnitNumberError."""
    template, unit = device.template, unit_of(device)
    blocks = plan(template.identity, limits_of(template), cost, PERIODS)
    requests = (ModbusRequest(device.id, block.poll, (), unit, block, timeout=device.timeout) for block in blocks)
    return tuple(request.of(request.block, _layout(request.block, ())) for request in requests)


class _Same:
    """A template by its identity: cheaper to look up than by all it says."""

    def __init__(self, template: Template) -> None:
        self.template = template

    def __hash__(self) -> int:
        return id(self.template)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.template is self.template


@lru_cache(maxsize=_TEMPLATES_KEPT)
def _planned(
    same: _Same, cost: Cost, timeout: float, periods: tuple[tuple[str, float], ...]
) -> tuple[tuple[Block, Layout], ...]:
    """The blocks of a template and their layouts. A plant has many devices of few templates."""
    template = same.template
    limits = _answered_within(timeout, limits_of(template), cost, template)
    needed = {point.modbus.needs for point in template.points if point.modbus.needs}
    needs = tuple(Need(point, alone(point, limits)) for point in map(template.point, sorted(needed)))
    blocks = plan(template.points, limits, cost, dict(periods))
    return tuple((block, _layout(block, needs)) for block in blocks)


def limits_of(template: Template) -> RequestLimits:
    """What one request may ask of a device of ``template``."""
    return RequestLimits(
        template.max_registers,
        gap=template.max_gap,
        barriers=template.barriers,
        holes=template.holes,
        areas=template.areas,
    )


def _answered_within(timeout: float, limits: RequestLimits, cost: Cost, template: Template) -> RequestLimits:
    """Requests so small that half of ``timeout`` remains for a slow device; what cannot be smaller stays as it is."""
    fitting = cost.bytes_within(timeout / 2)
    widest = max((point.modbus.words for point in template.points), default=1)
    return replace(
        limits,
        registers=min(limits.registers, max(widest, fitting // 2)),
        bits=min(limits.bits, max(1, 8 * fitting)),
    )


def _layout(block: Block, all_needs: tuple[Need, ...]) -> Layout:
    own = {point.modbus.needs for point in block.points} - {point.name for point in block.points}
    needs = tuple(need for need in all_needs if need.point.name in own)
    numbers = Numbers(block.points, block.address)
    elsewhere = _decoders_elsewhere(needs, payload_size(block.table, block.count))
    others = tuple((point, _decoder(point, block, elsewhere)) for point in block.points if point not in numbers.points)
    needed = {need.point.name for need in all_needs}
    gives = tuple((point.name, _span(point, block)) for point in block.points if point.name in needed)
    return Layout(numbers, others, needs, gives, all_needs)


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
