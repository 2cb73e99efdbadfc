"""``plantgate restore``: a backup in the place of what a box has; it is compared before anything is replaced."""

import argparse
import asyncio
from pathlib import Path

from agent.backup import archive, restoring
from agent.backup.disk import translated
from agent.backup.restoring import BoxAct, Restored
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import box_state, held_alone, person
from agent.cli.shell.progress import Share
from runtime.errors import UsageError


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("file", "backup-made", metavar="FILE", type=Path, nargs="?")
    to.explained("site", "restored-site", metavar="SITE", type=Path, nargs="?")
    act_options(to)
    to.flag("--finish")


def act_options(to: CommandOptions) -> None:
    """What all take that do something to a whole box."""
    to.value("--by", "NAME", default="")
    to.value("--reason", "TEXT", default="")
    to.flag("--force")
    to.flag("--lose-events")
    to.state()


def act_of(options: argparse.Namespace) -> BoxAct:
    """Who does it, and how much they want it. Raises UsageError."""
    if options.force and not options.reason:
        raise UsageError("backup.force-reason")
    return BoxAct(person(options.by), options.reason, options.force, options.lose_events)


def run(options: argparse.Namespace, console: Console) -> int:
    """Restore, or put in place what an interrupted restore had decided."""
    with translated(options.file or Path()):
        return _run(options, console)


def _run(options: argparse.Namespace, console: Console) -> int:
    if options.finish:
        return _finish(options, console)
    if options.file is None or options.site is None:
        raise UsageError("restore.needs-both")
    act, state = act_of(options), box_state(options.state, options.site)
    with archive.opened(options.file) as backup:
        shown = Share(console, "restore.unpacking", backup.manifest.size)
    with held_alone(state):
        restored = asyncio.run(restoring.restore(options.file, options.site, state, act, shown.add))
    shown.clear()
    _show(restored, options.site, state, console)
    return 0


def _show(restored: Restored, site: Path, state: Path, console: Console) -> None:
    manifest = restored.manifest
    said = {"gateway": manifest.address, "site": str(site), "state": str(state), "aside": str(restored.aside)}
    code = "restore.done" if restored.aside.exists() else "restore.done-new"
    console.answer({"ok": True, **said, "overruled": [*restored.overruled]}, code, **said)
    if restored.overruled:
        console.say("restore.overruled", reasons=console.texts.listed(restored.overruled))
    if not manifest.secrets:
        console.say("restore.no-secrets")
    console.say("restore.next-moved" if manifest.moved else "restore.next", site=site, state=state)


def _finish(options: argparse.Namespace, console: Console) -> int:
    state = box_state(options.state, options.site or options.file or Path())
    with held_alone(state):
        plan = restoring.finish(state)
    if plan is None:
        console.answer({"ok": True, "site": None}, "restore.nothing")
        return 0
    console.answer({"ok": True, "site": plan.site}, "restore.finished", site=plan.site)
    return 0
