"""``plantgate plans``: every test and maintenance with its next three times, and why one would not begin."""

import argparse
import asyncio
from pathlib import Path

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.views.agenda import desk_time, lines, plain, with_words
from config.site import compile_site


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("site", "plans-site", metavar="SITE", type=Path, nargs="?", default=None)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Show what the running gateway plans, or what the files of a site would."""
    if options.site is None:
        entries = asyncio.run(ask(state_directory(options.state), "agenda"))
    else:
        entries = plain(*compile_site(options.site), desk_time())
    if console.as_json:
        for entry in entries:
            console.emit(with_words(entry, console))
        return 0
    for line in lines(entries, console):
        console.line(line)
    if not entries:
        console.say("plans.none")
    elif options.site is not None:
        console.say("plans.of-files")
    return 0
