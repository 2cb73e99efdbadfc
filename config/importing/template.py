"""Drafts of points -> the text of a template file, checked as every template is; what it refuses is told by its row."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath

from config.assembly.template import build_template
from config.importing import words
from config.importing.rows import Complaint, Draft, RowReader
from config.importing.sheet import SheetRow, TableError, read_sheet
from config.reading.files import Files
from config.reading.yamlfile import MAX_BYTES, read_yaml
from config.schema.export import modeline
from config.schema.template import TemplateFile
from drivers.points import Finding
from drivers.templates import Table


class Style(StrEnum):
    """Whose table it is."""

    PLAIN = "plain"
    """A register a row."""
    COMAP = "comap"
    """A register a row; 0x8000 means "not available", and holes are not read across."""
    GST = "gst"
    """A device of a fire panel a row: two bits, eight devices a register, most significant first."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person who imports says."""

    id: str
    """Of the template."""
    file: str
    """Name of the table, for the source."""
    base: int
    """What the table calls the first register: 0, 1 or 40001."""
    style: Style = Style.PLAIN
    table: Table = Table.HOLDING
    """Where a row lies that does not say it."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column -> its heading, where that is a special one."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The template and what was not understood."""

    text: str
    points: int
    rows: int
    """Lines of the table that are not empty."""
    complaints: tuple[Complaint, ...]
    """In the order of the lines."""
    unknown: tuple[str, ...]
    """Headings that nobody understood."""
    divided: bool = False
    """Whether a gain was taken for a divisor."""

    @property
    def lost(self) -> int:
        """Rows that became no point."""
        return len({complaint.line for complaint in self.complaints if not complaint.kept})


class NothingError(TableError):
    """No row became a point."""

    def __init__(self, rows: int, complaints: Sequence[Complaint]) -> None:
        """``complaints`` say why."""
        super().__init__("import.nothing", rows=rows)
        self.complaints = complaints


_NEEDED = {Style.GST: (("number",),)}
_HEADS = {
    Style.PLAIN: "",
    Style.COMAP: 'max_gap: 0\ninvalid: {u16: ["0x8000"], i16: ["0x8000"]}\n',
    Style.GST: "",
}
_WORD = re.compile("[A-Za-z][A-Za-z0-9]*\\Z")
_RANGES = frozenset({"template.range-beyond", "template.range-narrow", "template.range"})


def import_table(content: bytes, wanted: ImportOptions) -> Imported:
    """The template that the table ``content`` describes; raises TableError, also when no row was understood."""
    sheet = read_sheet(content, wanted.columns, _NEEDED.get(wanted.style, (("address",), ("name", "title"))))
    complaints: list[Complaint] = []
    reader = RowReader(wanted.base, wanted.table, complaints.append)
    drafts = _accepted(_drafts(sheet.rows, wanted, reader), wanted, complaints)
    ordered = tuple(sorted(complaints, key=lambda complaint: complaint.line))
    if not drafts:
        raise NothingError(len(sheet.rows), ordered)
    return Imported(_text(drafts, wanted), len(drafts), len(sheet.rows), ordered, sheet.unknown, reader.divided)


def _drafts(rows: Sequence[SheetRow], wanted: ImportOptions, reader: RowReader) -> list[Draft]:
    return [draft for row in rows if (draft := reader.read(row, gst=wanted.style is Style.GST))]


def _accepted(drafts: list[Draft], wanted: ImportOptions, complaints: list[Complaint]) -> list[Draft]:
    """The drafts a template takes; a range it does not take is left out, anything else costs the row."""
    while refused := _refused(drafts, wanted):
        kept: list[Draft] = []
        for index, draft in enumerate(drafts):
            finding = refused.get(index)
            without = finding is not None and finding.code in _RANGES and draft.extras.pop("range", None) is not None
            if finding is not None:
                complaints.append(Complaint(draft.line, finding.code, dict(finding.arguments), kept=without))
            if finding is None or without:
                kept.append(draft)
        drafts = kept
    return drafts


def _refused(drafts: Sequence[Draft], wanted: ImportOptions) -> dict[int, Finding]:
    """Index of a draft -> what is wrong with it as a point."""
    if not drafts:
        return {}
    text = _text(drafts, wanted)
    first = text.count("\n") - len(drafts) + 1
    return {finding.place.line - first: finding for finding in _findings(text) if finding.place}


def _findings(text: str) -> list[Finding]:
    """What the reader of templates says of ``text``."""
    content = text.encode()
    if len(content) > MAX_BYTES:
        raise TableError("import.too-big", limit=MAX_BYTES)
    files = Files()
    loaded = files.shape(read_yaml(content, "template"), TemplateFile)
    if loaded is not None:
        build_template(loaded, files)
    return files.findings


def _text(drafts: Sequence[Draft], wanted: ImportOptions) -> str:
    """The file; each point is one line, and the last lines are the points."""
    name = json.dumps(wanted.id, ensure_ascii=False)
    source = json.dumps(f"imported from {wanted.file}", ensure_ascii=False)
    lines = [
        modeline(PurePath("templates") / f"{wanted.id}.yaml"),
        "# 由导出的点表生成,请先逐值核对 / made from an exported table: compare every value first",
        f"id: {wanted.id}",
        f"title: {{zh: {name}, en: {name}}}",
        "protocol: modbus",
        f"base: {1 if wanted.base == words.MODICON else wanted.base}",
        f"source: {source}",
        "verified: partial",
    ]
    points = [f"  - {{{_point(draft)}}}" for draft in drafts]
    return "\n".join([*lines, _HEADS[wanted.style] + "points:", *points]) + "\n"


def _point(draft: Draft) -> str:
    title = json.dumps(draft.title, ensure_ascii=False)
    head = f"name: {draft.name}, title: {{zh: {title}, en: {title}}}, at: {draft.at}"
    return ", ".join([head, *(f"{key}: {_value(value)}" for key, value in draft.extras.items())])


def _value(value: object) -> str:
    """As YAML writes it in one line."""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {entry}" for key, entry in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) and not _WORD.match(value) else str(value)
