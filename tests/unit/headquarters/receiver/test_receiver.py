"""Gateway and headquarters together: first over a broker in memory with faults, then over a real one."""

import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from agent.journal import Journal
from drivers.points import Instant
from headquarters.contract import protocol
from headquarters.contract.protocol import Ack, State
from headquarters.receiver import ArrivalVerdict, Received, Receiver, SqliteStore, audit
from runtime.clock import Clock, ManualClock
from runtime.mqtt.client import Broker, Connector, Login
from runtime.mqtt.message import Message
from tests.unit.conftest import Mosquitto
from tests.unit.delivery_fakes import (
    IDENTITY,
    FakeBroker,
    complete,
    crash_image,
    drive,
    facts,
    head,
    new_publisher,
    numbered,
    running_task,
    until,
)

AT = Instant("boot-1", 1000.0, 1_800_000_000.0)
STATE = IDENTITY.topics.named("state")


def new_receiver(
    store: SqliteStore, broker: Connector, clock: Clock, heard: Callable[[Received], object] = lambda _: None
) -> Receiver:
    return Receiver(broker, store, "hq", clock, heard)


async def both(
    stack: AsyncExitStack, journal: Journal, store: SqliteStore, broker: FakeBroker, clock: Clock
) -> list[Received]:
    """Run publisher and receiver; returns what the receiver hears."""
    heard: list[Received] = []
    await stack.enter_async_context(running_task(new_receiver(store, broker, clock, heard.append).run()))
    await stack.enter_async_context(running_task(new_publisher(journal, broker, clock).run()))
    return heard


async def settled(journal: Journal, clock: ManualClock) -> None:
    """Wait until headquarters has acknowledged everything."""
    # Threads of the stores take real time meanwhile: on a busy machine that is many seconds of this clock.
    end = clock.now().mono + 300
    while (await journal.stats(["hq"])).unsettled:
        assert clock.now().mono < end, "it was never settled"
        await clock.advance(0.1)


@pytest.fixture
def hq(tmp_path: Path) -> Path:
    return tmp_path / "hq.db"


@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"copies": 3},
        {"reorder": True},
        {"drop_after": 9},
        {"drop_after": 7, "copies": 2, "reorder": True},
    ],
    ids=str,
)
async def test_every_event_is_stored_once(
    journal: Journal, store: SqliteStore, clock: ManualClock, hq: Path, faults: dict[str, int]
) -> None:
    broker = FakeBroker(**faults)  # type: ignore[arg-type]
    await journal.commit(numbered(1, 25), AT)
    async with AsyncExitStack() as stack:
        heard = await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: len(audit(hq).epochs) == 1)
        await journal.commit(numbered(26, 30), AT)
        await drive(clock, lambda: complete(hq, head(journal)), within=3600)
    new = [received.event.seq for received in heard if received.event and received.verdict is ArrivalVerdict.NEW]
    assert sorted(new) == [*range(1, 31)]


async def test_what_was_announced_and_is_not_there_is_missing(
    journal: Journal, store: SqliteStore, clock: ManualClock
) -> None:
    broker = FakeBroker(swallow=lambda message: "事件 2".encode() in message.payload)
    await journal.commit(numbered(1, 5), AT)
    receiver = new_receiver(store, broker, clock)
    async with running_task(receiver.run()), running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: receiver.missing() == 4)
        broker.swallow = lambda _: False
        await drive(clock, lambda: receiver.missing() == 0)


async def test_what_is_stored_is_settled(journal: Journal, store: SqliteStore, clock: ManualClock) -> None:
    broker = FakeBroker()
    last = (await journal.commit(numbered(1, 5), AT))[-1]
    async with AsyncExitStack() as stack:
        await both(stack, journal, store, broker, clock)
        want = protocol.encode(Ack("hq", "gw-1", journal.epoch.id, 5, last.hash, past=5))
        await drive(clock, lambda: want in broker.on("ack/hq"))
    assert (await journal.stats(["hq"])).unsettled == 0


@pytest.mark.parametrize("lost", [1, 3, 5])
async def test_a_broker_that_loses_its_queue_is_made_good(
    journal: Journal, store: SqliteStore, clock: ManualClock, hq: Path, lost: int
) -> None:
    broker = FakeBroker(swallow=lambda message: f'事件 {lost}"'.encode() in message.payload)
    async with AsyncExitStack() as stack:
        await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: broker.on("state"))
        await journal.commit(numbered(1, 5), AT)
        await drive(clock, lambda: broker.on("replay"))
        broker.swallow = lambda _: False
        await drive(clock, lambda: complete(hq, head(journal)))


