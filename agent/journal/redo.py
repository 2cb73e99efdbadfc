"""The redo log: makes a commit durable with one block, so that SQLite writes its pages once in some hundred commits.

A commit of SQLite writes every page it touched, whole: some 80 KB for one alarm. The same alarm is a record of 1 KB.
So the records are what is synced before anybody hears of a commit, while the transaction of SQLite stays open and shows
everything to whoever reads through the same connection. When the log is full the transaction is committed, and the next
record takes the place of the first. After a crash what the log holds beyond the file is put into it.

Each record begins at a block of its own and goes in one synced write: a torn one hurts nothing that was told before.
All of them are one stream of deflate, flushed after each: an alarm resembles those before it, so it nearly always takes
one block.
"""

import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import structlog

from runtime.disk_file import drop_cache, sync_directory
from runtime.sqlite import Connection

BLOCK = 4096
"""Bytes a disk writes at once."""
BLOCKS = 512
"""Size of the log in blocks: forty minutes of a busy plant room (18,000 events a day), replayed in a second."""
CROWDED = 1024 * 1024
"""Bytes free on the disk below which each commit is one of the file: a full disk is noticed at once."""
NOTES = 1_000
"""Deliveries noted without a commit to go with: more are committed at once."""
HEADER = struct.Struct(">4sIIQ")
"""Magic, bytes of the content, CRC-32 of number and content, number."""
MAGIC = b"PGJ1"

log = structlog.get_logger()


@dataclass(slots=True)
class RedoRecord:
    """What one group of commits changed."""

    events: list[list[Any]] = field(default_factory=list)
    """Epoch, seq, kind, keep, body, hash, previous, boot, mono, wall, trusted: what ``writing.restore`` takes."""
    rows: list[list[Any]] = field(default_factory=list)
    """Table, key and body; a body of None deletes."""
    sent: list[tuple[str, int]] = field(default_factory=list)
    """Epoch and seq."""
    settled: list[tuple[str, str, int]] = field(default_factory=list)
    """Consumer, epoch, seq."""
    epoch: str = ""
    """The epoch that went on: only a file that knows it is the one this record belongs to."""

    @property
    def promised(self) -> bool:
        """Whether somebody waits for it: what was delivered may be forgotten, it is delivered again."""
        return bool(self.events or self.rows)


class Redo:
    """The log at ``path``; used from the thread of its database."""

    def __init__(self, path: Path, restore: Callable[[Connection, RedoRecord], object], blocks: int = BLOCKS) -> None:
        """Nothing is read or made yet; ``restore`` writes a record into a file that lacks it.

        Without ``blocks`` there is no log, and every commit is one of SQLite.
        """
        self.path = path
        self._restore = restore
        self.pending = RedoRecord()
        """What was changed since the last ``keep``, ``commit`` or ``failed``."""
        self._size = blocks * BLOCK
        self._end = 0
        self._packer = zlib.compressobj()
        self._usable = False
        self._number: int | None = None
        """Of the last record or commit this process knows to be on the disk."""
        self._changes = 0

    def records(self) -> list[tuple[int, RedoRecord]]:
        """The numbered records that can be read, up to the first damage; none behind what this process confirmed."""
        try:
            content = self.path.read_bytes()
        except OSError:
            return []
        drop_cache(self.path)
        return [one for one in _records(content) if self._number is None or one[0] <= self._number]

    def opened(self, connection: Connection) -> None:
        """Put into a file just opened what it lacks, and begin the log anew.

        A file that is an older copy lacks more than the log holds: then nothing is put in, and its mark tells.
        """
        connection.execute("BEGIN IMMEDIATE")
        applied, records = read_applied(connection), self.records()
        for number, record in records:
            if number == applied + 1 and _fits(connection, record):
                self._restore(connection, record)
                applied = number
        self._number, self._changes = max([applied, *(number for number, _ in records)]), -1
        self.commit(connection)
        self._make()

    def keep(self) -> bool:
        """Make what is pending durable without the file; False when only a commit can."""
        if not self.pending.promised:
            return len(self.pending.sent) + len(self.pending.settled) < NOTES
        number = (self._number or 0) + 1
        packer = self._packer.copy()  # a record that is not kept is no part of the stream
        packed = _packed(number, self.pending, packer)
        if not self._usable or self._end + len(packed) > self._size or self._crowded():
            return False
        try:
            self._write(packed, self._end)
        except OSError as error:
            log.error("store.redo", path=str(self.path), reason=str(error))
            self._usable = False
            return False
        self._end, self._packer = self._end + len(packed), packer
        self._number, self.pending = number, RedoRecord()
        return True

    def commit(self, connection: Connection) -> None:
        """Commit the transaction, which holds all records so far; the next one takes the place of the first.

        A commit that is no record has a number too: a file without it does not take the records behind it.
        """
        changed, number = connection.total_changes != self._changes, (self._number or 0) + 1
        if changed:
            values = ("applied", str(number))
            connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", values)
        connection.execute("COMMIT")
        if changed:
            self._number, self._changes = number, connection.total_changes
            self._end, self._packer = 0, zlib.compressobj()
        self.pending = RedoRecord()

    def failed(self) -> None:
        """What was pending has been taken back, and what is in the log only must be brought in again."""
        self.pending = RedoRecord()

    def _crowded(self) -> bool:
        """Whether the disk is so full that a commit should say so now, and not the last of some hundred."""
        try:
            disk = os.statvfs(self.path.parent)
        except OSError:
            return True
        return disk.f_bavail * disk.f_frsize < CROWDED

    def _make(self) -> None:
        """Fill the log with zeros once, so that no record can find the disk full; without room there is no log.

        What was written or read in one piece the kernel also keeps, and writes again, in one: it must forget it.
        """
        self._usable = False
        with suppress(OSError):
            if self._size and not (self.path.is_file() and self.path.stat().st_size == self._size):
                self.path.unlink(missing_ok=True)
                self._write(bytes(self._size), 0)
                drop_cache(self.path)
                sync_directory(self.path.parent)
            self._usable = self._size > 0

    def _write(self, content: bytes, at: int) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_DSYNC | os.O_NOFOLLOW, 0o600)
        try:
            os.pwrite(descriptor, content, at)
        finally:
            os.close(descriptor)


