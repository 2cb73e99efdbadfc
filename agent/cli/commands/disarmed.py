"""``plantgate disarmed``: what is remembered of machines, to be compared with them before commands pass again."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Print the list; found (1) while commands are disarmed."""
    told = asyncio.run(ask(state_directory(options.state), "disarmed"))
    if console.as_json:
        console.emit(told)
        return int(bool(told["disarmed"]))
    if not told["disarmed"]:
        console.say("disarmed.not")
        return 0
    console.say("disarmed.standing", why=told["disarmed"])
    for one in told["remembered"]:
        console.say(f"disarmed.{one['kind']}", equipment=one["equipment"], detail=one["detail"])
    console.say("disarmed.nothing" if not told["remembered"] else "disarmed.compare")
    console.say("disarmed.confirm", mark=told["mark"])
    return 1
