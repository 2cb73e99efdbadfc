"""``plantgate runs``: the tests that go on and those that ended, and the report of one."""

import argparse
import asyncio
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.views.lines import record_line, report_lines


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("--report", "RUN", default=None)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """List runs, or print the record of one; exit code 1 when that one did not pass."""
    state = state_directory(options.state)
    if options.report:
        return _report(asyncio.run(ask(state, "report", run=options.report)), console)
    found = asyncio.run(ask(state, "runs"))
    for one in found:
        console.emit(one) if console.as_json else console.line(record_line(one, console))
    if not found and not console.as_json:
        console.say("runs.none")
    return 0


def _report(record: dict[str, Any], console: Console) -> int:
    if console.as_json:
        console.emit(record)
    else:
        for line in report_lines(record, console):
            console.line(line)
    return int(record["verdict"] != "passed")
