"""The publisher against a broker in memory that refuses, breaks and forgets."""

import asyncio
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.journal import Entry, Journal
from agent.uplink.delivery import REPLAYS_KEPT
from agent.uplink.quarantine import RETRY_FIRST, STRIKES
from drivers.points import Instant
from headquarters.contract import protocol
from headquarters.contract.protocol import Ack, Birth, FormerEpoch, Gone, Range, Replay, State
from runtime.clock import ManualClock
from runtime.mqtt.message import Message
from tests.unit.delivery_fakes import (
    IDENTITY,
    UPLINK,
    FakeBroker,
    Told,
    alarm_about,
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


def say(broker: FakeBroker, name: str, message: protocol.Message) -> None:
    """Headquarters publishes."""
    broker.route(Message(IDENTITY.topics.named(name), protocol.encode(message)))


async def test_birth_and_state_come_first_and_stay(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 3), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: seqs(broker) == [1, 2, 3])
    birth = protocol.decode(broker.retained[IDENTITY.topics.named("birth")].payload, Birth)
    assert (birth.epoch, birth.first, birth.head) == (journal.epoch.id, 1, 3)
    assert (birth.backlog_first, birth.backlog_last) == (1, 3)
    assert [message.topic.rsplit("/", 1)[1] for message in broker.published][:3] == ["birth", "state", "event"]


@pytest.mark.parametrize(("at_first", "backlog"), [(0, (1, 2)), (3, (1, 2))], ids=["from start", "from former"])
async def test_a_birth_tells_of_former_epochs_and_what_of_this_one_is_unsent(
    journal: Journal, clock: ManualClock, at_first: int, backlog: tuple[int, int]
) -> None:
    broker, former = FakeBroker(), []
    if at_first:
        await journal.commit(numbered(1, at_first), AT)
        former = [FormerEpoch(journal.epoch.id, at_first)]
    await journal.renew("ahead")
    await journal.commit(numbered(1, 2), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: broker.on("birth"))
    birth = protocol.decode(broker.on("birth")[0], Birth)
    assert (birth.former, birth.backlog_first, birth.backlog_last) == (former, *backlog)


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


@pytest.mark.parametrize(
    ("epoch", "first", "last", "gone", "declined"),
    [
        ("unknown", 5, 8, [(5, 8)], False),
        ("unknown", 5, 8, [], True),
        ("ours", 1, 5, [], False),
    ],
    ids=["another epoch", "the broker declines the answer", "all there"],
)
async def test_what_is_asked_for_and_is_not_there_is_said_to_be_gone(
    journal: Journal, clock: ManualClock, epoch: str, first: int, last: int, gone: list[tuple[int, int]], declined: bool
) -> None:
    broker = FakeBroker(refuse=lambda message: declined and message.topic.endswith("/gone"))
    await journal.commit(numbered(1, 5), AT)
    asked = journal.epoch.id if epoch == "ours" else epoch
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 5)
        say(broker, "replay", Replay("hq", "gw-1", asked, first, last))
        await drive(clock, lambda: not broker.connections[0]._inbox)
        await journal.commit(facts("after"), AT)
        await drive(clock, lambda: 6 in seqs(broker))
    told = [one for payload in broker.on("gone") for one in protocol.decode(payload, Gone).ranges]
    assert [(one.first, one.last) for one in told] == gone
    assert len(broker.on("birth")) == 1, "one connection"


@pytest.mark.parametrize("first", [4, 9])
async def test_what_we_never_announced_was_told_by_a_former_self(
    journal: Journal, clock: ManualClock, first: int
) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 5), AT)
    old = journal.epoch.id
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 5)
        say(broker, "replay", Replay("hq", "gw-1", old, first, 70))
        await drive(clock, lambda: protocol.decode(broker.on("birth")[-1], Birth).predecessor == old)
        await drive(clock, lambda: broker.on("claim"))
    claim = protocol.decode(broker.on("claim")[-1], protocol.Claim)
    assert (claim.epoch, [point.seq for point in claim.points]) == (old, [1, 2, 3, 4, 5])
    assert not broker.on("gone")


