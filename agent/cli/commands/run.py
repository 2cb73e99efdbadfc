"""``plantgate run``: the daemon."""

import argparse
import asyncio

from agent.app import run_agent
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.shell.usage import positive
from config.site import compile_site
from runtime.clock import Clock
from runtime.logs import configure


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.site()
    to.state()
    to.speed()


def run(options: argparse.Namespace, console: Console) -> int:
    """Check the site, then run it until told to stop."""
    clock = Clock(positive("--speed", options.speed))
    plant, rulebook = compile_site(options.site, start=True)
    state = state_directory(options.state, options.site)
    configure()
    for doubt in plant.doubts:
        console.say("check.warning", text=console.texts.finding(doubt))
    console.say("run.starting", site=plant.site.id, state=state)
    asyncio.run(run_agent(plant, state, clock, rulebook))
    return 0
