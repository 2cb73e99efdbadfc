"""A gateway whose card is put back to an older image now and then, and its consumers, over a broker in memory."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from agent.journal import Journal
from headquarters.receiver import Receiver, SqliteStore, audit
from headquarters.stores.schema import TOLD_AGAIN
from runtime.clock import ManualClock
from runtime.sqlite import reading
from tests.unit.delivery_fakes import UPLINK, FakeBroker, crash_image, drive, facts, new_publisher, running_task


class Card:
    """The storage of one gateway: its journal, and images of it."""

    def __init__(self, directory: Path, clock: ManualClock, consumers: tuple[str, ...] = ("hq",)) -> None:
        self.directory = directory
        self.clock = clock
        self.consumers = consumers
        self.journal: Journal
        self.committed: list[str] = []
        """Names of the events in the timeline of the present journal."""
        self._images: list[list[str]] = []

    @property
    def path(self) -> Path:
        return self.directory / "journal.db"

    async def insert(self) -> None:
        """Start with what is on the card."""
        self.journal = await Journal.open(self.path, "gw-1", self.clock)

    async def commit(self, *names: str) -> None:
        await self.journal.commit(facts(*names), self.clock.now())
        self.committed += names

    async def snap(self) -> int:
        """Take an image of the running card; returns its number."""
        number = len(self._images)
        copy_card(self.path, self._image(number))
        self._images.append([*self.committed])
        return number

    async def kill(self) -> None:
        """Lose power, and start again."""
        copy_card(self.path, self.directory / "after.db")
        await self.journal.close()
        copy_card(self.directory / "after.db", self.path)
        await self.insert()

    async def renew(self) -> None:
        """Lose power, and start from an empty card."""
        await self.journal.close()
        for file in self.directory.glob(f"{self.path.stem}.*"):
            file.unlink()
        self.committed = []
        await self.insert()

    async def put_back(self, number: int) -> None:
        """Lose power, and start from an image."""
        await self.journal.close()
        copy_card(self._image(number), self.path)
        self.committed = [*self._images[number]]
        await self.insert()

    def _image(self, number: int) -> Path:
        return self.directory / f"image-{number}.db"


def copy_card(path: Path, to: Path) -> None:
    """All files of a journal as they are now."""
    for tail in ("", "-wal", "-shm"):
        to.with_name(to.name + tail).unlink(missing_ok=True)
    for tail in (".redo", ".mark"):
        to.with_suffix(tail).unlink(missing_ok=True)
    crash_image(path, to)
    if path.with_suffix(".mark").exists():
        shutil.copyfile(path.with_suffix(".mark"), to.with_suffix(".mark"))


class Site:
    """A card in a gateway, and headquarters."""

    def __init__(self, directory: Path, clock: ManualClock, consumers: tuple[str, ...] = ("hq",)) -> None:
        self.card = Card(directory, clock, consumers)
        self.broker = FakeBroker()
        self.clock = clock
        self.stores: dict[str, SqliteStore] = {}

    async def open(self) -> None:
        await self.card.insert()
        for consumer in self.card.consumers:
            self.stores[consumer] = await SqliteStore.open(self.store(consumer))

    async def close(self) -> None:
        await self.card.journal.close()
        for store in self.stores.values():
            await store.close()

    async def set_back(self, consumer: str, image: Path) -> None:
        """Kill this consumer, and give it an older store."""
        await self.stores[consumer].close()
        copy_card(image, self.store(consumer))
        self.stores[consumer] = await SqliteStore.open(self.store(consumer))

    def store(self, consumer: str) -> Path:
        return self.card.directory / f"{consumer}.sqlite"

    @asynccontextmanager
    async def connected(self, *consumers: str) -> AsyncIterator[None]:
        """The gateway and these consumers are connected."""
        uplink = replace(UPLINK, consumers=self.card.consumers)
        async with AsyncExitStack() as stack:
            for consumer in consumers:
                receiver = Receiver(self.broker, self.stores[consumer], consumer, self.clock)
                await stack.enter_async_context(running_task(receiver.run()))
            publisher = new_publisher(self.card.journal, self.broker, self.clock, uplink)
            await stack.enter_async_context(running_task(publisher.run()))
            yield

    async def delivered(self, *consumers: str, good: bool = True) -> None:
        """All of it is at these consumers, and nothing contradicts.

        Unless ``good``, what contradicts may be left of a journal that was put back before it could tell it again.
        What it had announced and never told is gone in any case: nothing stays pending.
        """

        def done() -> bool:
            return all(self._has_all(self.store(consumer), good=good) for consumer in consumers)

        await drive(self.clock, done, within=7200.0, step=0.5)  # as many turns as starved threads may need

    def _has_all(self, path: Path, *, good: bool) -> bool:
        report, ours = audit(path), {*self.card.committed}
        if any(epoch.gaps or epoch.pending or epoch.broken or (good and not epoch.good) for epoch in report.epochs):
            return False
        return not (ours & contradicting(path)) and ours <= {*in_effect(path)}


def contradicting(path: Path) -> set[str]:
    """Names of the events that contradict the store and did not come again."""
    with reading(path) as db:
        found = db.execute(f"SELECT body FROM conflict WHERE NOT {TOLD_AGAIN}").fetchall()  # noqa: S608 - ours
    return {str(json.loads(body)["arguments"]["name"]) for (body,) in found}


def in_effect(path: Path) -> Counter[str]:
    """Name of an event -> how often it counts: what was held already when it was told again counts once."""
    with reading(path) as db:
        held = db.execute(
            "SELECT body FROM event WHERE NOT EXISTS (SELECT 1 FROM again JOIN event AS twice"
            " ON twice.gateway = again.gateway AND twice.epoch = again.epoch AND"
            " twice.seq = again.first + event.seq - again.at WHERE again.gateway = event.gateway"
            " AND again.under = event.epoch AND event.seq BETWEEN again.at AND again.at + again.last - again.first"
            " AND twice.body = event.body)"
        ).fetchall()
    return Counter(str(json.loads(body)["arguments"]["name"]) for (body,) in held)


def abandoned(path: Path) -> list[tuple[int, int]]:
    """The ranges that the audit shows as announced, never told and gone."""
    return [one for epoch in audit(path).epochs for one in epoch.abandoned]


def told_again(path: Path) -> list[tuple[int, int]]:
    """The ranges that the audit shows as told again."""
    return [(first, last) for epoch in audit(path).epochs for first, last, _ in epoch.again]


async def settle(clock: ManualClock, seconds: float) -> None:
    """Let so many seconds pass."""
    end = clock.now().mono + seconds
    while clock.now().mono < end:
        await clock.advance(0.5)
        await asyncio.sleep(0.002)
