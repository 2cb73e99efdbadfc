"""How well the values a device gave fit a template: what speaks for it, as numbers a person can weigh. Pure."""

from collections import Counter
from collections.abc import Container, Hashable, Iterable, Sequence
from dataclasses import dataclass

from drivers.points import Quality, Reading, Reason
from drivers.templates import ModbusSource, TemplatePoint

_TELLING, _PLAIN, _AT_REST = 3, 1, 0.25
"""What a value proves that could have been wrong, one that any number would be, and a 0, which is everywhere."""
_DOUBT = 6
"""Proof that is always missing, so that one register without meaning never looks like certainty."""
_EXAMPLES = 3
_NOT_ANSWERED = frozenset({Reason.EXCEPTION, Reason.NO_ANSWER})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A template, and what speaks for it."""

    template: str
    score: float
    """0 to below 1: the proof it gave, of all it could give and some that no device gives."""
    asked: int
    """Points that were asked for."""
    answered: int
    """Points the device knew."""
    plausible: int
    """Points whose value was within its range, known to its states, no sentinel."""
    telling: int
    """Plausible points whose value could have been wrong: with a range, states or floating point, and not at rest."""
    examples: tuple[str, ...] = ()
    """The first plausible values that are not at rest, such as ``level 25 %``."""


def weigh(template: str, asked: Sequence[TemplatePoint], readings: Iterable[Reading]) -> Candidate:
    """Judge ``readings`` of the points ``asked``; a reading is named ``device.point``."""
    points = {point.name: point for point in asked}
    came = [(points[reading.point.partition(".")[2]], reading) for reading in readings]
    good = [(point, reading) for point, reading in came if reading.quality is not Quality.BAD]
    moved = {point.name for point, reading in good if _moved(point, reading)}
    telling = [point for point, _ in good if point.name in moved and _tells(point)]
    answered = sum(reading.reason not in _NOT_ANSWERED for _, reading in came)
    return Candidate(
        template,
        _score(asked, [point for point, _ in good], moved, answered),
        len(asked),
        answered,
        len(good),
        len(telling),
        tuple(shown(point, reading) for point, reading in good if _moved(point, reading))[:_EXAMPLES],
    )


def _score(
    asked: Sequence[TemplatePoint], plausible: Sequence[TemplatePoint], moved: Container[str], answered: int
) -> float:
    share = _shares(asked)
    possible = {point.name: _TELLING if _tells(point) else _PLAIN * share[point.name] for point in asked}
    gained = [possible[point.name] if point.name in moved else _AT_REST * share[point.name] for point in plausible]
    # A device that does not know many of the registers is another one, however well the rest fits.
    return round(sum(gained) / (sum(possible.values()) + _DOUBT) * answered / len(asked), 3) if asked else 0.0


def _shares(asked: Sequence[TemplatePoint]) -> dict[str, float]:
    """The bits of one register prove together what one register does."""
    shared = Counter(map(_register, asked))
    return {point.name: 1 / shared[_register(point)] for point in asked}


def _register(point: TemplatePoint) -> Hashable:
    source = point.source
    return (source.table, source.address) if isinstance(source, ModbusSource) else point.name


def likeliest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Those that anything speaks for, best first."""
    fitting = [candidate for candidate in candidates if candidate.plausible]
    return sorted(fitting, key=lambda one: (-one.score, -one.telling, -one.plausible, one.template))


def shown(point: TemplatePoint, reading: Reading) -> str:
    """A value as people write it, such as ``level 25 %``."""
    value = f"{reading.value:g}" if isinstance(reading.value, float) else str(reading.value)
    return f"{point.name} {value} {point.unit.symbol}".rstrip()


def _tells(point: TemplatePoint) -> bool:
    floating = isinstance(point.source, ModbusSource) and point.source.type.startswith("f")
    return point.low is not None or point.high is not None or bool(point.states) or floating


def _moved(point: TemplatePoint, reading: Reading) -> bool:
    """Whether the value is neither 0, off nor the first state, which a register without meaning shows too."""
    return bool(reading.value) and reading.value not in point.states[:1]