@pytest.mark.parametrize(("stuck", "least", "most"), [("事件 5", 55, 66), ("none", 2, 10)], ids=["coming", "all sent"])
async def test_a_gap_in_a_backlog_is_left_to_come_while_there_is_one(
    journal: Journal, store: SqliteStore, clock: ManualClock, stuck: str, least: float, most: float
) -> None:
    broker = FakeBroker(
        swallow=lambda message: "事件 2".encode() in message.payload,
        refuse=lambda message: stuck.encode() in message.payload,
    )
    await journal.commit(numbered(1, 5), AT)
    async with AsyncExitStack() as stack:
        await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: len(broker.on("event")) >= 4)
        begun = clock.now().mono
        await drive(clock, lambda: broker.on("replay"))
    assert least < clock.now().mono - begun < most


@pytest.mark.parametrize("torn", [0, 4096, 30_000])
async def test_a_receiver_killed_and_set_back_gets_the_rest_again(
    journal: Journal, store: SqliteStore, clock: ManualClock, hq: Path, torn: int
) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 40), AT)
    async with AsyncExitStack() as stack:
        await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: complete(hq, head(journal)))
    image = crash_image(hq, hq.with_name("restored.db"))
    log = image.with_name("restored.db-wal")
    log.write_bytes(log.read_bytes()[: -torn or None])
    restored = await SqliteStore.open(image)
    async with AsyncExitStack() as stack:
        await both(stack, journal, restored, broker, clock)
        await drive(clock, lambda: complete(image, head(journal)), within=3600)
    await restored.close()


async def test_a_gateway_after_a_power_cut_goes_on_where_it_was(
    journal: Journal, store: SqliteStore, clock: ManualClock, hq: Path, tmp_path: Path
) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 10), AT)
    async with AsyncExitStack() as stack:
        await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: len(broker.on("event")) >= 4)
        image = crash_image(tmp_path / "journal.db", tmp_path / "after.db")
    after = await Journal.open(image, "gw-1", clock)
    async with AsyncExitStack() as stack:
        await both(stack, after, store, broker, clock)
        await after.commit(numbered(11, 12), AT)
        await drive(clock, lambda: complete(hq, head(after)), within=3600)
    await after.close()


async def test_a_restored_gateway_is_found_out_and_nothing_is_overwritten(
    journal: Journal, store: SqliteStore, clock: ManualClock, hq: Path, tmp_path: Path
) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 2), AT)
    image = crash_image(tmp_path / "journal.db", tmp_path / "backup.db")
    await journal.commit(numbered(3, 5), AT)
    async with AsyncExitStack() as stack:
        await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: complete(hq, head(journal)))
    restored = await Journal.open(image, "gw-1", clock)
    old = restored.epoch.id
    async with AsyncExitStack() as stack:
        await both(stack, restored, store, broker, clock)
        await drive(clock, lambda: restored.epoch.predecessor == old)
        await restored.commit(facts("after"), AT)
        await drive(clock, lambda: complete(hq, (old, 5), head(restored)))
        await settled(restored, clock)
    await restored.close()


@pytest.mark.parametrize("renewals", [1, 3])
async def test_a_receiver_that_comes_after_an_epoch_ended_gets_that_too(
    journal: Journal, store: SqliteStore, clock: ManualClock, hq: Path, renewals: int
) -> None:
    broker, heads = FakeBroker(), []
    async with running_task(new_publisher(journal, broker, clock).run()):
        for _ in range(renewals):
            await journal.commit(numbered(1, 3), AT)
            heads.append(head(journal))
            await journal.renew("ahead")
        await journal.commit(facts("after"), AT)
        await drive(clock, lambda: len(set(broker.on("event"))) >= 3 * renewals + 1)
        # The retained state that says so must have replaced the one before.
        await drive(clock, lambda: protocol.decode(broker.retained[STATE].payload, State).unsent == 0)
        begun = clock.now().mono
        async with running_task(new_receiver(store, broker, clock).run()):
            await drive(clock, lambda: complete(hq, *heads, head(journal)))
            assert clock.now().mono - begun < 20
            await settled(journal, clock)


async def test_what_a_broker_lost_of_an_ended_epoch_is_soon_asked_for(
    journal: Journal, store: SqliteStore, clock: ManualClock, hq: Path
) -> None:
    broker = FakeBroker(swallow=lambda message: "事件 2".encode() in message.payload)
    await journal.commit(numbered(1, 5), AT)
    async with AsyncExitStack() as stack:
        await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: len(broker.on("event")) == 5)
        old = head(journal)
        await journal.renew("ahead")  # before any state said that the announced backlog was sent
        broker.swallow = lambda _: False
        begun = clock.now().mono
        await drive(clock, lambda: complete(hq, old))
        assert clock.now().mono - begun < 20
        await settled(journal, clock)


