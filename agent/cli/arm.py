"""``plantgate arm``: an engineer has compared what is remembered with the machines; commands pass again."""

import argparse
import asyncio

from agent.cli.console import Console
from agent.cli.place import person, state_directory
from agent.local import ask


def run(options: argparse.Namespace, console: Console) -> int:
    """Confirm the list whose mark is given."""
    asked = {"by": person(options.by), "reason": options.reason, "seen": options.seen}
    result = asyncio.run(ask(state_directory(options.state), "arm", **asked))
    console.answer(result, "arm.done", by=asked["by"])
    return 0
