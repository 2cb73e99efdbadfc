"""A gateway that gets another name finishes under the former one what it began under it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.journal import Journal
from agent.uplink.publisher import Publisher
from headquarters.receiver import Receiver, SqliteStore, audit
from runtime.clock import ManualClock
from runtime.mqtt.message import Message
from tests.adversary.delivery.sites import copy_card, settle
from tests.unit.delivery_fakes import IDENTITY, UPLINK, FakeBroker, drive, facts, running_task

OLD, NEW = "gw-1", "gw-lobby"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def counts(path: Path) -> dict[str, int]:
    """Gateway -> how many of its events are stored."""
    found: dict[str, int] = {}
    for epoch in audit(path).epochs:
        name = epoch.gateway.rpartition("/")[2]
        found[name] = found.get(name, 0) + epoch.count
    return found


def everything(_: Message) -> bool:
    return True


def nothing(_: Message) -> bool:
    return False


@pytest.mark.parametrize("lost", [everything, nothing], ids=["sent and lost", "never sent"])
async def test_what_was_committed_under_the_former_name(
    tmp_path: Path, clock: ManualClock, lost: Callable[[Message], bool]
) -> None:
    broker = FakeBroker(swallow=lost)
    path, hq = tmp_path / "journal.db", tmp_path / "hq.sqlite"
    journal = await Journal.open(path, OLD, clock)
    await journal.commit(facts("one", "two", "three"), clock.now())
    if lost is everything:
        async with running_task(Publisher(journal, UPLINK, IDENTITY, broker, clock).run()):
            await drive(clock, lambda: len(broker.on("event")) == 3)
    await journal.close()
    broker.swallow = nothing
    store = await SqliteStore.open(hq)
    journal = await Journal.open(path, NEW, clock)
    await journal.commit(facts("four"), clock.now())
    publisher = Publisher(journal, UPLINK, replace(IDENTITY, gateway=NEW), broker, clock)
    async with running_task(Receiver(broker, store, "hq", clock).run()), running_task(publisher.run()):
        await drive(clock, lambda: counts(hq) == {OLD: 3, NEW: 1})
        unsettled = 1
        while unsettled:  # acknowledged under the former name as well
            await clock.advance(0.1)
            unsettled = (await journal.stats(["hq"])).unsettled
    assert audit(hq).good
    assert publisher.status().refused == 0
    await journal.close()
    await store.close()


async def test_what_a_lost_copy_announced_under_the_former_name_is_gone(tmp_path: Path, clock: ManualClock) -> None:
    """Nobody is called so any more, but whoever was is still asked, and answers."""
    broker = FakeBroker()
    path, image, hq = tmp_path / "journal.db", tmp_path / "image.db", tmp_path / "hq.sqlite"
    journal = await Journal.open(path, OLD, clock)
    await journal.commit(facts("one", "two"), clock.now())
    store = await SqliteStore.open(hq)
    receiver = Receiver(broker, store, "hq", clock)
    async with (
        running_task(receiver.run()),
        running_task(Publisher(journal, UPLINK, IDENTITY, broker, clock).run()),
    ):
        await drive(clock, lambda: counts(hq) == {OLD: 2})
        copy_card(path, image)
        broker.swallow = lambda message: b'"three"' in message.payload
        await journal.commit(facts("three"), clock.now())
        await settle(clock, 5.0)
    broker.swallow = nothing
    await journal.close()
    copy_card(image, path)
    journal = await Journal.open(path, NEW, clock)
    publisher = Publisher(journal, UPLINK, replace(IDENTITY, gateway=NEW), broker, clock)
    async with running_task(Receiver(broker, store, "hq", clock).run()), running_task(publisher.run()):
        await drive(clock, lambda: audit(hq).good, within=1200.0, step=0.5)
    assert [epoch.abandoned for epoch in audit(hq).epochs if epoch.abandoned] == [((3, 3),)]
    await journal.close()
    await store.close()
