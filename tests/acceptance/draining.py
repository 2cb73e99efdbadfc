"""Gateways that empty their backlogs at once over a real broker while alarms are raised; seen from headquarters."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from agent.journal import Journal
from agent.uplink.publisher import Publisher
from rules.effects import Effects
from runtime.clock import Clock
from runtime.mqtt.client import Broker, Login
from runtime.sqlite import reading
from tests.unit.delivery_fakes import IDENTITY, UPLINK, alarm_about, running_task

COMMITTED_AT_ONCE = 200
LIVE_EVERY = 0.25
"""Seconds between two alarms, of one gateway after the other."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What was seen."""

    stored: int
    seconds: float
    live: int
    """Alarms raised meanwhile."""
    between: int
    """Most events of the past that headquarters took in between the commit of an alarm and its own."""
    slowest: float
    """Seconds from the one to the other, at most."""
    usual: float
    """Of 99 in 100 of them, at most."""


class Gateway:
    """A journal with a backlog, and its publisher."""

    def __init__(self, name: str, directory: Path, url: str) -> None:
        self.name = name
        self._path = directory / f"{name}.db"
        self._broker = Broker(url, Login(f"draining-{name}"))
        self._clock = Clock()
        self.journal: Journal
        self.publisher: Publisher

    async def fill(self, count: int) -> None:
        """Commit so many events."""
        self.journal = await Journal.open(self._path, self.name, self._clock)
        uplink, identity = replace(UPLINK, backlog_rate=1e6), replace(IDENTITY, gateway=self.name)
        self.publisher = Publisher(self.journal, uplink, identity, self._broker, self._clock)
        for first in range(0, count, COMMITTED_AT_ONCE):
            several = range(first, min(count, first + COMMITTED_AT_ONCE))
            facts = [fact for number in several for fact in alarm_about(f"old-{number}/W01").events]
            await self.journal.commit(Effects(events=facts), self._clock.now())

    async def alarm(self, name: str) -> None:
        await self.journal.commit(alarm_about(name), self._clock.now())


async def drain(url: str, hq: Path, directory: Path, gateways: int, events: int) -> Drained:
    """Let ``gateways`` empty ``events`` each into the store ``hq`` of a receiver that is running."""
    sites = [Gateway(f"gw-{number}", directory, url) for number in range(gateways)]
    raised: dict[str, tuple[float, int]] = {}
    arrived: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        for site in sites:
            await site.fill(events)
            stack.push_async_callback(site.journal.close)
        began = time.monotonic()  # noqa: TID251 - measures other processes
        for site in sites:
            await stack.enter_async_context(running_task(site.publisher.run()))
        while _stored(hq) == 0:  # noqa: ASYNC110 - another process tells no event
            await asyncio.sleep(0.01)
        turn = 0
        while (stored := _stored(hq)) < gateways * events + len(raised) or len(arrived) < len(raised):
            if stored < gateways * events:
                name = f"live-{turn}/W01"
                raised[name] = time.monotonic(), stored  # noqa: TID251
                await sites[turn % gateways].alarm(name)
                turn += 1
            await _look(hq, raised, arrived)
    numbers = dict(_numbers(hq))
    past = [numbers[name] - stored - _live_before(numbers, name, stored) - 1 for name, (_, stored) in raised.items()]
    took = time.monotonic() - began  # noqa: TID251
    waits = sorted(arrived[name] - at for name, (at, _) in raised.items())
    return Drained(_stored(hq), took, len(raised), max(past), waits[-1], waits[int(0.99 * (len(waits) - 1))])


async def _look(hq: Path, raised: dict[str, tuple[float, int]], arrived: dict[str, float]) -> None:
    """Note what has arrived, for a while."""
    end = time.monotonic() + LIVE_EVERY  # noqa: TID251
    while time.monotonic() < end:  # noqa: TID251
        if len(arrived) < len(raised):
            at = time.monotonic()  # noqa: TID251
            for name, _ in _numbers(hq):
                arrived.setdefault(name, at)
        await asyncio.sleep(0.02)


def _live_before(numbers: dict[str, int], name: str, stored: int) -> int:
    """Other alarms among what was stored before this one."""
    return sum(stored < number < numbers[name] for number in numbers.values())


def _stored(hq: Path) -> int:
    """Rows are numbered in the order in which they were stored."""
    if not hq.exists():
        return 0
    with reading(hq) as db:
        return int(db.execute("SELECT coalesce(max(rowid), 0) FROM event").fetchone()[0])


def _numbers(hq: Path) -> Iterator[tuple[str, int]]:
    """The alarms of now, each with the number of its row."""
    query = "SELECT id, event.rowid FROM current JOIN event USING (gateway, epoch, seq) WHERE id LIKE 'live-%'"
    with reading(hq) as db:
        yield from db.execute(query).fetchall()
