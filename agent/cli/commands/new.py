"""``plantgate new``: a commented beginning of a class, rule, procedure, plan or template of the site's own."""

import argparse
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from config.editing.beginning import BeginningKind, begin
from runtime.errors import UsageError


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("kind", "new-kind", metavar="KIND", choices=[kind.value for kind in BeginningKind])
    to.explained("name", "new-name", metavar="NAME")
    to.explained("--for", "new-for", metavar="CLASS", default=None, dest="cls")
    to.explained("site", "new-site", metavar="SITE", type=Path, nargs="?", default=Path())
    to.intermixed("KIND NAME [--for CLASS] [SITE]")


def run(options: argparse.Namespace, console: Console) -> int:
    """Write it; ConfigError carries what speaks against it to the caller."""
    kind = BeginningKind(options.kind)
    if kind is BeginningKind.CLASS and options.cls is not None:
        raise UsageError("new.for-class")
    try:
        made = begin(options.site, kind, options.name, options.cls, console.texts)
    except OSError as error:
        raise UsageError("file.unwritable", file=error.filename or options.site, reason=error.strerror) from error
    files = [path.as_posix() for path in made.files]
    if console.as_json:
        console.emit({"ok": True, "class": made.cls, "files": files})
        return 0
    console.say("new.done", files=", ".join(files), cls=made.cls)
    console.say("new.next", site=options.site)
    return 0
