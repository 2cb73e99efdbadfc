"""The publisher against a broker in memory that refuses, breaks and forgets."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from agent import wire
from agent.clock import ManualClock
from agent.journal import Journal
from agent.mqtt import Message
from agent.wire import Ack, Birth, Replay, State
from drivers.points import Instant
from tests.unit.agent.delivery_fakes import (
    IDENTITY,
    FakeBroker,
    drive,
    facts,
    new_publisher,
    numbered,
    running_task,
)

AT = Instant("boot-1", 1000.0, 1_800_000_000.0)


def events(broker: FakeBroker) -> list[dict[str, Any]]:
    return [json.loads(payload) for payload in broker.on("event")]


def seqs(broker: FakeBroker) -> list[int]:
    return [event["seq"] for event in events(broker)]


def say(broker: FakeBroker, name: str, message: wire.Message) -> None:
    """Headquarters publishes."""
    broker.route(Message(IDENTITY.topics.named(name), wire.encode(message)))


async def test_birth_and_state_come_first_and_stay(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 3), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: seqs(broker) == [1, 2, 3])
    birth = wire.decode(broker.retained[IDENTITY.topics.named("birth")].payload, Birth)
    assert (birth.epoch, birth.first, birth.head) == (journal.epoch.id, 1, 3)
    assert (birth.backlog_first, birth.backlog_last) == (1, 3)
    assert [message.topic.rsplit("/", 1)[1] for message in broker.published][:3] == ["birth", "state", "event"]


async def test_live_goes_before_backlog_and_backlog_is_historical(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker(hold=lambda message: message.topic.endswith("/event"))
    await journal.commit(numbered(1, 60), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) >= 20)
        await journal.commit(numbered(61, 61), AT)
        broker.release()
        await drive(clock, lambda: len(seqs(broker)) == 61)
    order = seqs(broker)
    assert order.index(61) < 60
    assert [event["seq"] for event in events(broker) if not event["envelope"]["historical"]] == [61]
    assert sorted(order) == [*range(1, 62)]


async def test_sent_once_is_not_sent_again_by_the_next_session(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 5), AT)
    for _ in range(2):
        async with running_task(new_publisher(journal, broker, clock).run()):
            births = len(broker.on("birth"))
            await drive(clock, lambda: len(broker.on("birth")) > births and len(seqs(broker)) >= 5)  # noqa: B023
    assert seqs(broker) == [1, 2, 3, 4, 5]
    stats = await journal.stats(["hq"])
    assert (stats.unsent, stats.unsettled) == (0, 5)


async def test_an_acknowledgement_settles(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    entries = await journal.commit(numbered(1, 5), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 5)
        say(broker, "ack/hq", Ack("hq", "gw-1", journal.epoch.id, 4, entries[3].hash))
        await drive(clock, lambda: not broker.connections[0]._inbox)
    assert (await journal.stats(["hq"])).unsettled == 1


async def test_a_replay_is_answered_with_what_was_asked(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 60), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 60)
        say(broker, "replay", Replay("hq", "gw-1", journal.epoch.id, 5, 54))
        await drive(clock, lambda: len(seqs(broker)) == 110)
    again = events(broker)[60:]
    assert [event["seq"] for event in again] == [*range(5, 55)]
    assert {event["envelope"]["attempt"] for event in again} == {2}


@pytest.mark.parametrize("epoch", ["", "unknown"])
async def test_a_replay_of_what_is_not_there_ends(journal: Journal, clock: ManualClock, epoch: str) -> None:
    broker = FakeBroker()
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: broker.connections)
        await drive(clock, lambda: IDENTITY.topics.named("state") in broker.retained)
        say(broker, "replay", Replay("hq", "gw-1", epoch or journal.epoch.id, 5, 2**52))
        await journal.commit(facts("after"), AT)
        await drive(clock, lambda: seqs(broker) == [1])


@pytest.mark.parametrize("payload", [b"", b"\xff", b"{}", b'{"consumer":"x"}'])
@pytest.mark.parametrize("name", ["ack/hq", "replay"])
async def test_rubbish_from_outside_is_survived(
    journal: Journal, clock: ManualClock, name: str, payload: bytes
) -> None:
    broker = FakeBroker()
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: IDENTITY.topics.named("state") in broker.retained)
        broker.route(Message(IDENTITY.topics.named(name), payload))
        await journal.commit(facts("after"), AT)
        await drive(clock, lambda: seqs(broker) == [1])


async def test_a_refused_event_does_not_hold_up_the_others(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker(refuse=lambda message: "事件 2".encode() in message.payload)
    await journal.commit(numbered(1, 4), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: seqs(broker) == [1, 3, 4])
        broker.refuse = lambda _: False
        await drive(clock, lambda: seqs(broker) == [1, 3, 4, 2])


async def test_an_event_too_long_to_send_is_put_aside(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    await journal.commit(facts("x" * 70_000, "short"), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: seqs(broker) == [2])
    stats = await journal.stats(["hq"])
    assert (stats.unsent, stats.refused) == (1, 1)


async def test_a_connection_that_breaks_again_and_again_delivers_all(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker(drop_after=9)  # birth, state and a few events
    await journal.commit(numbered(1, 30), AT)
    publisher = new_publisher(journal, broker, clock)
    async with running_task(publisher.run()):
        await drive(clock, lambda: {*seqs(broker)} == {*range(1, 31)})
        assert publisher.status().sent <= 30


async def test_away_and_back_is_told(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker(up=False)
    publisher = new_publisher(journal, broker, clock)
    async with running_task(publisher.run()):
        await drive(clock, lambda: publisher.status().error == "uplink.unreachable")
        broker.up = True
        await drive(clock, lambda: publisher.status().connected)
        assert (publisher.status().error, publisher.status().protocol) == ("", "5")
        broker.stop()
        await drive(clock, lambda: publisher.status().error == "uplink.unreachable")
        assert not publisher.status().connected


async def test_attempts_become_rare_while_the_broker_is_away(journal: Journal, clock: ManualClock) -> None:
    broker, attempts = FakeBroker(up=False), []
    connect = broker.connect
    broker.connect = lambda will=None: attempts.append(clock.now().mono) or connect(will)  # type: ignore[method-assign]
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(attempts) == 10)
    pauses = [after - before for before, after in pairwise(attempts)]
    assert pauses[0] < 1.5
    assert 25 < pauses[-1] < 62


async def test_stopping_sends_the_rest_and_says_so(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: IDENTITY.topics.named("state") in broker.retained)
        await journal.commit(numbered(1, 3), AT)
    assert {1, 2, 3} == {*seqs(broker)}
    state = wire.decode(broker.retained[IDENTITY.topics.named("state")].payload, State)
    assert (state.online, state.head, state.unsent) == (False, 3, 0)


async def test_the_will_says_offline(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: broker.on("state"))
        broker.stop()
        assert wire.decode(broker.on("state")[-1], State).online is False


async def test_the_head_is_announced_to_who_missed_it(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: broker.on("state"))
        await journal.commit(numbered(1, 3), AT)
        await drive(clock, lambda: wire.decode(broker.on("state")[-1], State).head == 3)


async def test_headquarters_knowing_more_than_we_begins_a_new_epoch(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 3), AT)
    old = journal.epoch.id
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 3)
        say(broker, "ack/hq", Ack("hq", "gw-1", old, 7, "f" * 64))
        await drive(clock, lambda: wire.decode(broker.on("birth")[-1], Birth).predecessor == old)
        await journal.commit(facts("new"), AT)
        await drive(clock, lambda: (events(broker)[-1]["epoch"], seqs(broker)[-1]) == (journal.epoch.id, 1))


async def test_an_ack_in_the_name_of_another_is_not_believed(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    entries = await journal.commit(numbered(1, 2), AT)
    good = Ack("hq", "gw-1", journal.epoch.id, 2, entries[1].hash)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 2)
        for forged in (replace(good, consumer="archive"), replace(good, gateway="gw-2")):
            say(broker, "ack/hq", forged)
        await drive(clock, lambda: not broker.connections[0]._inbox)
    assert (await journal.stats(["hq"])).unsettled == 2
