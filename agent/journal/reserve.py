"""Room kept free for events: a file that is given up when the disk is full."""

import os
import shutil
from pathlib import Path

BYTES = 8 * 1024 * 1024
"""About a day of a busy plant room, its log included."""
SHARE = 8
"""The reserve takes at most this part of what is free, and comes back when SHARE times its size is free."""


class Reserve:
    """The file at ``path``. None of its methods raises: a disk that refuses has been reported already."""

    def __init__(self, path: Path) -> None:
        """Nothing is made yet."""
        self.path = path

    def hold(self) -> bool:
        """Take the room if the disk has plenty; returns whether it is held now."""
        if self.path.exists():
            return True
        try:
            free = shutil.disk_usage(self.path.parent).free
            return self._make(min(BYTES, free // SHARE)) if free > BYTES // SHARE else False
        except OSError:
            return False

    def release(self) -> bool:
        """Give the room to whoever writes next; returns whether there was any."""
        try:
            self.path.unlink()
        except OSError:
            return False
        return True

    def _make(self, size: int) -> bool:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError:
            self.release()
            return False
        finally:
            os.close(descriptor)
        return True
