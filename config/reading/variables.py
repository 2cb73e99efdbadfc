"""``${name}`` in a file of a site: what stands in its place, and where the text then comes from."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from config.reading.anchors import Anchor
from config.reading.yamlfile import MAX_BYTES, Path, YamlFile
from drivers.points import Finding, Place
from rules.suggest import nearest

BLOCK = "variables"
"""The part of plant.yaml that declares them."""
_USE = re.compile(r"\$(\$?)\{([^{}]*)\}")
"""``${name}``; with two ``$`` it stands for the text ``${name}`` itself."""

LONGEST = 1000
"""Characters of a value: what refers twice to what refers twice doubles with each step."""

Scalar = str | int | float | bool
"""What a variable stands for, as YAML would have read it."""


def written(value: Scalar) -> str:
    """A value within a longer text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(slots=True)
class Variables:
    """The values of a site, and which of them were asked for."""

    values: Mapping[str, Scalar] = field(default_factory=dict)
    declared: bool = True
    """Whether the site has any block of them; one that has none never meant its ``${...}`` to be a variable."""
    used: set[str] = field(default_factory=set)

    def fill(self, file: YamlFile, findings: list[Finding]) -> YamlFile:
        """``file`` with a value in the place of each use; every use of what nobody declared is a finding."""
        return _Filling(self, file, findings).filled()

    def unknown(self, name: str, place: Place) -> Finding:
        """That nothing of the site is called ``name``, which is asked for at ``place``."""
        meant = nearest(name, self.values)
        code = "variables.unknown" if self.declared else "variables.none"
        return Finding(code, place, {"name": name}, f"${{{meant}}}" if meant else None)


def names_in(value: object) -> Iterator[str]:
    """The names that a text asks for, in their order."""
    for use in _USE.finditer(value) if isinstance(value, str) else ():
        if not use[1]:
            yield use[2]


def substitute(text: str, value_of: Callable[[str], Scalar]) -> Scalar:
    """``text`` with its values; one that is a use and nothing else becomes the value itself, number or truth."""
    whole = _USE.fullmatch(text)
    if whole and not whole[1]:
        return value_of(whole[2])
    return _USE.sub(lambda use: use[0][1:] if use[1] else written(value_of(use[2])), text)


def length(text: str, value_of: Callable[[str], Scalar]) -> int:
    """At most so many characters ``substitute`` makes of ``text``."""
    return len(text) + sum(len(written(value_of(name))) for name in names_in(text))


class _Filling:
    """One file on its way."""

    def __init__(self, variables: Variables, file: YamlFile, findings: list[Finding]) -> None:
        self.variables = variables
        self.file = file
        self.findings = findings
        self.texts = dict(file.texts)
        self.left = MAX_BYTES
        """Characters that may still be filled in: with its values a file is no larger than one may be."""

    def filled(self) -> YamlFile:
        data = self._node(self.file.data, ())
        return replace(self.file, data=data, texts=self.texts)

    def _node(self, value: object, path: Path) -> object:
        if isinstance(value, dict):
            return {key: self._entry(key, item, path) for key, item in value.items()}
        if isinstance(value, list):
            return [self._node(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and _USE.search(value):
            return self._text(value, path)
        return value

    def _entry(self, key: str, item: object, path: Path) -> object:
        if _USE.search(key):
            self.findings.append(Finding("variables.key", self.file.key((*path, key)), {"key": key}))
        # The block itself was read before: what it says is what is filled in elsewhere.
        return item if (path, key) == ((), BLOCK) else self._node(item, (*path, key))

    def _text(self, text: str, path: Path) -> Scalar:
        places = positions(self.file, path, text)
        unknown = [use for use in _USE.finditer(text) if not use[1] and use[2] not in self.variables.values]
        for use in unknown:
            self.findings.append(self.variables.unknown(use[2], self.file.at(*places[use.start()])))
        self.left -= length(text, self.variables.values.__getitem__) if not unknown else 0
        if self.left < 0:
            self.findings.append(Finding("variables.too-much", self.file.at(*places[0]), {"limit": MAX_BYTES}))
        if unknown or self.left < 0:
            return text
        self.variables.used.update(names_in(text))
        self.texts[path] = tuple(_anchors(self._moved(text, places)))
        return substitute(text, self.variables.values.__getitem__)

    def _moved(self, text: str, places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Where each character of the filled text comes from: all of a value from where its use begins."""
        end = 0
        for use in _USE.finditer(text):
            yield from places[end : use.start()]
            if use[1]:
                yield from places[use.start() + 1 : use.end()]
            else:
                yield from [places[use.start()]] * len(written(self.variables.values[use[2]]))
            end = use.end()
        yield from places[end:]


def positions(file: YamlFile, path: Path, text: str) -> list[tuple[int, int]]:
    """Line and column, from 0, of each character of the ``text`` at ``path`` of ``file``."""
    known = file.texts.get(path) or ((0, *file.values[path]),)
    found: list[tuple[int, int]] = []
    for number, (offset, line, column) in enumerate(known):
        end = known[number + 1][0] if number + 1 < len(known) else len(text)
        found += [(line, column + further) for further in range(end - (offset if number else 0))]
    return found


def _anchors(places: Iterator[tuple[int, int]]) -> Iterator[Anchor]:
    before: tuple[int, int] | None = None
    for offset, (line, column) in enumerate(places):
        if before is None or before != (line, column - 1):
            yield offset, line, column
        before = line, column
