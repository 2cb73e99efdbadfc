"""``plantgate out-of-service``: an alarm is worked on and calls nobody until it is put back."""

import argparse

from agent.cli.shell.acting import act
from agent.cli.shell.console import Console


def run(options: argparse.Namespace, console: Console) -> int:
    """Take it out of service, or put it back."""
    if options.back:
        return act(options, console, "out-of-service", "out-of-service.back", release=True)
    return act(options, console, "out-of-service", "out-of-service.done", reason=options.reason)
