"""``plantgate time``: what time the gateway goes by, and telling it the time where no clock is trusted."""

import argparse
import asyncio
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory
from agent.cli.views.clock import clock_lines
from runtime.errors import UsageError


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("what", "time-what", nargs="?", choices=("set",), metavar="set", default=None)
    to.value("time", "TIME", nargs="?", default=None)
    to.value("--by", "NAME", default="")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Show the clock, exit code 1 when it is not trusted; or set it."""
    state = state_directory(options.state)
    if options.what is None:
        return _show(asyncio.run(ask(state, "status")), console)
    if options.time is None:
        raise UsageError("time.needs-time")
    told = asyncio.run(ask(state, "set-time", time=options.time, by=person(options.by)))
    console.answer(told, "time.done", **told)
    return 0


def _show(status: dict[str, Any], console: Console) -> int:
    clock = status["clock"]
    if console.as_json:
        console.emit({**clock, "waiting": status["waiting"]})
    else:
        for line in clock_lines(status, console):
            console.line(line)
    return int(not clock["trusted"])
