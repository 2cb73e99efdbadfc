"""``plantgate set``: another limit of one equipment, written into plant.yaml as the person who asks, then reloaded."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.findings import raise_findings
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import person, state_directory
from config.editing.limits import LimitEdit, edit_limit
from config.errors import ConfigError
from config.replacing import exchange_file
from runtime.errors import AgentError, UsageError

_NO_ANSWER = ("agent.not-running", "agent.no-answer")
"""What is said when nobody knows whether the gateway has loaded the files."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("equipment", "EQUIPMENT")
    to.explained("parameter", "limit", metavar="LIMIT")
    to.explained("value", "limit-value", metavar="VALUE")
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", required=True)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Change one limit. Whatever speaks against it is said, and then nothing has changed."""
    state = state_directory(options.state)
    try:
        edit = _edit(state, options)
        told = _change(state, edit, options) if edit.old != edit.new else None
    except OSError as error:
        raise UsageError("file.unwritable", file=error.filename or "plant.yaml", reason=error.strerror) from error
    limit = {"equipment": options.equipment, "parameter": options.parameter, "old": edit.old, "new": edit.new}
    if told is None:
        console.answer({**limit, "changed": False}, "limit.same", **limit)
    else:
        console.answer({**limit, **told, "changed": True}, "limit.done", **limit, **told)
    return 0


def _edit(state: Path, options: argparse.Namespace) -> LimitEdit:
    running = asyncio.run(ask(state, "status"))
    edit = edit_limit(Path(running["directory"]), options.equipment, options.parameter, options.value)
    if edit.loaded != running["fingerprint"]:
        # Else the reload would bring what somebody else has not finished.
        raise AgentError("limit.unloaded")
    return edit


def _change(state: Path, edit: LimitEdit, options: argparse.Namespace) -> dict[str, Any]:
    """Announce, write, load: a kill after any of these leaves a whole file, and who changed what is known."""
    who = {"by": person(options.by), "reason": options.reason}
    limit = {"equipment": options.equipment, "parameter": options.parameter, "fingerprint": edit.fingerprint}
    told: dict[str, Any] = asyncio.run(ask(state, "announce-limit", **limit, **who))
    exchange_file(edit.path, edit.before, edit.after)
    try:
        loaded = asyncio.run(ask(state, "reload", **who))
        raise_findings(loaded)
    except AgentError as error:
        if error.code in _NO_ANSWER:
            raise AgentError("limit.not-loaded", file=edit.path) from error
        exchange_file(edit.path, edit.after, edit.before)
        raise
    except ConfigError:
        exchange_file(edit.path, edit.after, edit.before)
        raise
    return told
