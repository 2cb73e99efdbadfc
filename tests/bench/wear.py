"""What a day of events writes to the disk: ``python -m tests.bench.wear`` prints it alone."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from agent.journal import Journal
from agent.journal.redo import BLOCKS
from rules.effects import Effects
from runtime.clock import ManualClock
from tests.bench.rows import Row, print_rows
from tests.bench.rules import Site, fleet, packs

A_DAY = 18_000
"""Commits with events in a day: a busy plant room. Headquarters acknowledges each before the next comes."""
APART = 24 * 3600 / A_DAY
WATCHES, SECONDS = 150, 3600
"""The load they come from: the shipped packs on some equipment, an hour of its life."""
MB = 1_000_000


def rows() -> Iterator[Row]:
    """Commit what an engine decided, one step a commit, and read what the kernel counted (proc(5), io: write_bytes)."""
    steps = decided()
    logged = asyncio.run(_written(steps, BLOCKS, 4 * BLOCKS))
    plain = asyncio.run(_written(steps, 0, BLOCKS // 2))
    yield f"the journal's disk, {A_DAY} commits a day, {APART:.1f} s apart", "measured", "aim"
    yield "written in a day", f"{logged[0] * A_DAY / MB:.0f} MB", "<= 200 MB"
    yield "bytes for each commit", f"{logged[0]:.0f}", ""
    yield "bytes for each event", f"{logged[0] / logged[1]:.0f}", ""
    yield "written in a day without the redo log", f"{plain[0] * A_DAY / MB:.0f} MB", ""


def decided() -> list[Effects]:
    """The steps of an engine that told something."""
    site, told = Site(packs(), fleet(packs(), WATCHES)), []
    step = site.engine.step

    def keep(*arguments: object) -> object:
        state, effects = step(*arguments)  # type: ignore[arg-type]
        if effects.events:
            told.append(effects)
        return state, effects

    site.start()
    site.engine.step = keep  # type: ignore[method-assign,assignment]
    site.live(SECONDS)
    return told


async def _written(steps: list[Effects], blocks: int, commits: int) -> tuple[float, float]:
    """Bytes a commit writes, and events in one; a quarter more goes before, so that the files have their size."""
    with tempfile.TemporaryDirectory(dir=sys.prefix) as directory:  # a real disk: of memory nothing is counted
        clock = ManualClock()
        journal = await Journal.open(Path(directory) / "journal.db", "gw-bench", clock, blocks=blocks)
        turns = cycle(steps)
        await _commit(journal, clock, islice(turns, commits // 4))
        before = _write_bytes()
        events = await _commit(journal, clock, islice(turns, commits))
        written = _write_bytes() - before
        await journal.close()
    return written / commits, events / commits


async def _commit(journal: Journal, clock: ManualClock, steps: Iterator[Effects]) -> int:
    count = 0
    for effects in steps:
        await clock.advance(APART)
        entries = await journal.commit(effects, clock.now())
        await journal.mark_sent(entries)
        await journal.settle("hq", entries[-1].epoch, entries[-1].seq, entries[-1].hash)
        count += len(entries)
    return count


def _write_bytes() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


if __name__ == "__main__":
    print_rows(rows())