def read_applied(connection: Connection) -> int:
    """Number of the newest record or commit that is in the file."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'applied'").fetchone()
    return int(found[0]) if found else 0


def beyond(
    records: Sequence[tuple[int, RedoRecord]], applied: int | None, head: Callable[[str], int]
) -> list[RedoRecord]:
    """The records that a damaged file lacks.

    Which one it got last is read from it, or if that cannot be (None) from the first event it does not know.
    """
    kept = [record for number, record in records if applied is None or number > applied]
    if applied is not None:
        return kept
    new = (at for at, one in enumerate(kept) if any(event[1] > head(event[0]) for event in one.events))
    return kept[next(new, len(kept)) :]


def _fits(connection: Connection, record: RedoRecord) -> bool:
    """Whether a record goes on where the file ends."""
    query = "SELECT head, hash FROM epoch WHERE epoch = ?"
    found = connection.execute(query, (record.epoch,)).fetchone()
    if found is None or not record.events:
        return found is not None
    first = record.events[0]
    return bool((first[1] - 1, first[6]) == (found[0], found[1].hex()))


def _packed(number: int, record: RedoRecord, packer: "zlib._Compress") -> bytes:
    plain = json.dumps(asdict(record), ensure_ascii=False).encode("utf-8", "surrogatepass")
    content = packer.compress(plain) + packer.flush(zlib.Z_SYNC_FLUSH)
    size = HEADER.size + len(content)
    return (HEADER.pack(MAGIC, len(content), _crc(number, content), number) + content).ljust(_whole(size), b"\0")


def _records(content: bytes) -> Iterator[tuple[int, RedoRecord]]:
    at, last, unpacker = 0, None, zlib.decompressobj()
    while at + HEADER.size <= len(content):
        magic, size, crc, number = HEADER.unpack_from(content, at)
        packed = content[at + HEADER.size : at + HEADER.size + size]
        if magic != MAGIC or _crc(number, packed) != crc or last not in (None, number - 1):
            return
        try:
            record = RedoRecord(**json.loads(unpacker.decompress(packed).decode("utf-8", "surrogatepass")))
        except (zlib.error, ValueError, TypeError):
            return  # of another stream, or of another program
        yield number, record
        at, last = at + _whole(HEADER.size + size), number


def _whole(size: int) -> int:
    """``size`` in whole blocks."""
    return -(-size // BLOCK) * BLOCK


def _crc(number: int, content: bytes) -> int:
    return zlib.crc32(content, number & 0xFFFFFFFF)
