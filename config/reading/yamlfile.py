"""Strict YAML: plain data, the place of every key and value, and every mistake with file, line and column."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import yaml

from config.errors import ConfigError
from config.reading import scalars
from config.reading.anchors import Anchor, anchors
from config.reading.syntax import scan, syntax_finding
from drivers.points import Finding, Place

Path = tuple[str | int, ...]
"""The way to a value from the top of a file: keys and list indexes."""

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""The fast one where it is built in; it makes nothing but plain data."""


@dataclass(slots=True, eq=False)
class YamlFile:
    """One file as read: its data and where each part of it stands."""

    name: str
    """As shown to people, such as ``rules/site.yaml``."""
    lines: list[str]
    data: object = None
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    """Path -> line and column of the key, from 0."""
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    texts: dict[Path, tuple[Anchor, ...]] = field(default_factory=dict)
    """Texts that do not begin at their place or do not stand in one piece -> where they do."""

    def at(self, line: int, column: int) -> Place:
        """The place at ``line`` and ``column``, both from 0."""
        return Place(self.name, line + 1, column + 1, self.lines[line] if line < len(self.lines) else "")

    def key(self, path: Path) -> Place:
        """Where the key at ``path`` stands; its value, for an item of a list."""
        return self.at(*self.keys[path]) if path in self.keys else self.value(path)

    def value(self, path: Path) -> Place:
        """Where the value at ``path`` begins; the nearest part around it when there is none."""
        while path and path not in self.values:
            path = path[:-1]
        return self.at(*self.values.get(path, (0, 0)))

    def text(self, path: Path) -> Place:
        """Where the first character of the text at ``path`` stands, and where its others do (``Place.at``)."""
        (_, *first), *others = self.texts.get(path) or ((0, *self.values[path]),)
        return replace(self.at(*first), further=tuple((offset, self.at(*there)) for offset, *there in others))


def read_yaml(content: bytes, name: str) -> YamlFile:
    """Read the bytes of one file, shown as ``name``; raises ConfigError with every finding."""
    if len(content) > MAX_BYTES:
        raise ConfigError([Finding("yaml.too-big", Place(name, 1, 1), {"limit": MAX_BYTES})])
    text = _decode(content, name)
    file = YamlFile(name, text.splitlines())
    reader = _Reader(file, scan(file.lines, name))
    if not reader.findings:
        reader.read(text)
    if reader.findings:
        raise ConfigError(reader.findings)
    return file


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([Finding("yaml.encoding", Place(name, line, 1))]) from error


def _start(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line, mark.column) if mark else (0, 0)


class _Reader:
    """Turns the events of the parser into data. Events still show anchors, tags and quotes; nodes do not."""

    def __init__(self, file: YamlFile, findings: list[Finding]) -> None:
        self.file = file
        self.findings = findings
        self.events: Iterator[yaml.Event] = iter(())

    def read(self, text: str) -> None:
        try:
            self.events = yaml.parse(text, Loader=LOADER)
            self._documents()
        except yaml.YAMLError as error:
            self.findings.append(syntax_finding(error, self.file.lines, self.file.name))

    def _documents(self) -> None:
        documents = 0
        for event in self.events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            documents += 1
            if documents > 1:
                self._report("yaml.documents", event)
                return
            self.file.data = self._node(next(self.events), ())
        if not documents:
            self.findings.append(Finding("yaml.empty-file", Place(self.file.name, 1, 1)))

    def _node(self, event: yaml.Event, path: Path) -> object:
        self.file.values.setdefault(path, _start(event))
        if isinstance(event, yaml.AliasEvent):
            self._report("yaml.alias", event, name=event.anchor)
            return None
        self._refuse_marks(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if len(path) >= MAX_DEPTH:
            self._report("yaml.depth", event, limit=MAX_DEPTH)
            self._skip(event)
            return None
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)

    def _refuse_marks(self, event: yaml.Event) -> None:
        if anchor := getattr(event, "anchor", None):
            self._report("yaml.anchor", event, name=anchor)
        if tag := getattr(event, "tag", None):
            self._report("yaml.tag", event, name=tag.replace("tag:yaml.org,2002:", "!!"))

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> object:
        self._note_layout(event, path)
        if event.style in ("'", '"', "|", ">") or event.tag:
            return event.value
        if event.value in scalars.NOTHING:
            self._report_nothing(event, path)
            return None
        self._refuse_ambiguous(event)
        return scalars.plain(event.value)

    def _note_layout(self, event: yaml.ScalarEvent, path: Path) -> None:
        # Most texts stand in one piece where they begin.
        several = event.end_mark is not None and event.end_mark.line != _start(event)[0]
        if event.style or several:
            self.file.texts[path] = anchors(self.file.lines, _start(event), event.style or "", event.value)

    def _report_nothing(self, event: yaml.ScalarEvent, path: Path) -> None:
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        line, column = _start(event)
        before = self.file.at(line, column).text[:column].rstrip()
        # `{en: Pump room, basement 2}`: to YAML the comma begins a second key without a value.
        comma = not event.value and before.endswith(key) and not before.endswith(("-", ":"))
        self._report("yaml.comma" if comma else "yaml.no-value", event, key=key)

    def _refuse_ambiguous(self, event: yaml.ScalarEvent) -> None:
        if scalars.ambiguous(event.value):
            self._report("yaml.ambiguous", event, f'"{event.value}"', value=event.value)

    def _sequence(self, path: Path) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, object]:
        entries: dict[str, object] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            self._entry(event, path, entries)
        return entries

    def _entry(self, event: yaml.Event, path: Path, entries: dict[str, object]) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self._report("yaml.key", event)
            self._skip(event)
            self._skip(next(self.events))
            return
        self._refuse_marks(event)
        if event.style not in ("'", '"'):
            self._refuse_ambiguous(event)
        key = event.value
        if key in entries:
            self._report("yaml.duplicate", event, key=key, first=self.file.keys[*path, key][0] + 1)
            self._skip(next(self.events))
            return
        self.file.keys[*path, key] = _start(event)
        entries[key] = self._node(next(self.events), (*path, key))

    def _skip(self, event: yaml.Event) -> None:
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = next(self.events)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)

    def _report(self, code: str, event: yaml.Event, suggestion: str | None = None, **arguments: object) -> None:
        place = self.file.at(*_start(event))
        self.findings.append(Finding(code, place, arguments, suggestion))
