"""``plantgate shelve``: put an alarm out of sight for a limited time."""

import argparse

from agent.cli.shell.acting import act
from agent.cli.shell.console import Console
from agent.cli.shell.usage import seconds


def run(options: argparse.Namespace, console: Console) -> int:
    """Shelve, durably; the alarm comes back by itself."""
    limit = seconds("--for", options.time)
    return act(options, console, "shelve", "shelve.done", reason=options.reason, seconds=limit)
