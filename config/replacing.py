"""Putting a new content in the place of a file of a site: whole or not at all."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from config.errors import ConfigError
from drivers.points import Finding


def replace_file(path: Path, content: bytes) -> None:
    """Let ``path`` hold ``content``, with the rights and, where we may, the owner it had.

    A power cut leaves the old one or the new one.

    Raises OSError.
    """
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    # "x": never through a link that somebody has put there.
    with fresh.open("xb") as file:
        file.write(content)
        file.flush()
        with suppress(FileNotFoundError):
            _like(file.fileno(), path.stat())
        # A power cut after the rename would else leave an empty file, with which no gateway starts.
        os.fsync(file.fileno())
    os.replace(fresh, path)


def exchange_file(path: Path, before: bytes, after: bytes) -> None:
    """Let ``path`` hold ``after`` instead of ``before``, durable on return.

    Raises ConfigError when somebody has changed it meanwhile, OSError; then nothing was written.
    """
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Of two that come at once the second finds what the first has written.
        fcntl.flock(directory, fcntl.LOCK_EX)
        if path.read_bytes() != before:
            raise ConfigError([Finding("edit.changed", arguments={"file": path.name})])
        replace_file(path, after)
        os.fsync(directory)
    finally:
        os.close(directory)


def _like(descriptor: int, known: os.stat_result) -> None:
    """Give a file the rights of another; a group that may read it may do so afterwards."""
    os.fchmod(descriptor, known.st_mode & 0o777)
    for owner in (known.st_uid, -1):
        with suppress(PermissionError):
            os.fchown(descriptor, owner, known.st_gid)
            return
