"""Command lines of the emulated plant room, as typed or from a scenario file. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.points import PlantgateError, Value, unit

_AT = re.compile(r"at\s+(?P<number>\d+(\.\d+)?)\s*(?P<unit>[a-z]+)\s*:?\s+(?P<line>.+)")
_WORDS: dict[str, Value] = {"true": True, "false": False, "on": True, "off": False}


class ScriptError(PlantgateError):
    """A line that cannot be understood or carried out."""


@dataclass(frozen=True, slots=True)
class SetValue:
    """Make a point show a value: ``set booster.level 25``."""

    device: str
    point: str
    value: Value


@dataclass(frozen=True, slots=True)
class SetFault:
    """Break something: ``fault booster half-open``."""

    device: str
    fault: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Mend a device: ``clear booster``."""

    device: str


@dataclass(frozen=True, slots=True)
class AtTime:
    """Do something later: ``at 10 s clear booster``, in simulated seconds since the start."""

    seconds: float
    command: "ScriptCommand"


ScriptCommand = SetValue | SetFault | Clear | AtTime


def parse_line(line: str) -> ScriptCommand | None:
    """The command on ``line``, None when it is blank or a comment; raises ScriptError."""
    text = line.partition("#")[0].strip()
    if not text:
        return None
    timed = _AT.fullmatch(text)
    return _timed(timed, line) if timed else _immediate(text.split(), line)


def parse_lines(lines: Iterable[str]) -> tuple[ScriptCommand, ...]:
    """Every command of a scenario; raises ScriptError at the first bad line."""
    return tuple(command for line in lines if (command := parse_line(line)) is not None)


def parse_value(word: str) -> Value:
    """A value as people write it: number, on/off, true/false or the name of a state."""
    if word in _WORDS:
        return _WORDS[word]
    try:
        return float(word)
    except ValueError:
        return word


def _timed(match: re.Match[str], line: str) -> AtTime:
    period, inner = unit(match["unit"]), parse_line(match["line"])
    if period is None or period.dimension != "time" or inner is None or isinstance(inner, AtTime):
        raise ScriptError("emulator.bad-line", line=line.strip())
    return AtTime(float(match["number"]) * period.factor, inner)


def _immediate(words: list[str], line: str) -> ScriptCommand:
    match words:
        case ["set", place, value] if "." in place:
            device, _, point = place.partition(".")
            return SetValue(device, point, parse_value(value))
        case ["fault", device, fault]:
            return SetFault(device, fault)
        case ["clear", device]:
            return Clear(device)
    raise ScriptError("emulator.bad-line", line=line.strip())
