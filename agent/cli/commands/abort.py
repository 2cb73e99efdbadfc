"""``plantgate abort``: end a test; the equipment is given back first."""

import argparse
import asyncio

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("run", "RUN")
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", default="")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Abort and say so; the run goes on with its ``always`` steps."""
    asked = {"run": options.run, "by": person(options.by), "reason": options.reason}
    result = asyncio.run(ask(state_directory(options.state), "abort", **asked))
    console.answer(result, "abort.done", run=result["run"])
    return 0
