"""What a device says, point by point: a value out of its range is shown both ways, as written and the words swapped."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from drivers.codec import compile_decoder
from drivers.contract import Request
from drivers.modbus.request import ModbusRequest
from drivers.points import Quality, Reason, Value
from drivers.templates import ModbusSource, TemplatePoint, WordOrder

_NONSENSE = frozenset({Reason.RANGE, Reason.DECODE})
_TINY, _HUGE = 1e-12, 1e12
"""A floating value beyond these is no measurement of a plant room; zero is."""


def swapped(point: TemplatePoint) -> TemplatePoint | None:
    """``point`` with its words the other way round; None when it has only one."""
    source = point.modbus
    if source.words < 2:
        return None
    other = WordOrder.LITTLE if source.word_order is WordOrder.BIG else WordOrder.BIG
    return replace(point, source=replace(source, word_order=other))


def wrong_orders(request: Request, answer: bytes) -> Iterator[tuple[TemplatePoint, Value | None, Value]]:
    """Each point that makes no sense as written but does with its words swapped: point, as written, swapped."""
    if not isinstance(request, ModbusRequest):
        raise TypeError(request)
    for point in _own_values(request.block.points):
        other = swapped(point)
        if other is None:
            continue
        value, quality, reason = compile_decoder(point, request.block.address)(answer)
        if sensible(value, quality) and reason not in _NONSENSE:
            continue
        changed, its_quality, _ = compile_decoder(other, request.block.address)(answer)
        if changed is not None and sensible(changed, its_quality):
            yield point, _as_written(point, request, answer), changed


def sensible(value: Value | None, quality: Quality) -> bool:
    """Whether a value could be a measurement."""
    if quality is Quality.BAD or value is None:
        return False
    if not isinstance(value, float) or value == 0:
        return True
    return _TINY < abs(value) < _HUGE


def _own_values(points: Iterable[TemplatePoint]) -> Iterator[TemplatePoint]:
    """Points that are decoded from their own registers alone."""
    return (point for point in points if isinstance(point.source, ModbusSource) and not point.modbus.needs)


def _as_written(point: TemplatePoint, request: ModbusRequest, answer: bytes) -> Value | None:
    """The number the registers give as the template has them, its limits left aside."""
    return compile_decoder(replace(point, low=None, high=None), request.block.address)(answer)[0]
