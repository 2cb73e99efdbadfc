"""The gateway as equipment: connection, queue and certificate become readings that rules and telemetry see."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agent.journal import Journal, JournalMaintenance, QueueStats
from agent.journal.journal import VOLATILE_ALLOWED
from agent.journal.outbox import EVENT_BYTES
from agent.journal.retention import used_bytes
from agent.self_monitoring import Rate, SelfMonitoring
from agent.uplink.publisher import UplinkStatus
from config.plant import DAY, Plant, Storage
from config.site import load_site
from drivers.points import Instant, Quality, Reading, Value
from runtime.clock import ManualClock
from runtime.errors import StoreError
from tests.unit.delivery_fakes import numbered

AT = Instant("boot-1", 1000.0, 1_800_000_000.0)
SITE = Path(__file__).parents[2] / "acceptance" / "site"
CAPACITY = Storage().size / EVENT_BYTES


class Readings:
    """Takes what is delivered."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[Value | None, Quality]] = {}

    def deliver(self, readings: Sequence[Reading], block: str = "") -> None:
        self.values |= {reading.point: (reading.value, reading.quality) for reading in readings}

    def value(self, role: str) -> Value | None:
        return self.values[f"gw-bench.{role}"][0]


@pytest.fixture(scope="module")
def plant() -> Plant:
    return load_site(SITE)


async def test_the_queue_is_measured(plant: Plant, journal: Journal, clock: ManualClock) -> None:
    sink = Readings()
    gateway = SelfMonitoring(lambda: plant, journal, JournalMaintenance(journal, clock), UplinkStatus, sink, clock)
    await gateway.look()
    assert (sink.value("online"), sink.value("queue"), sink.value("queue_age")) == (False, 0, 0.0)
    assert sink.values["gw-bench.queue_rate"] == (None, Quality.BAD)
    await journal.commit(numbered(1, 60), clock.now())
    await clock.advance(600.0)
    await gateway.look()
    assert (sink.value("queue"), sink.value("queue_age"), sink.value("queue_rate")) == (60, 600.0, 360.0)
    assert sink.value("queue_used") == pytest.approx(6000 / CAPACITY)
    assert sink.value("days_left") == pytest.approx((CAPACITY - 60) / 360 / 24)
    assert "gw-bench.certificate_left" not in sink.values


async def test_the_size_of_the_site_and_its_own_events_say_how_much_fits(
    plant: Plant, journal: Journal, clock: ManualClock
) -> None:
    sink, small = Readings(), replace(plant, storage=Storage(size=100 * 2**20))
    gateway = SelfMonitoring(lambda: small, journal, JournalMaintenance(journal, clock), UplinkStatus, sink, clock)
    looks: list[tuple[int, float]] = []
    for first in (1, 2_501, 5_001, 7_501):
        await journal.commit(numbered(first, first + 2_499), clock.now())
        await gateway.look()
        assert gateway.queue is not None
        assert sink.value("queue_used") == gateway.queue.queue_used
        looks.append((await journal.maintain(used_bytes), gateway.queue.queue_used))
    # The first ones were packed without a dictionary; from then on the file grows as the newest events say.
    (_, second, _, last) = looks
    assert last[1] - second[1] == pytest.approx(100 * (last[0] - second[0]) / small.storage.size, rel=0.1)


async def test_without_a_disk_memory_is_what_there_is(plant: Plant, journal: Journal, clock: ManualClock) -> None:
    sink = Readings()
    gateway = SelfMonitoring(lambda: plant, journal, JournalMaintenance(journal, clock), UplinkStatus, sink, clock)
    await journal.commit(numbered(1, 300), clock.now())
    journal.report(StoreError("store.io", path="journal.db", reason="fault"))
    await journal.fall_back()
    await gateway.look()
    assert (sink.value("queue"), sink.value("queue_used")) == (0, 0.0)
    entries = await journal.commit(numbered(1, 150), clock.now())
    await journal.mark_sent(entries[:50])
    await clock.advance(600.0)
    await gateway.look()
    assert (sink.value("queue"), sink.value("queue_used")) == (100, 100.0 * 100 / VOLATILE_ALLOWED)
    assert sink.value("days_left") == pytest.approx((VOLATILE_ALLOWED - 100) / (150 * 6) / 24)


async def test_without_consumers_what_is_unsent_counts(plant: Plant, journal: Journal, clock: ManualClock) -> None:
    sink, unproven = Readings(), replace(plant, uplink=replace(plant.uplink, consumers=()))
    entries = await journal.commit(numbered(1, 4), clock.now())
    await journal.mark_sent(entries[:3])
    await SelfMonitoring(
        lambda: unproven, journal, JournalMaintenance(journal, clock), UplinkStatus, sink, clock
    ).look()
    assert sink.value("queue") == 1


async def test_the_certificate_is_counted_down(plant: Plant, journal: Journal, clock: ManualClock) -> None:
    sink = Readings()
    status = UplinkStatus(connected=True, certificate_until=clock.now().wall + 12 * DAY)
    await SelfMonitoring(lambda: plant, journal, JournalMaintenance(journal, clock), lambda: status, sink, clock).look()
    assert (sink.value("online"), sink.value("certificate_left")) == (True, 12.0)


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_clock_is_told(plant: Plant, journal: Journal, clock: ManualClock, trusted: bool) -> None:
    sink = Readings()
    clock.set(trusted=trusted)
    await SelfMonitoring(lambda: plant, journal, JournalMaintenance(journal, clock), UplinkStatus, sink, clock).look()
    assert sink.value("clock_trusted") is trusted


@pytest.mark.parametrize("tight", [True, False])
async def test_the_storage_is_told(plant: Plant, journal: Journal, clock: ManualClock, tight: bool) -> None:
    sink, keeper = Readings(), JournalMaintenance(journal, clock)
    keeper.tight = tight
    gateway = SelfMonitoring(lambda: plant, journal, keeper, UplinkStatus, sink, clock)
    await gateway.look()
    assert sink.value("storage") == ("tight" if tight else "durable")
    journal.report(StoreError("store.io", path="journal.db", reason="fault"))
    await journal.fall_back()
    await gateway.look()
    assert sink.value("storage") == "volatile"
    assert sink.value("storage") in plant.classes["gateway"].roles["storage"].states


async def test_a_store_that_does_not_answer_makes_the_queue_unknown(
    plant: Plant, journal: Journal, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> QueueStats:
        raise StoreError("store.failed", path="x", reason="y")

    sink = Readings()
    gateway = SelfMonitoring(lambda: plant, journal, JournalMaintenance(journal, clock), UplinkStatus, sink, clock)
    await gateway.look()
    monkeypatch.setattr(journal, "stats", broken)
    await gateway.look()
    assert sink.values["gw-bench.queue"] == (None, Quality.BAD)
    assert sink.value("online") is False


def test_the_rate_forgets_what_is_older_than_an_hour_and_begins_anew_with_an_epoch() -> None:
    rate = Rate()
    seen = [(0, "a", 0), (30, "a", 5), (60, "a", 10), (7200, "a", 10), (7300, "b", 3), (7400, "b", 13)]
    rates = [rate.see(epoch, head, replace(AT, mono=float(mono))) for mono, epoch, head in seen]
    assert rates == [None, None, 600.0, None, None, 360.0]


def test_every_site_has_its_gateway_as_equipment(plant: Plant) -> None:
    (gateway,) = (equipment for equipment in plant.equipment if equipment.cls == "gateway")
    assert (gateway.id, gateway.roles["online"].point) == ("gw-bench", "gw-bench.online")
