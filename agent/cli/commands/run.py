"""``plantgate run``: the daemon."""

import argparse
import asyncio
import os

from agent.app import run_agent
from agent.backup.beginning import begin, tell
from agent.backup.retirement import DoesNotRunError
from agent.cli.shell.console import Console
from agent.cli.shell.log_words import LogWords
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.shell.usage import positive
from config.site import compile_site
from runtime.clock import Clock
from runtime.errors import UsageError
from runtime.logs import configure

RETIRED = 3
"""Exit code of a box that never runs again by itself; the unit of systemd does not start it again then."""
LOGS = ("json", "text")


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.site()
    to.state()
    to.speed()
    to.explained("--log", "log", choices=LOGS, default=None)


def run(options: argparse.Namespace, console: Console) -> int:
    """Check the site, then run it until told to stop; a box that was moved or is being reset does not run."""
    as_text = _log_format(options.log) == "text"
    clock = Clock(positive("--speed", options.speed))
    state = state_directory(options.state, options.site)
    try:
        beginning = begin(state, options.site)
    except DoesNotRunError as error:
        console.failure(error)
        return RETIRED
    plant, rulebook = compile_site(beginning.site, start=True)
    configure(words=LogWords(console.texts) if as_text else None)
    asyncio.run(tell(state, plant.gateway, beginning))
    for doubt in plant.doubts:
        console.say("check.warning", text=console.texts.finding(doubt))
    console.say("run.starting", site=plant.site.id, state=state)
    asyncio.run(run_agent(plant, state, clock, rulebook))
    return 0


def _log_format(asked: str | None) -> str:
    """As ``--log`` says, else $PLANTGATE_LOG, for a service whose command line is packaged."""
    found = asked or os.environ.get("PLANTGATE_LOG") or LOGS[0]
    if found not in LOGS:
        raise UsageError("run.log-format", value=found)
    return found
