"""``plantgate write``: one named command, shown before it is given, given once, and what became of it."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory
from drivers.points import PlantgateError
from runtime.clock import Clock
from runtime.errors import UsageError

_LOOK_EVERY = 0.2
_PATIENCE = 45.0
"""Seconds until the outcome is waited for no longer: the engine itself gives up after 40."""
_COLOURS = {"done": "green", "refused": "red", "expired": "red", "unknown": "yellow", "issued": "yellow"}


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("equipment", "EQUIPMENT")
    to.value("verb", "COMMAND")
    to.flag("--yes")
    to.value("--by", "NAME", default="")
    to.value("--minutes", "N", type=float, default=0.0)
    to.value("--reason", "TEXT", default="")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Give the command through the running gateway, which knows the interlocks; 1 unless it is done."""
    state = state_directory(options.state)
    preview = asyncio.run(ask(state, "preview", equipment=options.equipment, command=options.verb))
    if not _confirmed(options, preview, console):
        console.say("write.not-given")
        return 1
    told = asyncio.run(_give(state, options))
    if console.as_json:
        console.emit({**told, **preview})
    else:
        shown = console.texts.text(f"write.{told['outcome']}", equipment=options.equipment, command=options.verb)
        console.line(console.paint(shown, _COLOURS[told["outcome"]]))
        if told.get("code"):
            console.say("write.because", reason=console.texts.error(PlantgateError(told["code"], **told["arguments"])))
    return int(told["outcome"] != "done")


def _confirmed(options: argparse.Namespace, preview: dict[str, Any], console: Console) -> bool:
    console.say("write.preview", equipment=options.equipment, command=options.verb, **preview | {"writes": ""})
    for write in preview["writes"]:
        console.say(f"write.{_kind(write)}", **write)
    if options.yes:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("write.needs-yes")
    typed = input(console.texts.text("write.ask", word=options.verb)).strip()
    return typed == str(options.verb)


def _kind(write: dict[str, Any]) -> str:
    if write["address"] is not None:
        return "register"
    return "object" if write["value"] else "release"


async def _give(state: Path, options: argparse.Namespace) -> dict[str, Any]:
    asked = {"equipment": options.equipment, "command": options.verb, "by": person(options.by)}
    given = await ask(state, "give", minutes=options.minutes, reason=options.reason, **asked)
    told: dict[str, Any] = {**given, "outcome": "issued"}
    for _ in range(int(_PATIENCE / _LOOK_EVERY)):
        told = await ask(state, "outcome", command=given["command"])
        if told["outcome"] != "issued":
            break
        await Clock().real_sleep(_LOOK_EVERY)
    return told
