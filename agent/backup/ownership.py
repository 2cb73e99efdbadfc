"""Whose the things are that root makes for a gateway: of the account the gateway runs as, or it could not read them."""

import os
from pathlib import Path


def give(path: Path, like: Path) -> None:
    """Let the owner of ``like`` own ``path``; nobody but root can give anything away. Raises OSError."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those it lies in, closed to all but the owner of the one above them. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        give(folder, folder.parent)
