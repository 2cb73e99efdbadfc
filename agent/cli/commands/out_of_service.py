"""``plantgate out-of-service``: an alarm is worked on and calls nobody until it is put back."""

import argparse

from agent.cli.shell.acting import about_alarm, act
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    about_alarm(to)
    to.value("--reason", "TEXT", default="")
    to.flag("--back")


def run(options: argparse.Namespace, console: Console) -> int:
    """Take it out of service, or put it back."""
    if options.back:
        return act(options, console, "out-of-service", "out-of-service.back", release=True)
    return act(options, console, "out-of-service", "out-of-service.done", reason=options.reason)
