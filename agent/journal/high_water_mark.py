"""How far the journal had got, in a tiny file beside it: what the journal itself can no longer say after damage.

Two slots are written in turn, each synced before anybody hears of a commit, so a torn write leaves the other one. The
file never grows: a full disk does not stop it.
"""

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from runtime.disk_file import drop_cache, sync_directory

SLOT = 4096
"""Bytes of a slot: one block of any file system we run on."""
EPOCHS = 32
"""Newest epochs whose heads are kept in a mark."""


@dataclass(frozen=True, slots=True)
class HighWaterMark:
    """The journal as of a commit."""

    gateway: str
    epoch: str
    head: int
    hash: str
    """Of the event ``head``."""
    heads: Mapping[str, int] = field(default_factory=dict)
    """Head of each of the newest epochs, this one included."""


class HighWaterMarkFile:
    """The file at ``path``. Used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Nothing is read or made yet."""
        self.path = path
        self._turn = 0

    def read(self) -> HighWaterMark | None:
        """The newest readable mark; None when there is none."""
        try:
            content = self.path.read_bytes()
        except OSError:
            return None
        drop_cache(self.path)  # read in one piece it would be kept, and written again, in one
        found = [slot for slot in map(_parse, (content[:SLOT], content[SLOT : 2 * SLOT])) if slot is not None]
        if not found:
            return None
        self._turn, mark = max(found, key=lambda slot: slot[0])
        return mark

    def write(self, mark: HighWaterMark) -> None:
        """Keep ``mark``, durable on return. Raises OSError."""
        turn = self._turn + 1
        content = json.dumps({"turn": turn, **asdict(mark)}).encode()
        record = f"{zlib.crc32(content):08x} ".encode() + content
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_DSYNC, 0o600)
        try:
            fresh = os.fstat(descriptor).st_size == 0
            if fresh:
                os.pwrite(descriptor, bytes(SLOT), (turn + 1) % 2 * SLOT)
            os.pwrite(descriptor, record.ljust(SLOT, b"\0"), turn % 2 * SLOT)
        finally:
            os.close(descriptor)
        if fresh:
            sync_directory(self.path.parent)
        self._turn = turn


def _parse(slot: bytes) -> tuple[int, HighWaterMark] | None:
    crc, _, content = slot.rstrip(b"\0").partition(b" ")
    if crc != f"{zlib.crc32(content):08x}".encode():
        return None
    try:
        fields = json.loads(content)
        return fields.pop("turn"), HighWaterMark(**fields)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # of another version
