"""``plantgate ack``: a person has seen an alarm."""

import argparse

from agent.cli.shell.acting import about_alarm, act
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    about_alarm(to)


def run(options: argparse.Namespace, console: Console) -> int:
    """Acknowledge."""
    return act(options, console, "acknowledge", "ack.done")
