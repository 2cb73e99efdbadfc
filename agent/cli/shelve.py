"""``plantgate shelve``: put an alarm out of sight for a limited time."""

import argparse

from agent.cli.acting import act
from agent.cli.console import Console
from agent.cli.usage import seconds


def run(options: argparse.Namespace, console: Console) -> int:
    """Shelve, durably; the alarm comes back by itself."""
    limit = seconds("--for", options.time)
    return act(options, console, "shelve", "shelve.done", reason=options.reason, seconds=limit)
