"""The lossy lane: what is worth telling, what goes when there is no room, and that it never holds up an event."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.journal import Journal
from agent.loop.image import Image
from agent.uplink.publisher import Publisher
from agent.uplink.telemetry import LONGEST_TEXT, Sampler, TelemetryQueue, differs, sample
from config.plant import Plant, TelemetryRates
from config.site import load_site
from drivers.points import Instant, Quality, Reading, Reason, Value
from headquarters.contract import protocol
from headquarters.contract.protocol import Sample, State, Telemetry
from rules.model import Binding
from runtime.clock import ManualClock
from tests.unit.delivery_fakes import IDENTITY, UPLINK, FakeBroker, drive, numbered, running_task

AT = Instant("boot-1", 1000.0, 1_800_000_000.0)
SITE = Path(__file__).parents[3] / "acceptance" / "site"


def reading(value: Value | None, quality: Quality = Quality.GOOD, reason: Reason = Reason.NONE) -> Reading:
    return Reading("booster.level", value, quality, reason, AT)


@pytest.fixture(scope="module")
def plant() -> Plant:
    return load_site(SITE)


def sampler(plant: Plant, clock: ManualClock, **rates: float) -> tuple[Sampler, Image, TelemetryQueue]:
    uplink = replace(plant.uplink, telemetry=TelemetryRates(**rates))
    image, lane = Image(["booster.level"], AT), TelemetryQueue("gw-1")
    return Sampler(lambda: replace(plant, uplink=uplink), image, lane, clock), image, lane


def told(lane: TelemetryQueue, role: str = "level") -> list[tuple[bool, Value | None]]:
    messages = [message for message in lane.take(1000) if message.equipment == "tank-1"]
    return [(one.snapshot, value.value) for one in messages for value in one.values if value.role == role]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (reading(50.0), reading(50.0), False),
        (reading(50.0), reading(50.4), False),
        (reading(50.0), reading(50.6), True),
        (reading(-50.0), reading(-50.6), True),
        (reading(0.0), reading(0.001), True),
        (reading(True), reading(False), True),
        (reading("auto"), reading("manual"), True),
        (reading(50.0), reading(50.1, Quality.UNCERTAIN), True),
        (reading(50.0), reading(None, Quality.BAD, Reason.NO_ANSWER), True),
        (reading(None, Quality.BAD, Reason.NO_ANSWER), reading(None, Quality.BAD, Reason.DECODE), True),
        (reading(None, Quality.BAD, Reason.NO_ANSWER), reading(None, Quality.BAD, Reason.NO_ANSWER), False),
    ],
)
def test_the_deadband(before: Reading, now: Reading, expected: bool) -> None:
    assert differs(before, now, 1.0) is expected


@pytest.mark.parametrize(
    ("value", "binding", "expected"),
    [
        (50.0, Binding("x"), Sample("level", 50.0, "%", "good", "", AT.wall)),
        (5, Binding("x", 10.0, 1.0), Sample("level", 51.0, "%", "good", "", AT.wall)),
        (True, Binding("x", 10.0), Sample("level", True, "%", "good", "", AT.wall)),
        ("x" * (LONGEST_TEXT + 1), Binding("x"), Sample("level", None, "%", "bad", "decode", AT.wall)),
        (2**60, Binding("x"), Sample("level", 2.0**60, "%", "good", "", AT.wall)),
        (float("inf"), Binding("x"), Sample("level", None, "%", "bad", "decode", AT.wall)),
    ],
)
def test_a_sample_is_in_the_unit_of_its_class(value: Value, binding: Binding, expected: Sample) -> None:
    assert sample("level", reading(value), binding, "%") == expected


async def test_everything_once_a_minute_and_between_only_what_moved(plant: Plant) -> None:
    clock = ManualClock()
    looks, image, lane = sampler(plant, clock)
    async with running_task(looks.run()):
        image.update([reading(50.0)])
        await clock.advance(0.0)
        assert told(lane) == [(True, 50.0)]
        for value in (50.2, 50.4, 51.0):
            image.update([reading(value)])
            await clock.advance(5.0)
        assert told(lane) == [(False, 51.0)]
        await clock.advance(60.0)
        assert told(lane) == [(True, 51.0)]


async def test_it_can_be_switched_off(plant: Plant) -> None:
    clock = ManualClock()
    looks, _, lane = sampler(plant, clock, snapshot=0.0)
    async with running_task(looks.run()):
        await clock.advance(300.0)
    assert lane.take(1000) == []


LEVEL = Sample("level", 1.0, "", "good", "", 1.0)


def test_the_oldest_go_and_every_loss_is_counted() -> None:
    lane = TelemetryQueue("gw-1", allowed=450)
    for number in range(5):
        lane.put("tank-1", [LEVEL], snapshot=False, at=float(number))
    taken = lane.take(10)
    assert [(message.seq, message.lost) for message in taken] == [(3, 0), (4, 1), (5, 2)]
    lane.drop(3)
    assert lane.lost == 5


VALUES: list[Value | None] = [-1.7976931348623157e308, "\x01" * LONGEST_TEXT, None, 2**53, "水" * LONGEST_TEXT, True]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:8])
@pytest.mark.parametrize("roles", [1, 620, 5000])
def test_an_equipment_of_any_size_fits_its_messages(roles: int, value: Value | None) -> None:
    lane = TelemetryQueue("gw-1", allowed=100 * 1024 * 1024)
    names = [f"角色{number}" for number in range(roles)]
    values = [Sample(name, value, "m³/h", "uncertain", "device-offline", 1_800_000_000.123456) for name in names]
    lane.put("tank-1", values, snapshot=True, at=1_800_000_000.123456)
    messages = lane.take(100_000)
    arrived = [protocol.decode(protocol.encode(message), Telemetry) for message in messages]
    assert [one.role for message in arrived for one in message.values] == names
    assert [message.seq for message in arrived] == [*range(1, len(arrived) + 1)]


def test_a_site_of_many_equipment_keeps_its_own_snapshots() -> None:
    lane = TelemetryQueue("gw-1")
    for number in range(2000):
        lane.put(f"tank-{number}", [replace(LEVEL, role=f"role_{role}") for role in range(12)], snapshot=True, at=1.0)
    assert (len(lane.take(5000)), lane.lost) == (2000, 0)


def test_a_pause_makes_none_and_counts_each() -> None:
    lane, paused = TelemetryQueue("gw-1"), False
    lane.paused = lambda: paused
    for paused in (False, True, True, True, False):  # noqa: B007 - the lane looks at it
        lane.put("tank-1", [], snapshot=False, at=1.0)
    assert [(message.seq, message.lost) for message in lane.take(10)] == [(1, 0), (5, 3)]
    assert lane.lost == 3


def publisher(journal: Journal, broker: FakeBroker, clock: ManualClock, lane: TelemetryQueue) -> Publisher:
    return Publisher(journal, UPLINK, IDENTITY, broker, clock, lane=lane)


async def test_it_reaches_its_topic_and_a_loss_on_the_way_is_counted(journal: Journal, clock: ManualClock) -> None:
    broker, lane = FakeBroker(), TelemetryQueue("gw-1")
    gateway = publisher(journal, broker, clock, lane)
    async with running_task(gateway.run()):
        await drive(clock, lambda: gateway.status().connected)
        lane.put("tank-1", [Sample("level", 50.0, "%", "good", "", 1.0)], snapshot=True, at=1.0)
        await drive(clock, lambda: broker.on("telemetry/tank-1"))
        broker.refuse = lambda message: "telemetry" in message.topic
        lane.put("tank-1", [], snapshot=False, at=2.0)
        await drive(clock, lambda: gateway.status().telemetry_lost == 1)
    arrived = protocol.decode(broker.on("telemetry/tank-1")[0], Telemetry)
    assert (arrived.seq, arrived.values[0].value) == (1, 50.0)


async def test_events_of_now_go_first_and_the_backlog_after(journal: Journal, clock: ManualClock) -> None:
    broker, lane = FakeBroker(), TelemetryQueue("gw-1")
    await journal.commit(numbered(1, 60), AT)
    for _ in range(3):
        lane.put("tank-1", [], snapshot=False, at=1.0)
    async with running_task(publisher(journal, broker, clock, lane).run()):
        await drive(clock, lambda: len(broker.on("event")) == 60 and len(broker.on("telemetry/tank-1")) == 3)
    kinds = [message.topic.rsplit("/", 1)[-1] for message in broker.published]
    assert kinds.index("tank-1") < kinds.index("event")
    assert all(json.loads(payload)["envelope"]["historical"] for payload in broker.on("event"))


async def test_the_retained_state_tells_how_much_was_left_out(journal: Journal, clock: ManualClock) -> None:
    broker, lane = FakeBroker(), TelemetryQueue("gw-1")

    def told_lost() -> int:
        return protocol.decode(broker.on("state")[-1], State).telemetry_lost

    async with running_task(publisher(journal, broker, clock, lane).run()):
        await drive(clock, lambda: broker.on("state"))
        assert told_lost() == 0
        lane.paused = lambda: True
        for _ in range(7):
            lane.put("tank-1", [], snapshot=False, at=1.0)
        await drive(clock, lambda: told_lost() == 7)
    assert broker.on("telemetry/tank-1") == []
