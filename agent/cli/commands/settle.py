"""``plantgate settle``: an engineer has seen the machine; what was owed there is over."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("debt", "DEBT")
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", required=True)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Settle one debt."""
    asked = {"debt": options.debt, "by": person(options.by), "reason": options.reason}
    result = asyncio.run(ask(state_directory(options.state), "settle", **asked))
    console.answer(result, "settle.settled", debt=options.debt, by=asked["by"])
    return 0
