"""``plantgate serviced``: equipment was serviced, its running hours count from now on."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("equipment", "serviced", metavar="EQUIPMENT")
    to.explained("--hours-reset", "hours-reset", action="store_true", required=True)
    to.value("--by", "NAME", default="")
    to.value("--note", "TEXT", default="")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Note one service."""
    asked = {"equipment": options.equipment, "by": person(options.by), "note": options.note}
    told = asyncio.run(ask(state_directory(options.state), "serviced", **asked))
    console.answer(told, "service.done", equipment=told["equipment"], by=told["by"])
    return 0
