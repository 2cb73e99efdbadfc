"""How well the values a device gave fit a template: what speaks for it, as numbers a person can weigh. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drivers.points import Quality, Reading, Reason
from drivers.templates import ModbusSource, TemplatePoint

_TELLING, _PLAIN = 3, 1
"""What a value proves that could have been wrong, and one that any number would be."""
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
    telling = [point for point, reading in good if _tells(point) and _moved(point, reading)]
    gained = _TELLING * len(telling) + _PLAIN * (len(good) - len(telling))
    possible = sum(_TELLING if _tells(point) else _PLAIN for point in asked)
    return Candidate(
        template,
        round(gained / (possible + _DOUBT), 3),
        len(asked),
        sum(reading.reason not in _NOT_ANSWERED for _, reading in came),
        len(good),
        len(telling),
        tuple(shown(point, reading) for point, reading in good if _moved(point, reading))[:_EXAMPLES],
    )


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
