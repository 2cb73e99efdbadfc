"""``plantgate shelve``: put an alarm out of sight for a limited time."""

import argparse

from agent.cli.shell.acting import about_alarm, act
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.usage import seconds
from agent.cli.views.duration import span_until
from runtime.clock import Clock


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    about_alarm(to)
    to.value("--for", "TIME", dest="time", required=True)
    to.value("--reason", "TEXT", required=True)


def run(options: argparse.Namespace, console: Console) -> int:
    """Shelve, durably; the alarm comes back by itself."""
    limit = seconds("--for", options.time)
    said = {"time": span_until(limit, Clock().now().wall, console.texts)}
    return act(options, console, "shelve", "shelve.done", said, reason=options.reason, seconds=limit)
