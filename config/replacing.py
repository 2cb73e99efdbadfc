"""Putting a new content in the place of a file of a site: whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Let ``path`` hold ``content``, with the rights it had; a power cut leaves the old one or the new one.

    Raises OSError.
    """
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    # "x": never through a link that somebody has put there.
    with fresh.open("xb") as file:
        file.write(content)
        file.flush()
        with suppress(FileNotFoundError):
            os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
        # A power cut after the rename would else leave an empty file, with which no gateway starts.
        os.fsync(file.fileno())
    os.replace(fresh, path)
