"""``plantgate unshelve``: take an alarm back from the shelf before its time."""

import argparse

from agent.cli.shell.acting import act
from agent.cli.shell.console import Console


def run(options: argparse.Namespace, console: Console) -> int:
    """Take it back."""
    return act(options, console, "unshelve", "unshelve.done")
