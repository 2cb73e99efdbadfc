"""``plantgate lockout``: somebody works on equipment; no command reaches it until released."""

import argparse
import asyncio

from agent.cli.console import Console
from agent.cli.place import person, state_directory
from agent.local import ask


def run(options: argparse.Namespace, console: Console) -> int:
    """Lock or release, durably."""
    by = person(options.by)
    asked = {"equipment": options.equipment, "by": by, "reason": options.reason}
    result = asyncio.run(ask(state_directory(options.state), "lockout", release=options.release, **asked))
    if console.as_json:
        console.emit(result)
    else:
        console.say("lockout.released" if options.release else "lockout.done", equipment=options.equipment, by=by)
    return 0
