"""``plantgate run``: the daemon."""

import argparse
import asyncio

from agent.app import run_agent
from agent.backup.beginning import begin, tell
from agent.backup.retirement import DoesNotRunError
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.shell.usage import positive
from config.site import compile_site
from runtime.clock import Clock
from runtime.logs import configure

RETIRED = 3
"""Exit code of a box that never runs again by itself; the unit of systemd does not start it again then."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.site()
    to.state()
    to.speed()


def run(options: argparse.Namespace, console: Console) -> int:
    """Check the site, then run it until told to stop; a box that was moved or is being reset does not run."""
    clock = Clock(positive("--speed", options.speed))
    state = state_directory(options.state, options.site)
    try:
        beginning = begin(state, options.site)
    except DoesNotRunError as error:
        console.failure(error)
        return RETIRED
    plant, rulebook = compile_site(beginning.site, start=True)
    configure()
    asyncio.run(tell(state, plant.gateway, beginning))
    for doubt in plant.doubts:
        console.say("check.warning", text=console.texts.finding(doubt))
    console.say("run.starting", site=plant.site.id, state=state)
    asyncio.run(run_agent(plant, state, clock, rulebook))
    return 0
