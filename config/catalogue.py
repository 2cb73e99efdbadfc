"""Message texts by code, and how an error or a finding reads to a person."""

import string
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from config.errors import ConfigError
from config.reading.yamlfile import LOADER
from drivers.points import Finding, Place, PlantgateError
from rules.model import FALLBACK

UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
"""The units people say durations in, the largest first, each with its seconds."""

SHOWN = 6
"""Places at most that are named of what follows from a mistake."""
FINDING = "finding"
"""The argument that is the code of another sentence."""

MESSAGES = Path(__file__).parent / "messages"


def languages(directory: Path = MESSAGES) -> tuple[str, ...]:
    """The languages that ``directory`` has a file of sentences for: to add one is to add its file."""
    return tuple(sorted((file.stem for file in directory.glob("*.yaml")), key=lambda lang: (lang != "zh", lang)))


LANGUAGES = languages()
"""The languages the program speaks, Chinese first."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every sentence of the program in one language."""

    lang: str
    texts: dict[str, str]

    @classmethod
    def load(cls, lang: str, directory: Path = MESSAGES) -> "Catalogue":
        """Read the texts of ``lang``, one of the languages of ``directory``; a sentence it lacks is English."""
        texts = _read(directory / f"{FALLBACK}.yaml")
        return cls(lang, texts if lang == FALLBACK else texts | _read(directory / f"{lang}.yaml"))

    def text(self, code: str, /, **arguments: object) -> str:
        """The sentence of ``code``; an unknown code or a missing argument is a bug and raises KeyError.

        A word of the program given as an argument reads as its own text, ``code.argument=word``, where there is one.
        What is counted follows its number: ``{links} {links:link|links}``, the first word for exactly one.
        """
        named = {name: self.texts.get(f"{code}.{name}={value}", value) for name, value in arguments.items()}
        if FINDING in arguments:
            named[FINDING] = self._nested(str(arguments[FINDING]), arguments)
        return _SENTENCES.vformat(self.texts[code], (), named)

    def _nested(self, code: str, arguments: Mapping[str, object]) -> str:
        """The sentence of the finding within a sentence; its own arguments are called ``finding.name``."""
        own = {name.removeprefix(f"{FINDING}."): str(value) for name, value in arguments.items()}
        return self.outline(code, own) if code in self.texts else code

    def duration(self, seconds: float) -> str:
        """``seconds``, rounded to whole ones, as people say them: ``2 h``, ``1 d 3 h 5 s``."""
        left, parts = round(seconds), []
        for unit, size in UNITS:
            count, left = divmod(left, size)
            if count:
                parts.append(self.text(f"duration.{unit}", count=count))
        return " ".join(parts) or self.text("duration.s", count=0)

    def listed(self, items: Iterable[str]) -> str:
        """``items`` one after the other, as a list is written within a sentence: ``a, b``, ``a、b``."""
        return self.texts["list.item"].join(items)

    def joined(self, sentences: Iterable[str]) -> str:
        """``sentences`` one after the other within one line: ``a; b``, ``a；b``."""
        return self.texts["list.sentence"].join(sentences)

    def outline(self, code: str, arguments: dict[str, str] | None = None) -> str:
        """The sentence of ``code`` with what was kept of its arguments; what was not reads as an ellipsis."""
        return _SENTENCES.vformat(self.texts[code], (), _Forgotten(arguments or {}))

    def error(self, error: PlantgateError) -> str:
        """An error as a person reads it; a ConfigError shows every finding."""
        if isinstance(error, ConfigError):
            return "\n\n".join(self.finding(finding) for finding in error.findings)
        sentence = self.text(error.code, **error.arguments)
        # What the number of a protocol means, where people have a word for it.
        name = self.texts.get(f"{error.code}-{error.arguments.get('number')}")
        return sentence if name is None else self.text("error.named", sentence=sentence, name=name)

    def finding(self, finding: Finding) -> str:
        """``file:line:column: sentence``, the line with a caret below, and the suggestion."""
        sentence = self.text(finding.code, **finding.arguments)
        lines = [sentence]
        if finding.place:
            lines = [f"{finding.place.file}:{finding.place.line}:{finding.place.column}: {sentence}"]
            lines += _excerpt(finding.place)
        if finding.suggestion is not None:
            lines.append("  " + self.text("finding.suggestion", suggestion=finding.suggestion))
        if finding.more:
            lines.append("  " + self._following(finding))
        return "\n".join(lines)

    def _following(self, finding: Finding) -> str:
        """How much else follows from the mistake, and where the first of that stands."""
        shown = [f"{place.file}:{place.line}" for place in finding.following[:SHOWN]]
        places = ", ".join([*shown, *(["…"] if len(finding.following) > SHOWN else [])])
        code = "finding.following-at" if places else "finding.following"
        return self.text(code, count=finding.more, places=places)


@cache
def _read(file: Path) -> dict[str, str]:
    # They lie beside the program and change only with it.
    texts: dict[str, str] = yaml.load(file.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a safe one
    return texts


class _Sentences(string.Formatter):
    """Puts arguments into a sentence as ``str.format`` does, and words that follow a number."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, apart, many = format_spec.partition("|")
        if not apart:
            return format(value, format_spec)
        # What is told later is kept as text.
        return one if str(value) == "1" else many


_SENTENCES = _Sentences()


class _Forgotten(dict[str, str]):
    """Arguments nobody remembers."""

    def __missing__(self, name: str) -> str:
        return "…"


def _excerpt(place: Place) -> list[str]:
    if not place.text:
        return []
    before = place.text[: place.column - 1]
    indent = " " * cells(before)
    return [f"    {place.text.expandtabs(1)}", f"    {indent}^"]


def cells(text: str) -> int:
    """How many cells of a terminal ``text`` takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
