"""The memory of a function as rows: a head, and beside that of a window its buckets, a few to a row.

Only the last bucket of a window ever changes, and only the first ones go. So what a minute adds to a window is a head
and the rows of its newest buckets, however much the window holds.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rules.condition.scope import Instance
from rules.effects import Row
from rules.errors import PlainError
from rules.functions.buckets import Bucket, Buckets
from rules.functions.contract import Function, Memory
from rules.functions.record import Windowed
from rules.plain import Plain, from_plain, to_plain

MEMORIES = ("held", "window")
"""The tables in which functions remember."""
BUCKET = "bucket"
"""The table of the buckets of windows."""
CHUNK = 4
"""Buckets in a row: neighbours change together, and each row costs its key."""
_SPAN = re.compile(r" in [-+.\de]+\.\.[-+.\de]+")
"""The span of a signal in the key of a function."""
_CHANGE = re.compile(r"\bchange\(")
"""A function that was called ``rate``."""
NOTHING = range(0)
"""No bucket is stored."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring buckets of one window; the first has number ``first``."""

    first: int
    buckets: tuple[Bucket, ...]


def memory_rows(instance: Instance, memory: Memory, stored: range = NOTHING) -> list[Row]:
    """The rows to store where the buckets ``stored`` already are: without these, everything.

    They belong into one transaction: the head counts the buckets beside it.
    """
    function = instance.function
    if not isinstance(memory, Windowed):
        return [Row(function.table, function.key, to_plain(memory))]
    head = to_plain(memory.bare()) | {"count": len(memory.buckets.slices)}
    return [Row(function.table, function.key, head), *_bucket_rows(function.key, memory.buckets, stored)]


def forgotten_rows(function: Function, stored: range) -> list[Row]:
    """The rows that take a memory out of the store."""
    return [
        Row(function.table, function.key, None),
        *(Row(BUCKET, _key(function.key, n), None) for n in _chunks(stored)),
    ]


def numbers(memory: Memory) -> range:
    """Numbers of the buckets ``memory`` holds."""
    return memory.buckets.numbers if isinstance(memory, Windowed) else NOTHING


def owner(row: Row) -> str:
    """Key of the function a row of a memory, or of its buckets, belongs to."""
    return row.key.partition(" ")[2] if row.table == BUCKET else row.key


def renamed(rows: Iterable[Row], keys: Collection[str]) -> tuple[list[Row], list[Row]]:
    """``rows`` with the memories of version 0.1 under the ``keys`` of today, and the rows that store them so.

    Functions had other names, and keys did not name the span of a role then. Where two of today were one, what it held
    was wrong for one of them.
    """
    former: dict[str, list[str]] = {}
    for key in keys:
        for name in _former_keys(key):
            former.setdefault(name, []).append(key)
    told, changed = [], []
    for row in rows:
        now = former.get(owner(row), [])
        if row.table in (*MEMORIES, BUCKET) and owner(row) not in keys and len(now) == 1:
            moved = Row(row.table, row.key.removesuffix(owner(row)) + now[0], row.body)
            changed += [Row(row.table, row.key, None), moved]
            row = moved
        told.append(row)
    return told, changed


def _former_keys(key: str) -> set[str]:
    bare = _SPAN.sub("", key)
    return {bare} | {_CHANGE.sub("rate(", name) for name in (key, bare)}


def memory_of(function: Function, head: Plain, bodies: Iterable[Plain]) -> Memory:
    """The memory that ``memory_rows`` stored; raises PlainError when a bucket is missing or a row does not fit."""
    memory = from_plain(function.memory, head)
    if isinstance(memory, Windowed) and "count" in head:
        chunks = [from_plain(Chunk, body) for body in bodies]
        known = {number: one for chunk in chunks for number, one in enumerate(chunk.buckets, chunk.first)}
        first = memory.buckets.number
        memory.buckets.slices = [
            _bucket(known, number) for number in range(first, first + from_plain(int, head["count"]))
        ]
    return memory


def _bucket_rows(key: str, buckets: Buckets, stored: range) -> list[Row]:
    held = buckets.numbers
    gone = [chunk for chunk in _chunks(stored) if chunk not in _chunks(held)]
    # The last one stored may have grown since.
    changed = _chunks(range(max(held.start, stored.stop - 1), held.stop))
    return [Row(BUCKET, _key(key, chunk), None) for chunk in gone] + [
        Row(BUCKET, _key(key, chunk), _body(buckets, chunk)) for chunk in changed
    ]


def _body(buckets: Buckets, chunk: int) -> Plain:
    first = max(chunk * CHUNK, buckets.number)
    return to_plain(Chunk(first, tuple(buckets.slices[first - buckets.number : (chunk + 1) * CHUNK - buckets.number])))


def _chunks(of: range) -> range:
    return range(of.start // CHUNK, -(-of.stop // CHUNK)) if of else NOTHING


def _key(function: str, chunk: int) -> str:
    # What is written in the same minute stands together in the store, and shares its pages.
    return f"{chunk:010} {function}"


def _bucket(known: dict[int, Bucket], number: int) -> Bucket:
    if number not in known:
        raise PlainError("engine.bucket-missing", number=number)
    return known[number]
