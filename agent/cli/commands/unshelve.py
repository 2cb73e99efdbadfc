"""``plantgate unshelve``: take an alarm back from the shelf before its time."""

import argparse

from agent.cli.shell.acting import about_alarm, act
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    about_alarm(to)


def run(options: argparse.Namespace, console: Console) -> int:
    """Take it back."""
    return act(options, console, "unshelve", "unshelve.done")