async def test_without_a_disk_nothing_of_former_epochs_is_said_to_be_gone(tmp_path: Path, clock: ManualClock) -> None:
    broker = FakeBroker()
    journal = await Journal.open(tmp_path / "no-directory" / "journal.db", "gw-1", clock)
    assert not journal.durable
    await journal.commit(numbered(1, 5), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 5)
        say(broker, "replay", Replay("hq", "gw-1", "in the file", 1, 3))
        await drive(clock, lambda: not broker.connections[0]._inbox)
        await journal.commit(facts("after"), AT)
        await drive(clock, lambda: 6 in seqs(broker))
    assert not broker.on("gone")
    await journal.close()


async def test_a_hole_in_the_journal_is_told_and_what_lies_around_it_sent(
    journal: Journal, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 9), AT)
    whole = journal.read_range

    async def with_a_hole(epoch: str, first: int, last: int) -> list[Entry]:
        return [entry for entry in await whole(epoch, first, last) if entry.seq not in (1, 2, 5, 9)]

    monkeypatch.setattr(journal, "read_range", with_a_hole)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 9)
        say(broker, "replay", Replay("hq", "gw-1", journal.epoch.id, 1, 9))
        await drive(clock, lambda: len(seqs(broker)) == 14)
    (payload,) = broker.on("gone")
    assert protocol.decode(payload, Gone).ranges == [Range(1, 2), Range(5, 5), Range(9, 9)]
    assert seqs(broker)[9:] == [3, 4, 6, 7, 8]


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
        await drive(clock, lambda: seqs(broker) == [1, 3, 4, 2], step=5.0)


async def test_a_refused_event_is_told_once_and_its_telling_is_not_told(journal: Journal, clock: ManualClock) -> None:
    broker, told = FakeBroker(refuse=lambda message: message.topic.endswith("/event")), Told()
    await journal.commit(alarm_about("tank-1/W01"), AT)
    await journal.commit(numbered(1, 2), AT)  # of kind system, as the telling itself
    async with running_task(new_publisher(journal, broker, clock, tell=told).run()):
        await drive(clock, lambda: told.codes)
        await clock.advance(1000)
    assert told.codes == ["uplink.parked"]
    assert (told.arguments[0]["seq"], told.arguments[0]["count"]) == (1, 1)


async def test_parked_events_are_tried_again_ever_more_rarely_and_soon_over_a_new_connection(
    journal: Journal, clock: ManualClock
) -> None:
    tries: list[float] = []

    def refuse(message: Message) -> bool:
        if message.topic.endswith("/event"):
            tries.append(clock.now().mono)
        return message.topic.endswith("/event")

    broker = FakeBroker(refuse=refuse)
    await journal.commit(numbered(1, 1), AT)
    publisher = new_publisher(journal, broker, clock)
    async with running_task(publisher.run()):
        while len(tries) < 5:
            await clock.advance(30.0)
            await asyncio.sleep(0.005)
        assert tries[-1] - tries[-2] > 600
        await clock.advance(RETRY_FIRST)
        last = len(tries)
        broker.connections[0].lose()
        await drive(clock, lambda: len(tries) > last, within=RETRY_FIRST)


@pytest.mark.parametrize("poisoned", ["事件 1", "事件 3", "事件 5"])
async def test_an_event_on_which_the_broker_hangs_up_is_parked_and_the_rest_goes_on(
    journal: Journal, clock: ManualClock, poisoned: str
) -> None:
    broker = FakeBroker(poison=lambda message: f'{poisoned}"'.encode() in message.payload)
    await journal.commit(numbered(1, 5), AT)
    good = [number for number in range(1, 6) if not poisoned.endswith(str(number))]
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: seqs(broker) == good and len(broker.on("birth")) > STRIKES)
        assert (await journal.stats()).refused == 1
        broker.poison = lambda _: False
        await drive(clock, lambda: sorted(seqs(broker)) == [1, 2, 3, 4, 5], step=5.0)


