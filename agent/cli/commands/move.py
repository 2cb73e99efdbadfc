"""``plantgate move``: all of a gateway goes into a file for another box; this one never runs again by itself."""

import argparse
import asyncio
from pathlib import Path

from agent.backup import moving
from agent.backup.disk import translated
from agent.backup.journals import JOURNAL, is_there
from agent.backup.making import BackupRequest
from agent.cli.commands.backup import show, site_of
from agent.cli.commands.restore import act_of, act_options
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import box_state, held_alone
from agent.cli.shell.progress import Share
from config.site import compile_site
from runtime.errors import AgentError, UsageError
from runtime.version import program_version


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("file", "backup-file", metavar="FILE", type=Path, nargs="?")
    to.explained("--site", "backup-site", metavar="SITE", type=Path, default=None)
    to.flag("--secrets")
    to.flag("--take-back")
    act_options(to)


def run(options: argparse.Namespace, console: Console) -> int:
    """Make the file and retire this box, or let a retired one run again."""
    with translated(options.file or Path()):
        return _run(options, console)


def _run(options: argparse.Namespace, console: Console) -> int:
    act, site = act_of(options), site_of(options.site)
    if not act.reason:
        raise UsageError("move.reason")
    plant, state = compile_site(site, start=True)[0], box_state(options.state, site)
    if not is_there(state):
        raise AgentError("backup.no-journal", state=state)
    with held_alone(state):
        if options.take_back:
            asyncio.run(moving.take_back(state, plant.gateway, act))
            console.answer({"ok": True, "state": str(state)}, "move.taken-back", state=state)
            return 0
        if options.file is None:
            raise UsageError("move.needs-file")
        wanted = BackupRequest(options.file, program_version(), act.by, options.secrets, moved=True)
        shown = Share(console, "backup.writing", (state / JOURNAL).stat().st_size)
        made = asyncio.run(moving.move(wanted, plant, state, act, shown.add))
    shown.clear()
    show(made, wanted, console)
    console.say("move.next", file=wanted.path.name, site=site, state=state)
    return 0
