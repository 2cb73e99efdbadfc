"""``plantgate reset``: what latched an alarm is over."""

import argparse

from agent.cli.shell.acting import act
from agent.cli.shell.console import Console


def run(options: argparse.Namespace, console: Console) -> int:
    """Reset."""
    return act(options, console, "reset", "reset.done")
