"""``plantgate lockout``: somebody works on equipment; no command of this gateway reaches it until released."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory
from runtime.clock import Clock
from runtime.errors import AgentError, UsageError

LOOK_EVERY = 2.0
"""Seconds between two looks at a lock-out that waits for its machine to be given back."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("equipment", "EQUIPMENT", nargs="?", default="")
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", default="")
    to.flag("--release")
    for name in ("owner", "verified", "token"):
        to.value(f"--{name}", name.upper(), default="")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Lock, take the own lock off, or in two steps that of somebody who is away."""
    state, by = state_directory(options.state), person(options.by)
    if options.token:
        return _confirm(state, by, options, console)
    if not options.equipment:
        raise UsageError("lockout.which")
    if options.owner:
        return _ask(state, by, options, console)
    asked = {"equipment": options.equipment, "by": by, "reason": options.reason}
    result = asyncio.run(_lock(state, console, release=options.release, **asked))
    console.answer(
        result, "lockout.released" if options.release else "lockout.done", equipment=options.equipment, by=by
    )
    return 0


async def _lock(state: Path, console: Console, **asked: Any) -> Any:  # noqa: ANN401 - JSON
    """Ask for it, and wait until it stands; raises AgentError (lockout.make-safe) when it is refused."""
    result = await ask(state, "lockout", **asked)
    if result["state"] == "pending" and not console.as_json:
        console.say("lockout.pending", equipment=asked["equipment"], machines=_named(result))
    while result["state"] == "pending":
        await Clock().real_sleep(LOOK_EVERY)
        mine = [
            one
            for one in await ask(state, "lockouts")
            if (one["equipment"], one["by"]) == (result["equipment"], result["by"])
        ]
        if not mine:
            raise AgentError("lockout.make-safe", machines=_named(result))
        result["state"] = "confirmed" if mine[0]["confirmed"] else "pending"
    return result


def _named(lockout: Any) -> str:  # noqa: ANN401 - JSON
    """What it waits for: it need not be what is locked out, but all that this reaches."""
    return ", ".join(lockout["waits"])


def _ask(state: Path, by: str, options: argparse.Namespace, console: Console) -> int:
    asked = {"equipment": options.equipment, "owner": options.owner, "by": by, "verified": options.verified}
    result = asyncio.run(ask(state, "ask-release", **asked))
    console.answer(result, "lockout.asked", owner=options.owner, equipment=options.equipment, token=result["token"])
    return 0


def _confirm(state: Path, by: str, options: argparse.Namespace, console: Console) -> int:
    result = asyncio.run(ask(state, "confirm-release", token=options.token, by=by))
    console.answer(result, "lockout.confirmed-release", by=by)
    return 0
