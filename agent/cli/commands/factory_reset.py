"""``plantgate factory-reset``: a box forgets its site and its memory; what is deleted is listed first."""

import argparse
import asyncio
import sys
from pathlib import Path

from agent.backup import resetting
from agent.backup.disk import translated
from agent.cli.commands.restore import act_of, act_options
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import box_state, held_alone
from config.errors import ConfigError
from config.plant import Plant
from config.site import compile_site
from runtime.errors import UsageError

_WORD = "reset"
"""What is typed where the name of the gateway cannot be read."""
_SHOWN = 200
"""Names listed; of the rest the number."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("site", "reset-site", metavar="SITE", type=Path)
    to.explained("--yes", "reset-yes", action="store_true")
    act_options(to)


def run(options: argparse.Namespace, console: Console) -> int:
    """List what goes, ask, delete; 1 when nobody confirms."""
    with translated(options.site or Path()):
        return _run(options, console)


def _run(options: argparse.Namespace, console: Console) -> int:
    act, state, plant = act_of(options), box_state(options.state, options.site), _plant(options.site)
    if not act.reason:
        raise UsageError("factory-reset.reason")
    with held_alone(state):
        _list([str(path) for path in resetting.doomed(options.site, state)], console)
        if not _confirmed(options, plant.gateway if plant else _WORD, console):
            console.say("factory-reset.not")
            return 1
        consumers = plant.uplink.consumers if plant else ()
        count = asyncio.run(resetting.reset(options.site, state, act, consumers))
    console.answer({"ok": True, "deleted": count}, "factory-reset.done", count=count)
    return 0


def _plant(site: Path) -> Plant | None:
    try:
        return compile_site(site, start=True)[0]
    except ConfigError:
        return None  # a site that is in no order may be deleted as well


def _list(names: list[str], console: Console) -> None:
    console.say("factory-reset.deletes", count=len(names))
    for name in names[:_SHOWN]:
        console.say("factory-reset.name", name=name)
    if len(names) > _SHOWN:
        console.say("factory-reset.more", count=len(names) - _SHOWN)


def _confirmed(options: argparse.Namespace, word: str, console: Console) -> bool:
    if options.yes:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("factory-reset.needs-yes")
    return input(console.texts.text("factory-reset.ask", word=word)).strip() == word