async def test_two_events_under_one_key_are_kept_and_reported(
    journal: Journal, store: SqliteStore, clock: ManualClock, hq: Path, tmp_path: Path
) -> None:
    broker = FakeBroker()
    image = crash_image(tmp_path / "journal.db", tmp_path / "twin.db")
    twin = await Journal.open(image, "gw-1", clock)
    await journal.commit(facts("ours"), AT)
    await twin.commit(facts("theirs"), AT)
    async with AsyncExitStack() as stack:
        heard = await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: heard)
        await stack.enter_async_context(running_task(new_publisher(twin, broker, clock).run()))
        await drive(clock, lambda: len(heard) >= 2)
    assert heard[0].verdict is ArrivalVerdict.NEW
    # Where headquarters' acknowledgement is faster, the twin tells it under another epoch at once.
    apart = heard[1].verdict is ArrivalVerdict.NEW and heard[1].event.epoch != heard[0].event.epoch
    report = audit(hq)
    assert apart or (heard[1].verdict, report.total("conflicts"), report.good) == (ArrivalVerdict.CONFLICT, 1, False)
    await twin.close()


@pytest.mark.parametrize(
    ("topic", "code"),
    [
        (IDENTITY.topics.named("event"), "wire.malformed"),
        ("plantgate/v1/acme/tower/gw-2/event", "wire.gateway"),
    ],
)
async def test_what_breaks_the_contract_is_reported_and_not_stored(
    journal: Journal, store: SqliteStore, clock: ManualClock, topic: str, code: str
) -> None:
    broker = FakeBroker()
    await journal.commit(facts("one"), AT)
    async with AsyncExitStack() as stack:
        heard = await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: heard)
        payload = broker.on("event")[0] if code == "wire.gateway" else b"{}"
        broker.route(Message(topic, payload))
        await drive(clock, lambda: len(heard) == 2)
    assert (heard[1].verdict, heard[1].reason) == (ArrivalVerdict.MALFORMED, code)


def change(path: Path, statement: str) -> None:
    """Tamper with a store."""
    db = sqlite3.connect(path)
    with db:
        db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DELETE FROM event WHERE seq IN (2, 3)", (2, ())),
        ("DELETE FROM event WHERE seq = 1", (1, ())),
        ("UPDATE event SET body = '{}' WHERE seq = 4", (0, (4,))),
        ("UPDATE event SET seq = 9 WHERE seq = 5", (4, ())),
    ],
)
async def test_the_audit_finds_what_was_tampered_with(
    journal: Journal, store: SqliteStore, hq: Path, statement: str, expected: tuple[int, tuple[int, ...]]
) -> None:
    broker, clock = FakeBroker(), ManualClock()
    await journal.commit(numbered(1, 5), AT)
    async with AsyncExitStack() as stack:
        await both(stack, journal, store, broker, clock)
        await drive(clock, lambda: complete(hq, head(journal)))
    await store.close()
    change(hq, statement)
    (epoch,) = audit(hq).epochs
    assert (epoch.lost, epoch.broken) == expected
    assert not audit(hq).good


async def test_over_a_real_broker_killed_and_restarted(
    journal: Journal, store: SqliteStore, mosquitto: Mosquitto, hq: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.uplink.publisher.FIRST_PAUSE", 0.05)
    monkeypatch.setattr("agent.uplink.publisher.ANNOUNCE_EVERY", 0.2)
    monkeypatch.setattr("headquarters.receiver.receiver.FIRST_PAUSE", 0.05)
    gateway = new_publisher(journal, Broker(mosquitto.url, Login("gw-1")), Clock())
    heard: list[Received] = []
    headquarters = new_receiver(store, Broker(mosquitto.url, Login("hq")), Clock(), heard.append)
    async with running_task(headquarters.run()), running_task(gateway.run()):
        await until(lambda: gateway.status().connected)
        await journal.commit(numbered(1, 50), AT)
        await until(lambda: complete(hq, head(journal)))
        mosquitto.stop()
        await until(lambda: not gateway.status().connected)
        await journal.commit(numbered(51, 150), AT)
        await mosquitto.start()
        await until(lambda: complete(hq, head(journal)))
    late = [received.event for received in heard if received.event and received.event.seq > 50]
    assert all(event.envelope.historical for event in late)
    assert (audit(hq).total("count"), audit(hq).total("lost")) == (150, 0)
