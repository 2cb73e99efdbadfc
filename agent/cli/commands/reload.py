"""``plantgate reload``: let the running gateway read its files again."""

import argparse
import asyncio
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.findings import raise_findings
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", default="")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Say what changed. With a mistake in the files nothing has changed; ConfigError carries all of them."""
    told = asyncio.run(ask(state_directory(options.state), "reload", by=options.by, reason=options.reason))
    raise_findings(told)
    if console.as_json:
        console.emit(told)
    else:
        _show(told, console)
    return 0


def _show(told: dict[str, Any], console: Console) -> None:
    if not (told["changed"] or told["uplink"] or told["storage"]):
        console.say("reload.same")
        return
    for kind, part in told["changed"].items():
        for what, names in part.items():
            if names:
                console.say(
                    f"reload.{what}", kind=console.texts.text(f"reload.kind.{kind}"), names=console.texts.listed(names)
                )
    if told["uplink"]:
        console.say("reload.uplink")
    if told["storage"]:
        console.say("reload.storage")
    if told["dropped"]:
        console.say("reload.dropped", functions=console.texts.joined(told["dropped"]))