async def test_the_backlog_keeps_its_pace_and_live_events_do_not_wait_for_it(
    journal: Journal, clock: ManualClock
) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 100), AT)
    slow = replace(UPLINK, backlog_rate=10.0)
    async with running_task(new_publisher(journal, broker, clock, slow).run()):
        await drive(clock, lambda: len(seqs(broker)) == 50)
        begun = clock.now().mono
        await journal.commit(numbered(101, 101), AT)
        await drive(clock, lambda: 101 in seqs(broker))
        assert clock.now().mono - begun < 2.0
        await drive(clock, lambda: len(seqs(broker)) == 101)
    assert 4.5 < clock.now().mono - begun < 7.0  # 50 events at 10 a second, all after the first batch


async def test_the_way_back_begins_where_it_was_left(journal: Journal, clock: ManualClock) -> None:
    broker, slow = FakeBroker(), replace(UPLINK, backlog_rate=10.0)
    await journal.commit(numbered(1, 120), AT)
    task = running_task(new_publisher(journal, broker, clock, slow).run())
    async with task:
        await drive(clock, lambda: len(seqs(broker)) == 50)
        broker.stop()
        await drive(clock, lambda: not broker.connections)
    broker.up = True
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 120)
    assert seqs(broker) == [*range(1, 121)]


async def test_an_event_too_long_to_send_is_told_shortened(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    await journal.commit(facts("x" * 70_000, "short"), AT)
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: seqs(broker) == [1, 2])
    assert [event["body"].get("cut", 0) for event in events(broker)] == [1, 0]
    stats = await journal.stats(["hq"])
    assert (stats.unsent, stats.refused) == (0, 0)


