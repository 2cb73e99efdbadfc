"""``plantgate extend``: what is owed to a machine falls due later, by an engineer and with a reason."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("debt", "DEBT")
    to.value("--minutes", "N", type=float, required=True)
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", required=True)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Extend one debt; the minutes count from now."""
    asked = {"debt": options.debt, "minutes": options.minutes, "by": person(options.by), "reason": options.reason}
    told = asyncio.run(ask(state_directory(options.state), "extend", **asked))
    console.answer(told, "extend.done", **told)
    return 0
