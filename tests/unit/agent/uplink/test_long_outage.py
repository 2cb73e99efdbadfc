"""Thirty days without headquarters, in scaled time, with a restart each day: then everything, once, in order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from agent.journal import Journal
from headquarters.receiver import ArrivalVerdict, Received, Receiver, SqliteStore, audit
from runtime.clock import ManualClock
from tests.soak import soak
from tests.unit.delivery_fakes import FakeBroker, alarm_about, complete, drive, head, new_publisher, running_task

pytestmark = pytest.mark.soak

DAYS = 30
HOURLY = soak(4, 600)
"""Alarm events an hour; the long form is the 10 a minute of the issue: 432,000."""
HOUR = 3600.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "hq.db")
    yield opened
    await opened.close()


async def live_through(path: Path, clock: ManualClock) -> None:
    """A month of alarms; every day the gateway starts anew."""
    for _ in range(DAYS):
        journal = await Journal.open(path, "gw-1", clock)
        for hour in range(24):
            effects = alarm_about(f"tank-{hour}/W01")
            await journal.commit(replace(effects, events=effects.events * HOURLY), clock.now())
            clock.set(mono=clock.now().mono + HOUR, wall=clock.now().wall + HOUR)
        await journal.close()


async def test_a_month_without_headquarters(tmp_path: Path, store: SqliteStore) -> None:
    clock, broker, hq, path = ManualClock(), FakeBroker(), tmp_path / "hq.db", tmp_path / "journal.db"
    began = clock.now().wall
    await live_through(path, clock)
    journal = await Journal.open(path, "gw-1", clock)
    heard: list[tuple[int, bool, float]] = []

    def hear(received: Received) -> None:
        if received.event and received.verdict is ArrivalVerdict.NEW:
            envelope = received.event.envelope
            heard.append((received.event.seq, envelope.historical, envelope.committed.wall))

    async with AsyncExitStack() as stack:
        receiver = Receiver(broker, store, "hq", clock, hear)
        await stack.enter_async_context(running_task(receiver.run()))
        await stack.enter_async_context(running_task(new_publisher(journal, broker, clock).run()))
        await drive(clock, lambda: len(heard) >= journal.head, within=10 * HOUR)
        await drive(clock, lambda: complete(hq, head(journal)), within=HOUR)
    await journal.close()
    assert [seq for seq, _, _ in heard] == [*range(1, DAYS * 24 * HOURLY + 1)]
    assert audit(hq).total("count") == len(heard)
    assert all(historical for _, historical, _ in heard)
    assert heard[-1][2] - began == (DAYS * 24 - 1) * HOUR
