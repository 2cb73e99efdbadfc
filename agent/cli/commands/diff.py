"""``plantgate diff``: what differs between two sites, or the running gateway and its files; 1: something does."""

import argparse
import asyncio
from collections.abc import Iterator
from pathlib import Path

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.findings import raise_findings
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from config.difference import ThingDifference, ValueDifference, things_changed
from config.site import load_site
from rules.model import pick
from rules.plain import from_plain, to_plain
from runtime.errors import UsageError

_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("sites", "SITE", type=Path, nargs="*")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Tell every difference; ConfigError carries the mistakes of a site that is not in order."""
    if len(options.sites) not in (0, 2):
        raise UsageError("diff.two")
    if options.sites:
        changed = things_changed(*map(load_site, options.sites))
    else:
        changed = asyncio.run(_unloaded(state_directory(options.state)))
    if console.as_json:
        console.emit({"same": not changed, "changed": to_plain(changed)})
        return int(bool(changed))
    for thing in changed:
        for line in _lines(thing, console):
            console.line(line)
    console.say("diff.count" if changed else "diff.same", count=len(changed))
    return int(bool(changed))


async def _unloaded(state: Path) -> list[ThingDifference]:
    """What the files of the running gateway say and it does not do yet."""
    told = await ask(state, "changes")
    raise_findings(told)
    return [from_plain(ThingDifference, one) for one in told["changed"]]


def _lines(thing: ThingDifference, console: Console) -> Iterator[str]:
    texts = console.texts
    words = [texts.text(f"diff.kind.{thing.kind}"), thing.name, pick(thing.title, texts.lang)]
    head = texts.text(f"diff.{thing.what}", thing=" ".join(filter(None, words)))
    yield console.paint(head, _COLOURS[thing.what])
    for value in thing.values:
        yield f"    {_value(value, console)}"


def _value(value: ValueDifference, console: Console) -> str:
    texts, nothing = console.texts, console.texts.text("diff.nothing")
    title = pick(value.title, texts.lang)
    name = texts.text("diff.titled", name=value.name, title=title) if title else value.name
    return texts.text("diff.value", name=name, before=value.before or nothing, after=value.after or nothing)
