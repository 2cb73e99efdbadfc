"""Reading the files of a site: regular files, up to a limit. A pipe would be waited for, a device never end."""

import os
import stat
from pathlib import Path


class NotRegular(OSError):
    """It is a pipe, a device, a socket or a directory."""


def read_regular(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of a regular file and one more when there are more. Raises OSError, NotRegular."""
    # Without O_NONBLOCK the opening of a pipe waits for somebody to write into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegular
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(descriptor)


def leads_out(path: Path, directory: Path) -> bool:
    """Whether ``path``, which is written below ``directory``, is really a file outside it."""
    try:
        return path.is_relative_to(directory) and not path.resolve().is_relative_to(directory.resolve())
    except (OSError, RuntimeError):
        # A loop of links leads nowhere: reading it says so.
        return False
