"""How bodies are stored: deflated against a dictionary the store learns from its own events.

The bodies of a plant room differ in times and values and repeat everything else, most of it sentences in two
languages. Deflate sees 32 KiB back, which is the newest body of some thirty different alarms: with those as preset
dictionary (zlib.net/manual.html, deflateSetDictionary) a body shrinks to a tenth, without to two thirds.
"""

import zlib
from collections.abc import Iterable

from runtime.sqlite import Connection

LARGEST = 32 * 1024
"""Bytes of a dictionary: the window of deflate."""
LEARN_FIRST, LEARN_EVERY = 100, 10_000
"""Events after which the first dictionary is made, and each further one."""
SAMPLED = 1_000
"""Newest events a dictionary is learnt from."""
FAMILIAR = 4
"""A body that shrinks to less than 1/FAMILIAR teaches nothing new."""
PLAIN = 0
"""Reference of the empty dictionary: its CRC."""
CACHED = 8
"""Dictionaries kept in memory."""


def pack(body: bytes, dictionary: bytes) -> bytes:
    """The body as stored."""
    packer = zlib.compressobj(
        6, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY, dictionary
    )
    return packer.compress(body) + packer.flush()


def unpack(packed: bytes, dictionary: bytes) -> bytes:
    """The body again. Raises zlib.error; damage that yields another body is for the hash to find."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, dictionary)
    return unpacker.decompress(packed) + unpacker.flush()


def learn(bodies: Iterable[bytes]) -> bytes:
    """A dictionary of the bodies, newest first, that do not resemble one already in it."""
    dictionary = b""
    for body in bodies:
        if len(dictionary) + len(body) > LARGEST:
            break
        if len(pack(body, dictionary)) * FAMILIAR > len(body):
            dictionary = body + dictionary
    return dictionary


class Dictionaries:
    """The dictionaries of one database, as its thread sees them.

    A dictionary is referred to by its CRC-32, so what was once read stays right whatever is rolled back.
    """

    def __init__(self) -> None:
        """Nothing read yet."""
        self._read: dict[int, bytes] = {PLAIN: b""}

    def newest(self, db: Connection) -> tuple[int, bytes]:
        """Reference and bytes of the dictionary new bodies are packed with."""
        found = db.execute("SELECT ref FROM dictionary ORDER BY rowid DESC LIMIT 1").fetchone()
        ref = PLAIN if found is None else found[0]
        try:
            return ref, self.get(db, ref)
        except KeyError:
            return PLAIN, b""

    def get(self, db: Connection, ref: int) -> bytes:
        """The bytes of one. Raises KeyError when both its copies are damaged."""
        if ref not in self._read:
            if len(self._read) > CACHED:
                self._read = {PLAIN: b""}
            self._read[ref] = _load(db, ref)
        return self._read[ref]


def add_dictionary(db: Connection, dictionary: bytes) -> None:
    """Pack new bodies with this one from now on."""
    rows = [(zlib.crc32(dictionary), copy, dictionary) for copy in (1, 2)]
    db.executemany("INSERT OR IGNORE INTO dictionary (ref, copy, bytes) VALUES (?, ?, ?)", rows)


def _load(db: Connection, ref: int) -> bytes:
    for (found,) in db.execute("SELECT bytes FROM dictionary WHERE ref = ? ORDER BY copy", (ref,)):
        if zlib.crc32(found) == ref:
            return bytes(found)
    raise KeyError(ref)
