"""``plantgate import``: the register table a site exported becomes a template of that site."""

import argparse
import re
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from config.assembly.definitions import template_definitions
from config.importing import Complaint, Imported, ImportOptions, NothingError, Style, TableError, import_table
from config.importing.sheet import HEADINGS
from config.reading.files import Files
from config.site import check_directory
from drivers.templates import Table
from runtime.errors import UsageError

_REASONS = 3
"""Told when no row was understood."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("csv", "CSV", type=Path)
    into, name = to.text("cli.option.own-templates"), to.text("cli.option.new-template")
    to.parser.add_argument("--into", metavar="SITE", type=Path, required=True, help=into)
    to.parser.add_argument("--id", metavar="NAME", default=None, help=name)
    base, style, table = (to.text(f"cli.option.{option}") for option in ("base", "style", "table"))
    to.parser.add_argument("--base", type=int, choices=(0, 1, 40001), required=True, help=base)
    to.parser.add_argument("--style", choices=("plain", "comap", "gst"), default="plain", help=style)
    tables = ("holding", "input", "coil", "discrete")
    to.parser.add_argument("--table", choices=tables, default="holding", help=table)
    to.value("--column", "COLUMN=HEADING", action="append", default=[])


def run(options: argparse.Namespace, console: Console) -> int:
    """Write the template and tell what was not understood; 1 when anything was not."""
    site: Path = options.into
    check_directory(site)
    name = options.id or _identifier(options.csv)
    _check_free(site, name)
    imported = _imported(options, name, console)
    target = site / "templates" / f"{name}.yaml"
    try:
        target.parent.mkdir(exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(imported.text)
    except OSError as error:
        raise UsageError("file.unwritable", file=target, reason=error.strerror) from error
    _show(imported, target, options, console)
    return int(bool(imported.complaints))


def _identifier(path: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "imported"


def _check_free(site: Path, name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", name):
        raise UsageError("value.identifier", value=name)
    if name in template_definitions(Files(), site).known():
        raise UsageError("import.taken", template=name)


def _imported(options: argparse.Namespace, name: str, console: Console) -> Imported:
    try:
        content = options.csv.read_bytes()
    except OSError as error:
        raise UsageError("file.unreadable", file=options.csv, reason=error.strerror) from error
    style, table = Style(options.style), Table(options.table)
    wanted = ImportOptions(name, options.csv.name, options.base, style, table, _columns(options.column))
    try:
        return import_table(content, wanted)
    except NothingError as error:
        reasons = [f"{one.line}: {console.texts.text(one.code, **one.arguments)}" for one in error.complaints]
        code = "import.nothing" if reasons else "import.no-rows"
        raise UsageError(code, **error.arguments, reasons="; ".join(reasons[:_REASONS])) from error
    except TableError as error:
        raise UsageError(error.code, **error.arguments) from error


def _columns(written: list[str]) -> dict[str, str]:
    """``address=Register`` -> column and its heading."""
    columns = {}
    for entry in written:
        column, equals, heading = entry.partition("=")
        if not equals or column not in HEADINGS or not heading:
            raise UsageError("import.column", column=entry, known=", ".join(HEADINGS))
        columns[column] = heading
    return columns


def _show(imported: Imported, target: Path, options: argparse.Namespace, console: Console) -> None:
    if console.as_json:
        complaints = [_plain(complaint, console) for complaint in imported.complaints]
        counts = {"points": imported.points, "rows": imported.rows, "lost": imported.lost}
        console.emit(
            {
                "template": str(target),
                **counts,
                "not_understood": complaints,
                "headings": imported.unknown,
                "divided": imported.divided,
            }
        )
        return
    for complaint in imported.complaints:
        console.line(f"{options.csv}:{complaint.line}: {_sentence(complaint, console)}")
    if imported.divided:
        console.say("import.gain")
    if imported.unknown:
        console.say("import.headings", headings=console.texts.listed(imported.unknown))
    console.say("import.done", file=target, points=imported.points, rows=imported.rows, lost=imported.lost)


def _sentence(complaint: Complaint, console: Console) -> str:
    outcome = console.texts.text("import.kept" if complaint.kept else "import.left-out")
    return f"{console.texts.text(complaint.code, **complaint.arguments)} {outcome}"


def _plain(complaint: Complaint, console: Console) -> dict[str, object]:
    message = console.texts.text(complaint.code, **complaint.arguments)
    return {"line": complaint.line, "code": complaint.code, "message": message, "kept": complaint.kept}
