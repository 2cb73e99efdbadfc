"""``plantgate alarms``: what is not normal, worst first; or everything about one alarm."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.views.lines import alarm_line, why_lines


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("--why", "ALARM", default=None)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """List alarms, those that call people first; exit code 1 while one of these is active."""
    if options.why:
        return _explain(options, console)
    alarms = asyncio.run(ask(state_directory(options.state), "alarms"))
    for alarm in alarms:
        console.emit(alarm) if console.as_json else console.line(alarm_line(alarm, console))
    if not alarms and not console.as_json:
        console.say("alarms.none")
    return int(any(alarm["state"] == "active" and not alarm["suppression"] for alarm in alarms))


def _explain(options: argparse.Namespace, console: Console) -> int:
    told = asyncio.run(ask(state_directory(options.state), "why", alarm=options.why))
    if console.as_json:
        console.emit(told)
    else:
        for line in why_lines(told, console):
            console.line(line)
    return 0
