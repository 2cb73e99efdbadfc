"""``plantgate init``: a new site directory from a few answers, in order from the first moment."""

import argparse
import re
import sys
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from config.catalogue import LANGUAGES
from config.editing.copying import copy_site
from config.editing.starting import BROKER, Answers, start_site
from config.site import load_site
from runtime.errors import UsageError

_ASKED = ("id", "title", "broker", "link")
_COPIED = {
    "id": "site.id",
    "title": "site.title",
    "org": "site.org",
    "language": "site.language",
    "timezone": "site.timezone",
    "gateway": "gateway",
    "broker": "uplink.broker",
}
"""Option -> which value of plant.yaml it is."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("directory", "DIR", type=Path)
    to.value("--from", "SITE", type=Path, default=None, dest="source")
    to.explained("--set", "set-value", metavar="KEY=VALUE", action="append", default=[], dest="values")
    for name in ("id", "title", "title-en", "link"):
        to.value(f"--{name}", name.upper().replace("-", "_"), default=None)
    to.parser.add_argument("--broker", metavar="URL", default=None, help=to.text("cli.option.broker"))
    to.value("--org", "ORG", default=None)
    to.value("--gateway", "NAME", default=None)
    to.value("--timezone", "ZONE", default=None)
    to.parser.add_argument("--language", choices=LANGUAGES, default=None, help=to.text("cli.option.language"))


def run(options: argparse.Namespace, console: Console) -> int:
    """Write the site; asks for what no option says, when there is a person to ask."""
    directory: Path = options.directory
    try:
        files = [path.as_posix() for path in _write(options, console)]
    except OSError as error:
        raise UsageError("file.unwritable", file=error.filename or directory, reason=error.strerror) from error
    plant = load_site(directory)
    if console.as_json:
        console.emit({"ok": True, "site": plant.site.id, "files": files})
        return 0
    shown = [name for name in files if not name.startswith(".")]
    console.say("init.done", directory=directory, files=console.texts.listed(shown))
    if options.source is not None:
        console.say("init.copied", directory=directory, source=options.source)
    else:
        link = next((link.url for link in plant.links), "LINK")
        console.say("init.next", directory=directory, link=link)
    return 0


def _write(options: argparse.Namespace, console: Console) -> list[Path]:
    if options.source is not None:
        return copy_site(options.source, options.directory, _values(options))
    if options.values:
        raise UsageError("init.set-without-from")
    return start_site(options.directory, _answers(options, console))


def _values(options: argparse.Namespace) -> dict[str, str]:
    """What the copy has instead: the options that a new site has as well, and each ``--set``."""
    if options.link or options.title_en:
        raise UsageError("init.not-with-from", option="--link" if options.link else "--title-en")
    values = {key: said for option, key in _COPIED.items() if (said := getattr(options, option)) is not None}
    for word in options.values:
        key, sign, value = word.partition("=")
        if not sign or not key:
            raise UsageError("init.no-value", word=word)
        if key in values:
            raise UsageError("init.twice", key=key)
        values[key] = value
    return values


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
        language=options.language or console.texts.lang,
        broker=said["broker"],
        links=(said["link"],) if said["link"] else (),
        **{name: said for name in ("org", "timezone", "gateway") if (said := getattr(options, name)) is not None},
    )


def _ask(name: str, offered: str, console: Console) -> str:
    return input(console.texts.text(f"init.ask.{name}", offered=offered)).strip()


def _identifier(directory: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", directory.absolute().name.lower()).strip("-") or "site"
