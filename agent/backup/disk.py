"""The disk under a backup: what it refuses in words of ours, and whether there is room."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import AgentError

SPARE = 64 * 1024 * 1024
"""Bytes of the disk that stay free: a gateway must be able to store events."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise AgentError where the operating system would not do something to ``path``."""
    try:
        yield
    except OSError as error:
        raise AgentError("backup.failed", path=error.filename or path, reason=error.strerror) from error


def check_room(folder: Path, size: int) -> None:
    """Raise AgentError unless ``size`` bytes and ``SPARE`` fit on the disk of ``folder``."""
    with translated(folder):
        disk = os.statvfs(folder)
    free, needed = disk.f_bavail * disk.f_frsize, size + SPARE
    if free < needed:
        raise AgentError("backup.no-room", path=folder, needed=needed // 2**20, free=free // 2**20)
