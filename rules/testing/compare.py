"""What a test expected beside what it got, with the samples around that moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from drivers.points import PlantgateError, Quality
from rules.facts import Fact
from rules.plain import Plain, to_plain
from rules.testing.check import ALIASES, TEXT
from rules.testing.model import Match
from rules.testing.series import Sample

BEFORE, AFTER = 4, 3
"""Samples shown around a failure."""
_MARKS = {Quality.BAD: "_", Quality.STALE: "stale"}


@dataclass(frozen=True, slots=True)
class Sampled:
    """Some samples of one series around a moment."""

    name: str
    samples: tuple[tuple[float, str], ...]
    """Seconds and value as written in a test."""
    last: int
    """Index of the newest sample that had been taken; -1: none."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that did not hold."""

    at: float
    what: str
    """Rule, ``orders``, ``commands``, ``events``, or what a person did."""
    expected: str
    got: str
    around: tuple[Sampled, ...]
    reasons: tuple[PlantgateError, ...] = ()
    """Why the engine refused what a person did."""


def around(series: Mapping[str, Sequence[Sample]], every: float, at: float) -> tuple[Sampled, ...]:
    """The samples of every series around ``at`` seconds."""
    return tuple(_excerpt(name, samples, every, at) for name, samples in series.items())


def _excerpt(name: str, samples: Sequence[Sample], every: float, at: float) -> Sampled:
    newest = min(int(at / every + 1e-9), len(samples) - 1)
    first = max(0, newest - BEFORE + 1)
    shown = list(enumerate(samples))[first : newest + 1 + AFTER]
    return Sampled(name, tuple((index * every, written(sample)) for index, sample in shown), newest - first)


def written(sample: Sample) -> str:
    """A sample as a test would write it."""
    value, grade = sample
    if grade in _MARKS:
        return _MARKS[grade]
    text = f"{value:g}" if isinstance(value, float) else str(value).lower()
    return f"{text}?" if grade is Quality.UNCERTAIN else text


def mismatch(wanted: Sequence[Match], facts: Iterable[Fact]) -> tuple[str, str] | None:
    """What was wanted and what there is instead, when ``facts`` are not exactly those; None when they are."""
    got = [to_plain(fact) for fact in facts]
    differences = [_difference(one, body) for one, body in zip(wanted, got, strict=False)]
    if len(wanted) == len(got) and not any(differences):
        return None
    if len(wanted) == len(got) == 1 and differences[0] is not None:
        return differences[0]
    return _listed(map(_shown_match, wanted)), _listed(map(_summary, got))


def _difference(wanted: Match, body: Mapping[str, Plain]) -> tuple[str, str] | None:
    for name, value in wanted.items():
        field = ALIASES.get(name, name)
        if name == TEXT:
            texts = list(_texts(body))
            if not any(str(value) in text for text in texts):
                return f"text: {value}", " | ".join(texts)
        elif not _fits(value, body.get(field)):
            return f"{name}: {value}", f"{name}: {body.get(field)}"
    return None


def _fits(wanted: Plain, found: Plain) -> bool:
    # A title has a text in each language; one of them is enough.
    if isinstance(found, Mapping):
        if isinstance(wanted, Mapping):
            return all(_fits(value, found.get(name)) for name, value in wanted.items())
        return any(_fits(wanted, value) for value in found.values())
    if isinstance(found, list) and isinstance(wanted, list):
        return len(wanted) == len(found) and all(map(_fits, wanted, found))
    return bool(wanted == found)


def _texts(body: Plain) -> Iterable[str]:
    if isinstance(body, Mapping):
        for value in body.values():
            yield from _texts(value)
    elif isinstance(body, list):
        for value in body:
            yield from _texts(value)
    elif isinstance(body, str) and body:
        yield body


def _listed(texts: Iterable[str]) -> str:
    return "; ".join(texts) or "-"


def _shown_match(match: Match) -> str:
    return ", ".join(f"{name}: {value}" for name, value in match.items())


def _summary(body: Mapping[str, Plain]) -> str:
    names = ("alarm", "state", "status", "order_class", "action", "outcome", "run", "verdict", "code")
    known = ", ".join(f"{name}: {body[name]}" for name in names if isinstance(body.get(name), str | int))
    return f"{body['kind']} {{{known}}}"
