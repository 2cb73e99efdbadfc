"""Bringing the files of a site up to the words of today, in place: everything else in them stays as it was written."""

import codecs
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from config.assembly.former import RENAMED
from config.errors import ConfigError
from config.replacing import replace_file
from drivers.points import Finding, Place


def migrate(site: Path, findings: Iterable[Finding]) -> list[Finding]:
    """Put ``new`` where ``old`` stands, for each renamed word found; returns those, in the order of files.

    Each file is replaced whole. Raises ConfigError when a file changed since
    it was read, before anything is written, and OSError.
    """
    renames = sorted((one for one in findings if one.code == RENAMED and one.place), key=_spot)
    changed = {name: _edited(site / name, [*group]) for name, group in groupby(renames, key=lambda one: _spot(one)[0])}
    for name, content in changed.items():
        replace_file(site / name, content)
    return renames


def _spot(finding: Finding) -> tuple[str, int, int]:
    place: Place = finding.place or Place("", 0, 0)
    return place.file, place.line, place.column


def _edited(path: Path, renames: list[Finding]) -> bytes:
    content = path.read_bytes()
    start = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    lines = content.removeprefix(start).decode().splitlines(keepends=True)
    for finding in reversed(renames):
        _, line, column = _spot(finding)
        old, new = str(finding.arguments["old"]), str(finding.arguments["new"])
        text = lines[line - 1] if line <= len(lines) else ""
        if not text.startswith(old, column - 1):
            raise ConfigError([Finding("migrate.changed", finding.place, {"file": path.name})])
        lines[line - 1] = text[: column - 1] + new + text[column - 1 + len(old) :]
    return start + "".join(lines).encode()
