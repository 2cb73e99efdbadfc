"""``plantgate arm``: an engineer has compared what is remembered with the machines; commands pass again."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", required=True)
    to.value("--seen", "MARK", required=True)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Confirm the list whose mark is given."""
    asked = {"by": person(options.by), "reason": options.reason, "seen": options.seen}
    result = asyncio.run(ask(state_directory(options.state), "arm", **asked))
    console.answer(result, "arm.done", by=asked["by"])
    return 0
