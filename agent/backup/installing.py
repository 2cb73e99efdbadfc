"""A verified backup takes the place of what a box has: whenever this ends, all of one of the two is there.

What is to be put in place is first complete in a folder of the state directory. One rename makes it *ready*. From then
on it is what the gateway has: what is left to do only moves the old files out of its way, in any number of attempts.
"""

import filecmp
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path

from agent.backup.disk import translated
from agent.backup.journals import JOURNAL
from agent.backup.ownership import give, make_folder
from config.reading.regular import leads_out
from config.reading.walk import site_files
from config.replacing import replace_file
from runtime.disk_file import PRIVATE, sync_directory
from runtime.errors import AgentError
from runtime.parsing import InputError, build, load

MAKING, READY, DONE = "restore.new", "restore.ready", "restore.done"
"""Folders of the state directory: begun, decided, dealt with."""
PLAN = "plan.json"
STAGED = "site"
"""Folder within them that holds the files of the site."""
MARK = "journal.mark"
_BESIDE = ("journal.db*", "journal.redo", MARK, "retired.json")
"""What makes up the memory of a gateway, beside the reserve."""
OF_A_SITE = (".yaml", ".yml")
"""Endings of files that a gateway reads because they are there."""
_OTHERS_MAY = 0o755
"""Permissions a file of a site can have."""
_OTHERS_READ = 0o004
_PLAN_ALLOWED = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What is to be put where."""

    site: str
    """Folder of the site."""
    aside: str
    """Folder of the state directory that gets what was there before."""
    by: str
    reason: str
    modes: dict[str, int] = field(default_factory=dict)
    """Path below the site -> permissions of each of its files."""


def decide(state: Path, plan: RestorePlan) -> None:
    """Let what lies in ``MAKING`` be what the gateway has. Raises AgentError, and then it is not.

    This is the moment of the exchange: one rename.
    """
    making = state / MAKING
    with translated(making):
        (making / PLAN).write_text(json.dumps(asdict(plan)), encoding="utf-8")
        for path in _from_below(making):
            give(path, state)
        sync_tree(making)
        making.rename(state / READY)
        sync_directory(state)


def decided(state: Path) -> RestorePlan | None:
    """What is still to be put in place, if anything is. Raises AgentError when that cannot be read."""
    path = state / READY / PLAN
    if not path.exists():
        return None
    try:
        with translated(path):
            return build(RestorePlan, load(path.read_bytes(), _PLAN_ALLOWED), strict=True)
    except InputError as error:
        raise AgentError("restore.plan", path=path) from error


def finish(state: Path, plan: RestorePlan) -> None:
    """Put in place what was decided. Raises AgentError, and is to be called again then."""
    with translated(Path(plan.site)):
        _exchange_site(state, plan)
    finish_memory(state, plan)
    with translated(state):
        (state / READY).rename(state / DONE)
        sync_directory(state)
        shutil.rmtree(state / DONE)


def finish_memory(state: Path, plan: RestorePlan) -> None:
    """As ``finish``, without the files of the site: what ``READY`` holds of those is the site until then."""
    with translated(state):
        _exchange_journal(state / READY, state, state / plan.aside)


def discard(state: Path) -> bool:
    """Remove what was begun and never decided; whether there was anything. Raises AgentError."""
    begun = (state / MAKING).exists()
    with translated(state):
        for name in (MAKING, DONE):
            if (state / name).exists():
                shutil.rmtree(state / name)
    return begun


def check_place(site: Path, files: Iterable[str]) -> None:
    """Raise AgentError unless every one of ``files`` can be written below ``site``, and nowhere else."""
    folders = {(site / name).parent for name in files} | {site}
    for folder in folders:
        there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise AgentError("backup.failed", path=there, reason=os.strerror(13))
    for path in (site / name for name in files):
        if leads_out(path, site) or path.is_dir():
            raise AgentError("restore.leads-out", path=path)


def sync_tree(folder: Path) -> None:
    """Make every file below ``folder`` durable. Raises OSError."""
    for path in _from_below(folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _exchange_site(state: Path, plan: RestorePlan) -> None:
    site, aside = Path(plan.site), state / plan.aside / STAGED
    site.mkdir(parents=True, exist_ok=True)
    for path in [*site_files(site)]:
        name = path.relative_to(site).as_posix()
        # Keys and passwords that are not in the backup stay: the site still refers to them.
        if name not in plan.modes and path.suffix in OF_A_SITE:
            _set_aside(path, aside / name, keep=False)
    for name, mode in plan.modes.items():
        _put(state / READY / STAGED / name, site / name, aside / name)
        (site / name).chmod(mode & _OTHERS_MAY)
        if not mode & _OTHERS_READ:
            give(site / name, state)


def _put(source: Path, target: Path, aside: Path) -> None:
    """Let ``target`` hold what ``source`` holds; what it held before is kept ``aside``."""
    content = source.read_bytes()
    if target.is_file() and target.read_bytes() == content:
        return
    if target.exists():
        _set_aside(target, aside, keep=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, content)
    sync_directory(target.parent)


def _exchange_journal(ready: Path, state: Path, aside: Path) -> None:
    if (ready / JOURNAL).exists():  # so what lies beside is the old one
        for pattern in _BESIDE:
            for path in sorted(state.glob(pattern)):
                _set_aside(path, aside / path.name, keep=False)
        sync_directory(state)
        (ready / JOURNAL).rename(state / JOURNAL)
        sync_directory(state)
    if (ready / MARK).exists():
        (ready / MARK).rename(state / MARK)
        sync_directory(state)


def _set_aside(path: Path, to: Path, *, keep: bool) -> None:
    """Move ``path``, or with ``keep`` copy it, into the folder of what was there before, whatever disk that is on."""
    make_folder(to.parent)
    if to.exists():
        if filecmp.cmp(path, to, shallow=False):
            return _gone(path, keep=keep)  # done before an interruption
        # A gateway that ran in between has made a new one: what it knows is nowhere else.
        to = next(one for number in count(2) if not (one := to.with_name(f"{to.name}.{number}")).exists())
    fresh = to.with_name(f".{to.name}.new")
    if keep or path.stat().st_dev != to.parent.stat().st_dev:
        shutil.copyfile(path, fresh)
        fresh.chmod(PRIVATE)
        give(fresh, to.parent)
        fresh.rename(to)
        return _gone(path, keep=keep)
    path.rename(to)
    return None


def _gone(path: Path, *, keep: bool) -> None:
    if not keep:
        path.unlink()


def _from_below(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*"), reverse=True)
    yield folder
