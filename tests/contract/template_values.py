"""Values to show at a template's points, made from the template itself, so that a new file needs no test code."""

from collections.abc import Iterator

from drivers.codec import EncodeError, encode
from drivers.codec.words import raw_reader
from drivers.points import Kind, Value
from drivers.templates import ModbusSource, Template, TemplatePoint

ROUNDS = 3
_RAWS = (1, 1234, 0)
_SCALES: dict[str, Value] = {"scale_from": 10, "decimals_from": 2}


def rounds(template: Template) -> Iterator[dict[str, Value]]:
    """Several sets of values; over them an enum goes through its states and a number through its range."""
    for number in range(max(ROUNDS, *(len(point.states) for point in template.points))):
        scales = dict(_scales(template))
        yield {point.name: _value(point, number, scales) for point in template.points} | scales


def _scales(template: Template) -> Iterator[tuple[str, Value]]:
    for point in template.points:
        if isinstance(point.source, ModbusSource) and point.source.needs:
            yield point.source.needs, _SCALES["scale_from" if point.source.scale_from else "decimals_from"]


def _value(point: TemplatePoint, number: int, scales: dict[str, Value]) -> Value:
    if point.states:
        return point.states[number % len(point.states)]
    if point.kind is Kind.BINARY:
        return number % 2 == 0
    if point.kind is Kind.TEXT:
        return "AB 12"[: 2 * point.modbus.words]
    return next(value for value in _numbers(point, number) if _shown(point, value, scales.get(point.modbus.needs)))


def _numbers(point: TemplatePoint, number: int) -> Iterator[float]:
    """Candidates, from the range of the point and from raw numbers of its coding."""
    source = point.modbus
    if point.low is not None and point.high is not None:
        yield (point.low, (point.low + point.high) / 2, point.high)[number % 3]
    raws = (*_RAWS[number % 3 :], *_RAWS)
    for raw in raws:
        signed = -raw if source.type.startswith(("i", "f")) and number % 2 else raw
        yield signed * source.scale + source.offset
    yield from (float(raw) for raw in raws)


def _shown(point: TemplatePoint, value: float, other: Value | None) -> bool:
    """Whether the point can show ``value`` and means it."""
    source = point.modbus
    try:
        words = encode(point, value, other)
    except EncodeError:
        return False
    low = point.low if point.low is not None else value
    high = point.high if point.high is not None else value
    raw = raw_reader(source, source.address)(b"".join(word.to_bytes(2, "big") for word in words))
    return low <= value <= high and not any(raw in none for none in _none(source))


def _none(source: ModbusSource) -> list[range]:
    """The spans of raw numbers that have no value."""
    return [range(raw, raw + 1) if isinstance(raw, int) else raw for raw in (*source.invalid, *source.sensor_fault)]