async def test_an_event_of_an_older_store_too_long_to_send_is_put_aside(
    journal: Journal, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = FakeBroker()
    with monkeypatch.context() as before:
        before.setattr("agent.journal.outbox.fitted", protocol.canonical)
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
    state = protocol.decode(broker.retained[IDENTITY.topics.named("state")].payload, State)
    assert (state.online, state.head, state.unsent) == (False, 3, 0)


async def test_the_will_says_offline(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: broker.on("state"))
        broker.stop()
        assert protocol.decode(broker.on("state")[-1], State).online is False


async def test_the_head_is_announced_to_who_missed_it(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: broker.on("state"))
        await journal.commit(numbered(1, 3), AT)
        await drive(clock, lambda: protocol.decode(broker.on("state")[-1], State).head == 3)


async def test_headquarters_knowing_more_than_we_begins_a_new_epoch(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    await journal.commit(numbered(1, 3), AT)
    old = journal.epoch.id
    async with running_task(new_publisher(journal, broker, clock).run()):
        await drive(clock, lambda: len(seqs(broker)) == 3)
        say(broker, "ack/hq", Ack("hq", "gw-1", old, 7, "f" * 64))
        await drive(clock, lambda: protocol.decode(broker.on("birth")[-1], Birth).predecessor == old)
        await journal.commit(facts("new"), AT)
        await drive(clock, lambda: (events(broker)[-1]["epoch"], seqs(broker)[-1]) == (journal.epoch.id, 1))


async def test_a_second_claim_to_know_more_is_a_forgery(journal: Journal, clock: ManualClock) -> None:
    broker, told = FakeBroker(), Told()
    await journal.commit(numbered(1, 3), AT)
    async with running_task(new_publisher(journal, broker, clock, tell=told).run()):
        old = journal.epoch.id
        await drive(clock, lambda: broker.on("state"))
        say(broker, "ack/hq", Ack("hq", "gw-1", old, 99, "f" * 64))
        await drive(clock, lambda: protocol.decode(broker.on("birth")[-1], Birth).predecessor == old)
        renewed = journal.epoch.id
        say(broker, "ack/hq", Ack("hq", "gw-1", renewed, 99, "f" * 64))
        await drive(clock, lambda: len(told.codes) == 2)
        assert journal.epoch.id == renewed
    assert told.codes == ["uplink.doubt", "uplink.input-refused"]


FORGED = Replay("hq", "gw-1", "e", 1, 2)


@pytest.mark.parametrize(
    ("name", "message", "retained"),
    [
        ("ack/hq", b"{", False),
        ("ack/hq", b" " * 70_000, False),
        ("replay", protocol.encode(replace(FORGED, gateway="gw-2")), False),
        ("replay", protocol.encode(replace(FORGED, consumer="stranger")), False),
        ("replay", protocol.encode(replace(FORGED, first=0)), False),
        ("replay", protocol.encode(replace(FORGED, first=3)), False),
        ("replay", protocol.encode(replace(FORGED, last=2**52)), False),
        ("replay", protocol.encode(FORGED), True),
        ("ack/hq", protocol.encode(Ack("hq", "gw-1", "unknown epoch", 1, "f" * 64)), False),
        ("birth", b"{}", False),
    ],
)
async def test_bad_input_is_refused_and_told_once_however_often_it_comes(
    journal: Journal, clock: ManualClock, name: str, message: bytes, retained: bool
) -> None:
    broker, told = FakeBroker(), Told()
    publisher = new_publisher(journal, broker, clock, tell=told)
    async with running_task(publisher.run()):
        await drive(clock, lambda: publisher.status().connected)
        bad = Message(IDENTITY.topics.named(name), message, retained)
        broker.connections[0].deliver([bad] * 50)
        await drive(clock, lambda: publisher.status().refused == 50)
        assert told.codes == ["uplink.input-refused"]
        await journal.commit(facts("after"), AT)
        await drive(clock, lambda: seqs(broker) == [1])


async def test_a_flood_of_replays_is_bounded(journal: Journal, clock: ManualClock) -> None:
    broker = FakeBroker()
    publisher = new_publisher(journal, broker, clock, replace(UPLINK, consumers=()))
    async with running_task(publisher.run()):
        await drive(clock, lambda: publisher.status().connected)
        asked = [protocol.encode(replace(FORGED, consumer=f"c{number}")) for number in range(REPLAYS_KEPT * 3)]
        broker.connections[0].deliver([Message(IDENTITY.topics.named("replay"), one) for one in asked])
        await drive(clock, lambda: publisher.status().refused == REPLAYS_KEPT * 2)


async def test_a_twin_is_noticed_by_its_birth_and_named_as_the_cause(journal: Journal, clock: ManualClock) -> None:
    broker, told = FakeBroker(), Told()
    publisher = new_publisher(journal, broker, clock, tell=told)
    async with running_task(publisher.run()):
        await drive(clock, lambda: publisher.status().connected)
        broker.up = False
        broker.connections[0].lose()
        await drive(clock, lambda: publisher.status().error == "uplink.unreachable")
        ours = protocol.decode(broker.retained[IDENTITY.topics.named("birth")].payload, Birth)
        theirs = protocol.encode(replace(ours, epoch="x", at=ours.at + 1))
        broker.route(Message(IDENTITY.topics.named("birth"), theirs, True))
        broker.up = True
        await drive(clock, lambda: told.codes)
        broker.connections[0].lose()
        await drive(clock, lambda: publisher.status().error == "uplink.taken-over")
    assert told.codes == ["uplink.twin"]


async def test_births_of_our_own_are_no_twins(journal: Journal, clock: ManualClock) -> None:
    broker, told = FakeBroker(), Told()
    for _ in range(2):  # the second process finds what the first left behind
        publisher = new_publisher(journal, broker, clock, tell=told)
        async with running_task(publisher.run()):
            for _ in range(3):
                await drive(clock, lambda: publisher.status().connected)  # noqa: B023
                broker.connections[0].lose()
                await drive(clock, lambda: not publisher.status().connected)  # noqa: B023
    assert told.codes == []


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
