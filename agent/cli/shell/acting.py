"""What the commands about one alarm share: ask the daemon in the name of a person, and say what was done."""

import argparse
import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory


def act(
    options: argparse.Namespace,
    console: Console,
    verb: str,
    code: str,
    said: Mapping[str, str] = MappingProxyType({}),
    **more: object,
) -> int:
    """Do ``verb`` with ``more`` to the alarm of ``options``; prints its new state as JSON, or the sentence ``code``.

    The sentence says ``more``, and ``said`` beside it.
    """
    by = person(options.by)
    result = asyncio.run(ask(state_directory(options.state), verb, alarm=options.alarm, by=by, **more))
    console.answer(result, code, alarm=options.alarm, by=by, **more, **said)
    return 0


def about_alarm(to: CommandOptions) -> None:
    """What they all take: which alarm, and who speaks."""
    to.value("alarm", "ALARM")
    to.value("--by", "NAME", default="")
    to.state()
