"""The files of a site, below its folder: one way to find them for whoever copies, counts or backs them up."""

import os
from collections.abc import Iterator
from pathlib import Path


def site_files(directory: Path) -> Iterator[Path]:
    """Every file that belongs to a site, in order: nothing hidden, and not the state of a gateway that lies in it.

    A link to a folder is one of them; what lies behind it is not.
    """
    for folder, folders, files in os.walk(directory):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _is_state(here / name))
        links = [name for name in folders if (here / name).is_symlink()]
        yield from (here / name for name in sorted([*files, *links]) if not name.startswith("."))


def _is_state(folder: Path) -> bool:
    return folder.name == "plantgate-state" or (folder / "journal.db").exists()
