"""Notation of rule tests: ``50x3 29x8`` repeats, ``0+1x10`` counts, ``_`` bad, ``stale`` stale, ``29?`` uncertain."""

import re

from drivers.points import Kind, Quality, Value
from rules.errors import RuleTestError
from rules.model import Role
from rules.suggest import nearest

Sample = tuple[Value | None, Quality]
"""What a point says at one moment; a bad or stale one has no value."""

MAX_SAMPLES = 100_000
"""Samples of one series; more is a slip of the finger."""

_REPEATED = re.compile(r"(?P<what>.+?)(?P<doubt>\?)?(?:x(?P<times>\d+))?")
_NUMBER = re.compile(r"(?P<start>[+-]?\d+(?:\.\d+)?)(?:(?P<step>[+-]\d+(?:\.\d+)?))?")
_MARKS = {"_": Quality.BAD, "stale": Quality.STALE}
_BITS = {"0": False, "1": True, "false": False, "true": True}


def parse_series(text: str, role: Role) -> list[Sample]:
    """The samples ``text`` stands for; raises RuleTestError."""
    samples: list[Sample] = []
    for word in text.split():
        match = _REPEATED.fullmatch(word)
        what, times = (match["what"], int(match["times"] or 1)) if match else (word, 1)
        if len(samples) + times > MAX_SAMPLES:
            raise RuleTestError("test.too-long", limit=MAX_SAMPLES)
        grade = Quality.UNCERTAIN if match and match["doubt"] else Quality.GOOD
        samples.extend(_samples(what, times, grade, role))
    return samples


def _samples(what: str, times: int, grade: Quality, role: Role) -> list[Sample]:
    if what in _MARKS:
        return [(None, _MARKS[what])] * times
    if role.kind in (Kind.ANALOG, Kind.COUNTER):
        return [(value, grade) for value in _numbers(what, times)]
    return [(_word(what, role), grade)] * times


def _numbers(what: str, times: int) -> list[float]:
    match = _NUMBER.fullmatch(what)
    if match is None:
        raise RuleTestError("test.sample", sample=what)
    start, step = float(match["start"]), float(match["step"] or 0)
    return [round(start + step * index, 9) for index in range(times)]


def _word(what: str, role: Role) -> Value:
    if role.kind is Kind.BINARY:
        if what not in _BITS:
            raise RuleTestError("test.sample", nearest(what, _BITS), sample=what)
        return _BITS[what]
    if role.states and what not in role.states:
        raise RuleTestError("test.sample", nearest(what, role.states), sample=what)
    return what
