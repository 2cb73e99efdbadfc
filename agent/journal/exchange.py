"""Puts a complete new journal in the place of an old one: whenever this ends, all of one of the two is the journal.

A journal is a set of files (the file, its log, the index of the log), and no rename moves a set. So the new one is made
as a single file and becomes *ready* by one rename. From then on it is the journal: what is left to do only moves the
old set out of its way, in any number of attempts, and ``finish`` does so before anybody opens the file.
"""

import os
from pathlib import Path

from runtime import sqlite
from runtime.disk_file import sync_directory

TAILS = ("-wal", "-shm", "-journal", "")
"""What belongs to a file of SQLite beside itself, and the file."""
READY = ".ready-"
"""Between the name of the journal and the name the old set will have."""
DISCARDED = "outdated"
"""Name of an old set that is deleted: all of it is in the new file."""


def making(path: Path) -> Path:
    """Where the new file is made; what lies there counts for nothing."""
    return path.with_name(f"{path.name}.salvaged")


def current(path: Path) -> Path:
    """The file that holds the journal now: the one at ``path`` unless a complete new one waits to take its place."""
    return _ready(path) or path


def make_ready(path: Path, old: str) -> None:
    """Let the closed, complete file at ``making`` be the journal; the old set will be named ``old``. Raises StoreError.

    This is the moment of the exchange: one rename.
    """
    fresh = making(path)
    with sqlite.translated(path):
        _sync(fresh)
        fresh.rename(path.with_name(f"{path.name}{READY}{old}"))
        sync_directory(path.parent)


def finish(path: Path) -> None:
    """Complete an exchange that was begun, if there is one. Raises StoreError, and then is to be called again.

    Nobody may have the file open. A log that stayed beside the new file would be replayed into it, so it goes first.
    """
    with sqlite.translated(path):
        while (ready := _ready(path)) is not None:
            _clear(path, ready.name.removeprefix(f"{path.name}{READY}"))
            ready.rename(path)
            sync_directory(path.parent)


def _ready(path: Path) -> Path | None:
    return min(path.parent.glob(f"{path.name}{READY}*"), default=None)


def _clear(path: Path, old: str) -> None:
    for tail in TAILS:
        source = path.with_name(path.name + tail)
        if not source.exists():
            continue
        if old == DISCARDED:
            source.unlink()
        else:
            source.rename(path.with_name(f"{path.name}.{old}{tail}"))
    sync_directory(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
