"""A copy of a journal as one file: all of one moment, whether the gateway goes on writing beside it or is stopped."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agent.journal import exchange
from agent.journal.packing import Dictionaries
from agent.journal.redo import Redo, RedoRecord
from agent.journal.schema import SCHEMA, VERSION
from agent.journal.storefile import upgrade
from agent.journal.writing import restore
from runtime import sqlite
from runtime.disk_file import keep_private
from runtime.sqlite import Connection, Database, DatabaseOptions, connect_file, reading

PAGES = 256
"""Pages (of 4 KiB) between two calls of ``told``."""

Told = Callable[[int, int], object]
"""Hears how many of how many pages are copied, in the thread that copies; may wait, or raise to end it."""


def copy_file(path: Path, target: Path, told: Told) -> None:
    """Copy the journal ``path``, as of its last commit, into ``target``. Raises StoreError, and then there is none.

    Its writer goes on meanwhile. What only the redo log holds is not in it.
    """
    remove_copy(target)
    try:
        with sqlite.translated(target), reading(path) as old, closing(connect_file(_private(target))) as new:
            old.execute("SELECT count(*) FROM meta").fetchone()  # from here on it is this moment that is read
            old.backup(new, pages=PAGES, progress=lambda _, left, total: told(total - left, total))
            sqlite.make_single(new)
    except BaseException:
        remove_copy(target)
        raise


async def copy_closed(path: Path, target: Path, told: Told) -> None:
    """As ``copy_file``, of a journal nobody has open: with what only its redo log holds. Raises StoreError."""
    copy_file(exchange.current(path), target, told)
    log = Redo(target.with_name(f"{target.name}.redo"), _bring_in)
    try:
        with sqlite.translated(target):
            if path.with_suffix(".redo").exists():
                shutil.copyfile(path.with_suffix(".redo"), log.path)
        options = DatabaseOptions(upgrade=upgrade, log=log, check=False)
        await (await Database.open(target, SCHEMA, VERSION, options)).close()
        with sqlite.translated(target), closing(connect_file(target)) as new:
            sqlite.make_single(new)
    except BaseException:
        remove_copy(target)
        raise
    finally:
        log.path.unlink(missing_ok=True)


def remove_copy(target: Path) -> None:
    """Let there be no copy of this name, whole or begun."""
    with sqlite.translated(target):
        for tail in exchange.TAILS:
            target.with_name(target.name + tail).unlink(missing_ok=True)


def note_copy(db: Connection) -> None:
    """Change something, so that a commit follows and the file holds what only the redo log held."""
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('copied', hex(randomblob(8)))")


def _bring_in(db: Connection, record: RedoRecord) -> None:
    restore(db, Dictionaries(), record)


def _private(target: Path) -> Path:
    keep_private(target)
    return target
