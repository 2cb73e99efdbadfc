"""``plantgate hold``: forbid every command of the gateway at once, or allow them again. It is no emergency stop."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", default="")
    to.flag("--release")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Hold or release; says whether it is stored."""
    by, verb = person(options.by), "unhold" if options.release else "hold"
    result = asyncio.run(ask(state_directory(options.state), verb, by=by, reason=options.reason))
    if console.as_json:
        console.emit(result)
    elif options.release:
        console.say("hold.released", by=by)
    else:
        console.say("hold.done" if result["stored"] else "hold.done-unstored", by=by)
    return 0
