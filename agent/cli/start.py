"""``plantgate start``: ask for a test now."""

import argparse
import asyncio

from agent.cli.console import Console
from agent.cli.place import person, state_directory
from agent.local import ask


def run(options: argparse.Namespace, console: Console) -> int:
    """Start and print the run; a refusal says which condition is missing."""
    asked = {"procedure": options.procedure, "equipment": options.equipment, "by": person(options.by)}
    started = asyncio.run(ask(state_directory(options.state), "start", **asked))
    console.answer(started, "start.done", run=started["run"])
    return 0
