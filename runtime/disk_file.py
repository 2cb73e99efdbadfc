"""Files as the operating system sees them: who may read them, whether they are on the disk, what the kernel holds."""

import os
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
"""Mode of our files: their owner reads and writes them, nobody else does anything."""


def drop_cache(path: Path) -> None:
    """Make the kernel forget what it holds of a file and its log, so that the next look is at the disk itself."""
    for name in (path, path.with_name(path.name + "-wal")):
        with suppress(OSError):
            descriptor = os.open(name, os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def keep_private(path: Path) -> None:
    """Let only the owner read the file, whatever the umask; SQLite gives its log and index the mode of the file."""
    for tail in ("", "-wal", "-shm"):
        with suppress(OSError):  # a disk that cannot be written keeps what it has
            flags = os.O_RDWR | os.O_CLOEXEC | (0 if tail else os.O_CREAT)
            descriptor = os.open(path.with_name(path.name + tail), flags, PRIVATE)
            try:
                os.fchmod(descriptor, PRIVATE)
            finally:
                os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of what has this name; None when nothing has."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
