"""The power fails while the journal is written, again and again on one disk: what was committed is there."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import TextIO

import pytest

from agent.journal import Journal
from agent.journal.examine import examine
from runtime.clock import ManualClock
from tests.acceptance.committing import BEHIND, TOLD
from tests.acceptance.figures import Noting
from tests.acceptance.loopdisk import LoopDisk
from tests.soak import parts

CUTS = parts(5, 500, 25)
"""Each part on a disk of its own."""
LONGEST = 0.4
"""Seconds of writing before the power fails, at most."""

Told = tuple[str, int, str, int]
"""What the process has been told is durable: epoch, seq, hash, and the number in its state row."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LoopDisk]:
    made = LoopDisk(tmp_path, 64)
    yield made
    made.discard()


@pytest.mark.soak
@pytest.mark.parametrize(("part", "cuts"), CUTS)
async def test_nothing_committed_is_lost_by_a_power_cut(disk: LoopDisk, figures: Noting, part: int, cuts: int) -> None:
    journal, chance, committed = disk.path / "journal.db", random.Random(1 + part), 0  # noqa: S311 - the same each run
    for number in range(cuts):
        told = cut_while_committing(disk, journal, number, chance.random() * LONGEST)
        disk.unmount()
        disk.mount()
        await assert_kept(journal, told)
        committed += len(told)
    figures.note("power cut while committing", cuts=cuts, commits_told_before=committed, lost=0)
    assert committed >= cuts


def cut_while_committing(disk: LoopDisk, journal: Path, seed: int, seconds: float) -> list[Told]:
    """Let a process commit, cut the power after so long, and return what it had been told was durable before.

    Not what it is told meanwhile: an fsync under way while ext4 is shut down may report success for what is dropped.
    SQLite alone loses its last commit so too, in about one cut of eight on a loaded machine.
    """
    command = (sys.executable, "-m", "tests.acceptance.committing", str(journal), str(seed))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline()]
        reader = Thread(target=_read, args=(process.stdout, lines))
        reader.start()
        time.sleep(seconds)  # noqa: TID251 - the power fails at no particular moment
        before = len(lines)
        disk.cut()
        reader.join(30)
    told = [line.split() for line in lines[:before] if line.startswith(TOLD)]
    return [(epoch, int(seq), digest, int(number)) for _, epoch, seq, digest, number in told]


def _read(source: TextIO, lines: list[str]) -> None:
    for line in source:
        lines.append(line)


async def assert_kept(path: Path, told: list[Told]) -> None:
    journal = await Journal.open(path, "gw-1", ManualClock())
    try:
        await assert_holds(journal, told)
    finally:
        await journal.close()
    examine(path, Event(), pause=0.0)


async def assert_holds(journal: Journal, told: list[Told]) -> None:
    assert journal.durable
    assert journal.findings == []
    assert {epoch for epoch, *_ in told} == {journal.epoch.id}
    assert journal.head >= told[-1][1]
    held = {entry.seq: entry.hash for entry in await journal.read_range(journal.epoch.id, 1, journal.head)}
    pruned = [seq for _, seq, *_ in told if seq not in held]
    assert all(held[seq] == digest for _, seq, digest, _ in told if seq in held)
    assert not pruned or max(pruned) <= told[-1][1] - BEHIND
    (row,) = await journal.load_rows()
    assert row.body is not None
    assert row.body["n"] >= told[-1][3]
