"""A box forgets its site and its memory, and says who wanted that when it runs again."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent.backup import journals, retirement
from agent.backup.disk import translated
from agent.backup.installing import MARK
from agent.backup.restoring import BoxAct
from agent.backup.retirement import RESET, BoxNote
from config.reading.walk import site_files
from config.site import FILE
from runtime.clock import Clock
from runtime.disk_file import sync_directory
from runtime.errors import StoreError

_KEPT = (MARK, RESET)
"""How far events were numbered, so that headquarters is told which of them nobody can show any more; and who did it."""


def doomed(site: Path, state: Path) -> list[Path]:
    """What a reset deletes: the files of the site, keys and passwords among them, and all of the state but its mark."""
    memory = sorted(state.iterdir()) if state.is_dir() else []
    # What makes a folder a site goes last: a reset that was cut short finds the rest of it.
    files = sorted(site_files(site), key=lambda path: path == site / FILE) if (site / FILE).is_file() else []
    return [*files, *(path for path in memory if path.name not in _KEPT)]


async def reset(site: Path, state: Path, act: BoxAct, consumers: Sequence[str]) -> int:
    """Delete all that ``doomed`` names, in a state that the caller has locked; returns how many things.

    Cut short it is to be begun again, and no gateway runs meanwhile. Raises AgentError, and before the first deletion
    StoreError.
    """
    note = retirement.read(state / RESET)
    if note is None or note.done:
        note = await _begun(state, act, consumers)
    gone = doomed(site, state)
    for path in gone:
        with translated(path):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    with translated(state):
        sync_directory(state)
    retirement.write(state / RESET, replace(note, done=True))
    return len(gone)


async def _begun(state: Path, act: BoxAct, consumers: Sequence[str]) -> BoxNote:
    standing = await journals.look(state, consumers)
    act.permit(standing)
    detail = "; ".join((f"{standing.epoch}/{standing.head}", *standing.reasons))
    if standing.epoch:
        fact = journals.audit("factory-reset", act.by, act.reason, detail)
        try:
            await journals.add(state / journals.JOURNAL, standing.gateway, [fact])
        except StoreError:
            detail += "; not stored"
    note = BoxNote(act.by, act.reason, Clock().now().wall, detail)
    retirement.write(state / RESET, note)
    return note
