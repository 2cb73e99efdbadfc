"""``plantgate alarms``: what is not normal, worst first."""

import argparse
import asyncio

from agent.cli.console import Console
from agent.cli.lines import alarm_line
from agent.cli.place import state_directory
from agent.local import ask


def run(options: argparse.Namespace, console: Console) -> int:
    """List alarms; exit code 1 while one is active."""
    alarms = asyncio.run(ask(state_directory(options.state), "alarms"))
    for alarm in alarms:
        console.emit(alarm) if console.as_json else console.line(alarm_line(alarm, console))
    if not alarms and not console.as_json:
        console.say("alarms.none")
    return int(any(alarm["state"] == "active" for alarm in alarms))
