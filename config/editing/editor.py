"""What an editor needs to help with the files of a site: schemas, and in each file the line that names its own."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path

from config.assembly.definitions import class_definitions, template_definitions
from config.reading.files import Files
from config.reading.walk import site_files
from config.schema.export import FOLDER, FileKind, Known, file_kind, has_modeline, json_schema, modeline
from config.site import known_packs


def write_schemas(site: Path) -> list[Path]:
    """Write the schema of every kind of file below ``site``; they offer the ids of the site and of the library.

    Raises OSError.
    """
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    known = known_ids(site)
    return [_write(folder / f"{kind.value}.json", json_schema(kind, known)) for kind in FileKind]


def known_ids(site: Path | None) -> Known:
    """What the files of ``site`` may name."""
    files = Files()
    return Known(template_definitions(files, site).known(), class_definitions(files, site).known(), known_packs())


def unmarked(site: Path) -> Iterator[tuple[Path, str]]:
    """Each file of ours below ``site`` whose first line names no schema, and the line it should have."""
    for path in (path for path in site_files(site) if path.suffix == ".yaml"):
        name = path.relative_to(site)
        if file_kind(name) and path.is_file() and not has_modeline(_text(path)):
            yield path, modeline(name)


def add_modeline(path: Path, line: str) -> None:
    """Put ``line`` before the first one of ``path``. Raises OSError."""
    content = path.read_bytes()
    # Some editors of Windows begin a file with a mark of its encoding, which must stay first.
    start = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    path.write_bytes(start + line.encode() + b"\n" + content.removeprefix(start))


def _text(path: Path) -> str:
    # What is not UTF-8 is for ``check`` to say.
    return path.read_text(encoding="utf-8", errors="replace").removeprefix("\ufeff")


def _write(path: Path, schema: dict[str, object]) -> Path:
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
