"""``plantgate ack``: a person has seen an alarm."""

import argparse

from agent.cli.shell.acting import act
from agent.cli.shell.console import Console


def run(options: argparse.Namespace, console: Console) -> int:
    """Acknowledge."""
    return act(options, console, "acknowledge", "ack.done")
