"""``plantgate ack``: a person has seen an alarm."""

import argparse
import asyncio

from agent.cli.console import Console
from agent.cli.place import person, state_directory
from agent.local import ask


def run(options: argparse.Namespace, console: Console) -> int:
    """Acknowledge and print the alarm's new state."""
    by = person(options.by)
    result = asyncio.run(ask(state_directory(options.state), "acknowledge", alarm=options.alarm, by=by))
    if console.as_json:
        console.emit(result)
    else:
        console.say("ack.done", alarm=options.alarm, by=by)
    return 0
