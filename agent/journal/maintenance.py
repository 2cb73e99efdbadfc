"""Looks after the journal while the gateway works: mends trouble, checks the file, prunes what has had its time."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event as ThreadEvent

import structlog

from agent.journal.copying import Told, copy_file, note_copy
from agent.journal.examine import examine
from agent.journal.journal import Journal
from agent.journal.numbering import StoreFinding, forget_untold
from agent.journal.reserve import Reserve
from agent.journal.retention import Retention, probe, prune_for_space, prune_old, used_bytes, vacuum
from agent.journal.storefile import BEYOND_REPAIR
from runtime.clock import Clock
from runtime.errors import StoreError
from runtime.sqlite import UNTRUSTED, Connection
from runtime.supervisor import Backoff, keep_trying, running

RETRY_FIRST, RETRY_CAP = 1.0, 10.0
"""Seconds between attempts to get a disk back."""
LOOK_EVERY = 5.0
"""Seconds between two looks whether the file in use still has its name."""
UPKEEP_EVERY = 600.0
"""Seconds between two rounds of pruning."""
BREATH = 0.05
"""Seconds between two transactions of upkeep: commits go between them."""
ROUNDS_FOR_SPACE = 5
"""Transactions of pruning that must make room before memory is the better place."""

log = structlog.get_logger()


class JournalMaintenance:
    """Keeps ``journal`` alive, whatever the disk does."""

    def __init__(self, journal: Journal, clock: Clock, retention: Retention | None = None) -> None:
        """Nothing is looked at before ``run``."""
        self.on_findings: Callable[[list[StoreFinding]], object] = lambda _: None
        """Told what headquarters must hear about the store."""
        self.on_returned: Callable[[], object] = lambda: None
        """Told that a file is in use again: everything durable should be written once more."""
        self.tight = False
        """Whether the disk is full and the reserve in use: what is no event should make way."""
        self._journal = journal
        self._clock = clock
        self.retention = retention or Retention()
        self._reserve = Reserve(journal.file.path.with_suffix(".reserve"))
        self._told_lost = 0
        self._unchecked = asyncio.Event()
        self._unchecked.set()
        self._damaged = False
        self.stopped = ThreadEvent()
        """Set when ``run`` ends: threads look at it."""
        self.checked = False
        """Whether the file in use was read from end to end since it was opened."""

    async def run(self) -> None:
        """Mend what breaks, until cancelled."""
        try:
            async with running(
                {"journal upkeep": self._upkeep(), "journal check": self._check(), "journal name": self._watch()}
            ):
                while True:
                    self._tell()
                    await self._journal.trouble.wait()
                    await self.mend()
        finally:
            self.stopped.set()

    @property
    def storage(self) -> str:
        """``durable``, ``tight`` or ``volatile``: how safe new events are, as class ``gateway`` names it."""
        if not self._journal.durable:
            return "volatile"
        return "tight" if self.tight else "durable"

    def plain(self) -> dict[str, object]:
        """As JSON values for ``status``."""
        journal = self._journal
        error = journal.error
        fault = {"fault": error.code, "fault_arguments": error.particulars} if error is not None else {"fault": ""}
        kept = 0 if journal.durable else journal.head
        return {"durable": journal.durable, **fault, "volatile_events": kept, "tight": self.tight}

    async def mend(self) -> None:
        """End the trouble there is: make room, or go on in memory until a file can be used again."""
        if self._journal.durable:
            if await self._made_room():
                return
            await self._journal.fall_back()
        self._tell()
        self._damaged |= self._journal.error is not None and self._journal.error.code in BEYOND_REPAIR
        backoff = Backoff(RETRY_FIRST, RETRY_CAP)
        await keep_trying("journal", self._return, expected=(StoreError,), clock=self._clock, backoff=backoff)
        self.on_returned()
        self.checked = False
        self._unchecked.set()

    async def upkeep(self) -> None:
        """One round: prune what has had its time, keep the file within its size, give unused room back."""
        retention = self.retention
        if self._journal.durable:
            await self._journal.maintain(forget_untold)
        wall = self._clock.now().wall if self._clock.trusted else 0.0
        await self._repeat(lambda db: prune_old(db, retention, wall))
        await self._repeat(lambda db: used_bytes(db) > retention.bytes_allowed and prune_for_space(db, retention))
        await self._repeat(vacuum)
        if await asyncio.to_thread(self._reserve.hold) and self.tight:
            self.tight = False
            self._journal.findings.append(StoreFinding("agent.store-room", {}))
        self._tell()

    async def check(self) -> None:
        """Read the whole file once, beside its work; damage becomes trouble."""
        try:
            await asyncio.to_thread(examine, self._journal.file.path, self.stopped)
        except StoreError as error:
            log.warning("journal.check", error=error.code, reason=str(error))
            if error.code in UNTRUSTED:
                self._journal.report(error)
        else:
            self.checked = True

    async def copy(self, target: Path, told: Told) -> None:
        """Copy the journal as it is now into the file ``target``, beside its work. Raises StoreError."""
        if not self._journal.durable:
            raise StoreError("store.volatile", path=target)
        await self._journal.maintain(note_copy)
        await asyncio.to_thread(copy_file, self._journal.file.path, target, told)

    async def _return(self) -> None:
        file = self._journal.file
        if self._damaged:
            await asyncio.to_thread(file.replace, int(self._clock.now().wall), self.stopped)
            self._damaged = False
        try:
            database, findings = await file.reopen()
            moved = await self._journal.return_to_disk(database)
        except StoreError as error:
            self._damaged = (await file.judged(error)).code in BEYOND_REPAIR
            raise
        given_up, self._told_lost = self._journal.lost - self._told_lost, self._journal.lost
        if given_up:
            findings.append(StoreFinding("agent.events-lost", {"count": str(given_up)}))
        self._journal.findings += [*findings, StoreFinding("agent.store-durable", {"events": str(moved)})]

    async def _made_room(self) -> bool:
        """Whether a full disk takes events again, after the reserve and what headquarters has long had are given up."""
        if self._journal.error is None or self._journal.error.code != "store.full":
            return False
        await asyncio.to_thread(self._reserve.release)
        if not self.tight:
            self._journal.findings.append(StoreFinding("agent.store-tight", {}))
        self.tight = True
        try:
            for _ in range(ROUNDS_FOR_SPACE):
                await self._journal.maintain(lambda db: prune_for_space(db, self.retention))
            await self._journal.maintain(probe)
        except StoreError:
            return False
        self._journal.cleared()
        return True

    async def _upkeep(self) -> None:
        while True:
            try:
                await self.upkeep()
            except StoreError as error:
                log.warning("journal.upkeep", error=error.code)
            await self._clock.real_sleep(UPKEEP_EVERY)

    async def _check(self) -> None:
        while True:
            await self._unchecked.wait()
            self._unchecked.clear()
            if self._journal.durable:
                await self.check()

    async def _watch(self) -> None:
        # What is committed is looked at with each commit; between two nobody else would notice.
        while True:
            await self._clock.real_sleep(LOOK_EVERY)
            if self._journal.durable:
                try:
                    await asyncio.to_thread(self._journal.file.verify)
                except StoreError as error:
                    self._journal.report(error)

    async def _repeat(self, work: Callable[[Connection], object]) -> None:
        while await self._journal.maintain(work):
            await self._clock.real_sleep(BREATH)

    def _tell(self) -> None:
        if findings := self._journal.take_findings():
            for finding in findings:
                log.warning(finding.code, **finding.arguments)
            self.on_findings(findings)
