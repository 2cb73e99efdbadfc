"""``plantgate backup``: site, memory and on request keys and passwords of a gateway in one file, while it runs."""

import argparse
import asyncio
import os
from contextlib import suppress
from pathlib import Path

from agent.api.local.client import ask
from agent.backup.beginning import COPY
from agent.backup.disk import translated
from agent.backup.journals import JOURNAL, is_there
from agent.backup.making import BackupRequest, Made, make
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import box_state, held_alone, person, state_directory
from agent.cli.shell.progress import Share
from agent.journal.copying import copy_closed, remove_copy
from config.site import FILE, compile_site
from runtime.clock import Clock
from runtime.errors import AgentError, StoreError, UsageError
from runtime.version import program_version

PACKAGED = Path("/etc/plantgate")
"""Where the unit of systemd has the site."""
_PAGE = 4096
_LOOK_EVERY = 0.2
"""Seconds between two questions how far the copy is."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("file", "backup-file", metavar="FILE", type=Path)
    to.explained("--site", "backup-site", metavar="SITE", type=Path, default=None)
    to.flag("--secrets")
    to.value("--by", "NAME", default="")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Make the file; a running gateway copies its journal itself."""
    with translated(options.file or Path()):
        return _run(options, console)


def _run(options: argparse.Namespace, console: Console) -> int:
    state = box_state(options.state, options.site) if options.site else state_directory(options.state)
    wanted = BackupRequest(options.file, program_version(), person(options.by), options.secrets)
    if os.path.lexists(wanted.path):
        raise AgentError("backup.exists", path=wanted.path)
    made = _running(state, wanted, options.site, console) or _stopped(state, wanted, options.site, console)
    show(made, wanted, console)
    return 0


def site_of(asked: Path | None, told: str = "") -> Path:
    """The folder of the site. Raises UsageError when nobody says which."""
    site = asked or (Path(told) if told else PACKAGED)
    if not (site / FILE).is_file():
        raise UsageError("backup.which-site", site=site)
    return site


def show(made: Made, wanted: BackupRequest, console: Console) -> None:
    """Say what is in the file and what is not."""
    manifest = made.manifest
    said = {"path": str(wanted.path), "gateway": manifest.address}
    counted = {"files": len(manifest.members) - 1, "epoch": manifest.epoch, "head": manifest.head}
    console.answer({"ok": True, **said, **counted, "left_out": [*made.left_out]}, "backup.done", **said, **counted)
    if made.left_out:
        console.say("backup.left-out", names=console.texts.listed(made.left_out))


def write(wanted: BackupRequest, site: Path, copy: Path, console: Console) -> Made:
    """Put the file together from the site and a copy of the journal."""
    plant = compile_site(site, start=True)[0]
    if not os.access(copy, os.R_OK):
        raise AgentError("backup.not-permitted", path=copy)
    shown = Share(console, "backup.writing", copy.stat().st_size)
    made = make(wanted, plant, copy, shown.add)
    shown.clear()
    return made


def _running(state: Path, wanted: BackupRequest, site: Path | None, console: Console) -> Made | None:
    """From a gateway that runs; None when none does."""
    try:
        begun = asyncio.run(ask(state, "copy", by=wanted.by, secrets=wanted.secrets))
    except AgentError as error:
        if error.code != "agent.not-running":
            raise
        return None
    copy = Path(begun["path"])
    asyncio.run(_copied(state, console))
    try:
        return write(wanted, site_of(site, begun["site"]), copy, console)
    finally:
        with suppress(StoreError):  # the gateway removes what it made
            remove_copy(copy)


async def _copied(state: Path, console: Console) -> None:
    shown, before = None, 0
    while True:
        told = await ask(state, "copy-progress")
        if told["code"]:
            raise AgentError(told["code"], **told["arguments"])
        if told["total"]:
            shown = shown or Share(console, "backup.copying", told["total"] * _PAGE)
            shown.add((told["done"] - before) * _PAGE)
            before = told["done"]
        if told["ready"]:
            break
        await Clock().real_sleep(_LOOK_EVERY)
    if shown is not None:
        shown.clear()


def _stopped(state: Path, wanted: BackupRequest, site: Path | None, console: Console) -> Made:
    if not is_there(state):
        raise AgentError("backup.no-journal", state=state)
    with held_alone(state):
        copy = state / COPY
        try:
            asyncio.run(copy_closed(state / JOURNAL, copy, lambda *_: None))
            return write(wanted, site_of(site), copy, console)
        finally:
            remove_copy(copy)
