"""``plantgate debts``: what is owed to machines that a command has moved, and when it falls due."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.views.lines import debt_line, stuck


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """List the debts; exit code 1 while people must finish one."""
    found = asyncio.run(ask(state_directory(options.state), "debts"))
    for debt in found:
        console.emit(debt) if console.as_json else console.line(debt_line(debt, console))
    if not found and not console.as_json:
        console.say("debts.none")
    return int(any(map(stuck, found)))
