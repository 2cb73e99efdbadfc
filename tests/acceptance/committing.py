"""A process that only commits: ``python -m tests.acceptance.committing JOURNAL SEED``.

Prints one line for each event once ``commit`` has returned: epoch, seq and hash. Sends, settles and prunes in between,
so that a power cut finds the journal at every kind of work.
"""

import asyncio
import random
import sys
from pathlib import Path

from agent.journal import Journal, Retention
from agent.journal.retention import RetentionClass, prune_old
from config.plant import DAY
from rules.effects import Effects, Row
from rules.facts import SystemFact, When
from runtime.clock import Clock
from runtime.errors import StoreError

TOLD = "told"
"""How a line about a committed event begins; others are the log."""
BEHIND = 30
"""Events headquarters has not acknowledged yet."""
RETENTION = Retention(seconds={RetentionClass.ROUTINE: 0.0}, consumers=("hq",))


async def main(path: Path, seed: int) -> None:
    """Commit until the disk is gone."""
    chance, clock = random.Random(seed), Clock()  # noqa: S311 - the same work in each run
    journal = await Journal.open(path, "gw-1", clock)
    number = 0
    try:
        while True:
            number += 1
            await work(journal, clock, number, chance)
    except StoreError:
        return


async def work(journal: Journal, clock: Clock, number: int, chance: random.Random) -> None:
    """One commit and perhaps some upkeep."""
    at = clock.now()
    when = When(at.wall, at.trusted, at.boot, at.mono)
    events = [SystemFact("test", {"text": "水" * chance.randrange(400)}, when) for _ in range(chance.randrange(1, 4))]
    entries = await journal.commit(Effects([Row("counter", "n", {"n": number})], [*events]), at)
    for entry in entries:
        print(TOLD, entry.epoch, entry.seq, entry.hash, number, flush=True)
    if number % 7 == 0:
        await journal.mark_sent(entries)
    if number % 11 == 0:
        last = max(1, journal.head - BEHIND)
        (settled,) = await journal.read_range(journal.epoch.id, last, last)
        await journal.settle("hq", settled.epoch, settled.seq, settled.hash)
        await journal.maintain(lambda db: prune_old(db, RETENTION, at.wall + DAY))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
