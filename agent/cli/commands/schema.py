"""``plantgate schema``: what an editor needs to complete words and underline mistakes in the files of a site."""

import argparse
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from config.editing.editor import add_modeline, unmarked, write_schemas
from config.site import check_directory
from runtime.errors import UsageError


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.site()
    to.flag("--mark")


def run(options: argparse.Namespace, console: Console) -> int:
    """Write the schemas; with ``--mark`` also the first line of each file that lacks it."""
    site: Path = options.site
    check_directory(site)
    try:
        written = write_schemas(site)
        lacking = [(path.relative_to(site).as_posix(), line) for path, line in unmarked(site)]
        if options.mark:
            for name, line in lacking:
                add_modeline(site / name, line)
    except OSError as error:
        raise UsageError("file.unwritable", file=error.filename or site, reason=error.strerror) from error
    _show([path.relative_to(site).as_posix() for path in written], lacking, options, console)
    return 0


def _show(written: list[str], lacking: list[tuple[str, str]], options: argparse.Namespace, console: Console) -> None:
    if console.as_json:
        lines = [{"file": name, "line": line} for name, line in lacking]
        console.emit({"schemas": written, "marked" if options.mark else "unmarked": lines})
        return
    console.say("schema.written", count=len(written), directory=options.site)
    for name, line in lacking:
        console.say("schema.marked" if options.mark else "schema.unmarked", file=name, line=line)
