"""``plantgate init``: a new site directory from a few answers, in order from the first moment."""

import argparse
import re
import sys
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from config.catalogue import LANGUAGES
from config.editing.starting import BROKER, Answers, start_site
from runtime.errors import UsageError

_ASKED = ("id", "title", "broker", "link")


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("directory", "DIR", type=Path)
    for name in ("id", "title", "title-en", "link"):
        to.value(f"--{name}", name.upper().replace("-", "_"), default=None)
    to.parser.add_argument("--broker", metavar="URL", default=None, help=to.text("cli.option.broker"))
    to.value("--org", "ORG", default="local")
    to.value("--gateway", "NAME", default="gw-1")
    to.value("--timezone", "ZONE", default="Asia/Shanghai")
    to.parser.add_argument("--language", choices=LANGUAGES, default=None, help=to.text("cli.option.language"))


def run(options: argparse.Namespace, console: Console) -> int:
    """Write the site; asks for what no option says, when there is a person to ask."""
    directory: Path = options.directory
    answers = _answers(options, console)
    try:
        files = [path.as_posix() for path in start_site(directory, answers)]
    except OSError as error:
        raise UsageError("file.unwritable", file=error.filename or directory, reason=error.strerror) from error
    if console.as_json:
        console.emit({"ok": True, "site": answers.id, "files": files})
        return 0
    shown = [name for name in files if not name.startswith(".")]
    console.say("init.done", directory=directory, files=", ".join(shown))
    console.say("init.next", directory=directory, link=(answers.links or ("LINK",))[0])
    return 0


def _answers(options: argparse.Namespace, console: Console) -> Answers:
    asks = sys.stdin is not None and sys.stdin.isatty() and not console.as_json
    said = {name: getattr(options, name) for name in _ASKED}
    offered = {"id": _identifier(options.directory), "title": "", "broker": BROKER, "link": ""}
    for name in _ASKED:
        if said[name] is None:
            said[name] = (_ask(name, offered[name], console) if asks else "") or offered[name]
    title = said["title"] or said["id"]
    return Answers(
        said["id"],
        title,
        options.title_en or title,
        org=options.org,
        language=options.language or console.texts.lang,
        timezone=options.timezone,
        gateway=options.gateway,
        broker=said["broker"],
        links=(said["link"],) if said["link"] else (),
    )


def _ask(name: str, offered: str, console: Console) -> str:
    return input(console.texts.text(f"init.ask.{name}", offered=offered)).strip()


def _identifier(directory: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", directory.absolute().name.lower()).strip("-") or "site"
