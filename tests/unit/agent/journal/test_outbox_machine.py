"""The outbox in every order of events: crashes at every step, a broker that lies, headquarters that restores a backup.

Hypothesis looks for an order that loses or doubles something.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agent.journal import Entry, Journal, Retention, Settlement
from agent.journal.retention import RetentionClass, prune_old
from config.plant import DAY
from headquarters.contract.protocol import chain, genesis
from runtime.clock import ManualClock
from runtime.errors import StoreError
from tests.soak import parts, soak
from tests.unit.delivery_fakes import crash_image, facts
from tests.unit.disk_fakes import FSYNC, FaultyDisk

T = TypeVar("T")

RETENTION = Retention(seconds={RetentionClass.ROUTINE: DAY}, consumers=("hq",))
MEMORY = Path("/dev/shm")  # noqa: S108 - a process that ends takes nothing back of what it wrote: no disk is needed
BLOCK_COUNTS = (3, 0, 50)
"""Sizes of the redo log in turn: one that is full all the time, none, one that never is."""
STEPS = st.integers(1, 25)
"""Statements into a transaction, or behind it, at which the process ends."""


class Outbox(RuleBasedStateMachine):
    """Journal and headquarters; the network between them does what the rules say."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = Path(tempfile.mkdtemp(prefix="outbox-", dir=MEMORY if MEMORY.is_dir() else None))
        self.clock = ManualClock()
        self.disk = FaultyDisk()
        self.lives = self.names = self.pruned = 0
        self.journal: Journal
        self.promised: list[str] = []
        """Names of events whose commit returned."""
        self.headquarters: dict[int, Entry] = {}
        """By seq: there is one epoch, since nothing here is lost or restored on our side."""

    @initialize()
    def begin(self) -> None:
        blocks = BLOCK_COUNTS[self.lives % len(BLOCK_COUNTS)]
        self.journal = self.run(Journal.open(self.path, "gw-1", self.clock, connect=self.disk.connect, blocks=blocks))
        self.epoch = self.journal.epoch.id

    @rule(count=st.integers(1, 4))
    def commit(self, count: int) -> None:
        names = self.fresh(count)
        self.run(self.journal.commit(facts(*names), self.clock.now()))
        self.promised += names

    @rule(count=st.integers(1, 3), step=STEPS)
    def crash_while_committing(self, count: int, step: int) -> None:
        names = self.fresh(count)
        if self.crashing(step, self.journal.commit(facts(*names), self.clock.now())):
            self.promised += names

    @rule(limit=st.integers(1, 5), step=STEPS)
    def crash_while_noting_what_was_sent(self, limit: int, step: int) -> None:
        entries = self.run(self.journal.unsent(limit))
        self.arrive(entries)
        self.crashing(step, self.journal.mark_sent(entries))

    @rule(step=STEPS)
    def crash_while_settling(self, step: int) -> None:
        self.crashing(step, self.journal.settle("hq", self.epoch, *self.watermark()))

    @rule(step=STEPS)
    def crash_while_pruning(self, step: int) -> None:
        self.crashing(step, self.prune())
        self.note_pruned()

    @rule()
    def crash(self) -> None:
        self.crashing(0, self.journal.last_position())

    @rule()
    def restart(self) -> None:
        self.run(self.journal.close())
        self.begin()

    @rule(limit=st.integers(1, 8), arriving=st.integers(0, 8), confirmed=st.integers(0, 8))
    def send(self, limit: int, arriving: int, confirmed: int) -> None:
        """What arrives and what the broker confirms have nothing to do with each other."""
        entries = self.run(self.journal.unsent(limit))
        self.arrive(entries[:arriving])
        self.run(self.journal.mark_sent(entries[:confirmed]))

    @rule(limit=st.integers(1, 3))
    def refuse(self, limit: int) -> None:
        self.run(self.journal.mark_refused(self.run(self.journal.unsent(limit))))

    @rule()
    def retry(self) -> None:
        self.run(self.journal.retry_refused())

    @rule()
    def settle(self) -> None:
        assert self.run(self.journal.settle("hq", self.epoch, *self.watermark())) is Settlement.SETTLED

    @precondition(lambda self: self.headquarters)
    @rule(lost=st.integers(1, 6))
    def headquarters_restores_a_backup(self, lost: int) -> None:
        """Only as far back as we still keep, and it says so before we prune: retention outlasts backups."""
        for seq in sorted(self.headquarters)[-lost:]:
            if seq > self.pruned:
                del self.headquarters[seq]
        self.settle()

    @rule()
    def replay(self) -> None:
        first = self.watermark()[0] + 1
        self.arrive(self.run(self.journal.read_range(self.epoch, first, first + 4)))

    @rule()
    def prune_what_is_settled(self) -> None:
        self.run(self.prune())
        self.note_pruned()

    @invariant()
    def the_chain_holds(self) -> None:
        if not hasattr(self, "journal"):
            return
        entries = self.run(self.journal.read_range(self.epoch, 1, 10_000))
        assert [entry.seq for entry in entries] == [*range(self.pruned + 1, self.journal.head + 1)]
        for before, entry in pairwise(entries):
            assert entry.previous == before.hash
        for entry in entries:
            assert entry.hash == chain(entry.previous, entry.body)
            assert self.headquarters.get(entry.seq, entry).hash == entry.hash
        if entries and entries[0].seq == 1:
            assert entries[0].previous == genesis("gw-1", self.epoch)

    @invariant()
    def the_queue_is_counted_right(self) -> None:
        if hasattr(self, "journal"):
            counted = "SELECT count(*), coalesce(sum(sent = 0), 0), coalesce(sum(sent = 0 AND refused), 0) FROM event"
            tally, count = self.run(
                self.journal.maintain(
                    lambda db: (db.execute("SELECT events, unsent, refused FROM tally").fetchone(),
                                db.execute(counted).fetchone())
                )
            )  # fmt: skip
            assert tally == count

    @invariant()
    def nothing_promised_is_missing(self) -> None:
        if hasattr(self, "journal"):
            assert (self.journal.epoch.id, self.journal.findings) == (self.epoch, [])
            assert self.journal.head >= len(self.promised)

    def teardown(self) -> None:
        """The network is good again: everything arrives, once and in order."""
        if hasattr(self, "journal"):
            self.run(self.journal.retry_refused())
            while entries := self.run(self.journal.unsent(50)):
                self.arrive(entries)
                self.run(self.journal.mark_sent(entries))
            while (first := self.watermark()[0] + 1) <= self.journal.head:
                missing = self.run(self.journal.read_range(self.epoch, first, first))
                assert missing, f"event {first} is nowhere"
                self.arrive(missing)
            arrived = [name_of(self.headquarters[seq]) for seq in sorted(self.headquarters)]
            assert [name for name in arrived if name in {*self.promised}] == self.promised
            assert len(arrived) == len({*arrived}) == self.journal.head
            self.run(self.journal.close())
        self.runner.close()
        shutil.rmtree(self.directory)

    @property
    def path(self) -> Path:
        return self.directory / f"{self.lives}.db"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def fresh(self, count: int) -> list[str]:
        self.names += count
        return [f"event {number}" for number in range(self.names - count, self.names)]

    def arrive(self, entries: list[Entry]) -> None:
        for entry in entries:
            held = self.headquarters.setdefault(entry.seq, entry)
            assert held.hash == entry.hash, "another event under the same key"

    def watermark(self) -> tuple[int, str]:
        seq, digest = 0, genesis("gw-1", self.epoch)
        while seq + 1 in self.headquarters:
            seq, digest = seq + 1, self.headquarters[seq + 1].hash
        return seq, digest

    async def prune(self) -> None:
        wall = self.clock.now().wall + 2 * DAY
        await self.journal.maintain(lambda db: prune_old(db, RETENTION, wall))

    def note_pruned(self) -> None:
        entries = self.run(self.journal.read_range(self.epoch, 1, 10_000))
        self.pruned = entries[0].seq - 1 if entries else self.journal.head

    def crashing(self, step: int, work: Coroutine[Any, Any, object]) -> bool:
        """Do ``work`` and end at its statement number ``step``; returns whether its caller heard that it was done.

        The files as they are at that moment are what the next life finds.
        """
        after = self.directory / f"{self.lives + 1}.db"
        self.disk.statements.clear()

        def die(_: str) -> None:
            if len(self.disk.statements) == step:
                self.image(after)
                self.disk.fail(FSYNC)

        self.disk.before = die
        heard = True
        try:
            self.run(work)
        except StoreError:
            heard = False
        self.disk.before = lambda _: None
        if not after.exists():
            self.image(after)
        self.run(self.journal.close())
        self.disk.heal()
        self.lives += 1
        self.begin_again()
        return heard

    def begin_again(self) -> None:
        epoch = self.epoch
        self.begin()
        assert self.epoch == epoch

    def image(self, to: Path) -> None:
        crash_image(self.path, to)
        if self.path.with_suffix(".mark").exists():
            shutil.copyfile(self.path.with_suffix(".mark"), to.with_suffix(".mark"))


def name_of(entry: Entry) -> str:
    return entry.body.decode().split('"name":"')[1].split('"')[0]


@pytest.mark.soak
@pytest.mark.parametrize(("part", "runs"), parts(20, 2_000, 100))
def test_outbox(part: int, runs: int) -> None:
    # A function, not the class: for a class Python 3.11 parses its file, which fails when another thread parses too.
    run_state_machine_as_test(
        lambda: Outbox(),
        settings=settings(
            max_examples=runs,
            stateful_step_count=soak(25, 60),
            deadline=None,
            suppress_health_check=[*HealthCheck],
        ),
    )
