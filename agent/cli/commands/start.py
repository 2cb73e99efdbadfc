"""``plantgate start``: ask for a test now."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("procedure", "PROCEDURE")
    to.value("equipment", "EQUIPMENT")
    to.value("--by", "NAME", default="")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Start and print the run; a refusal says which condition is missing."""
    asked = {"procedure": options.procedure, "equipment": options.equipment, "by": person(options.by)}
    started = asyncio.run(ask(state_directory(options.state), "start", **asked))
    console.answer(started, "start.done", run=started["run"])
    return 0
