"""What the commands about one alarm share: ask the daemon in the name of a person, and say what was done."""

import argparse
import asyncio

from agent.cli.console import Console
from agent.cli.place import person, state_directory
from agent.local import ask


def act(options: argparse.Namespace, console: Console, verb: str, code: str, **more: object) -> int:
    """Do ``verb`` to the alarm of ``options``; prints the sentence ``code``, or the alarm's new state as JSON."""
    by = person(options.by)
    result = asyncio.run(ask(state_directory(options.state), verb, alarm=options.alarm, by=by, **more))
    console.answer(result, code, alarm=options.alarm, by=by, **more)
    return 0
