"""What dead, slow and lying units may cost the others of their bus, in simulated time."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from drivers.contract import LinkDown, NoAnswer
from drivers.points import Reason
from runtime.clock import ManualClock
from runtime.supervisor import running
from tests.unit.agent.links.fakes import FakeDriver, FakeSink, device

ANSWER = 0.05
"""Seconds of an answer: ten units a second take half of the bus."""
MINUTES = 10


@pytest.fixture(autouse=True)
def _same_jitter() -> None:
    """The pauses between probes are jittered; the laws hold for every seed, a test runs with the same one."""
    random.seed(1)


class Bus:
    """``count`` units that are polled each second, of which some die at the start."""

    def __init__(self, count: int, *, dead: int = 0, timeout: float = 1.0, period: float = 1.0) -> None:
        self.clock = ManualClock(mono=0)
        self.driver = FakeDriver(self.clock, latency=ANSWER)
        self.sink = FakeSink()
        self.names = [f"u{number}" for number in range(count)]
        self.driver.dead |= set(self.names[:dead])
        devices = [device(name, period=period, timeout=timeout) for name in self.names]
        self.link = LinkTask(LinkSetup("bus", self.driver, devices, self.clock, self.sink))

    async def run(self, seconds: float) -> None:
        async with running({"link": self.link.run()}):
            await self.clock.advance(seconds)

    def on_time(self, names: Sequence[str]) -> float:
        """Share of the due moments of ``names`` that were answered before the next one."""
        counts = [self.count(name) for name in names]
        polls, late, missed = (sum(count[key] for count in counts) for key in ("polls", "late_polls", "missed_polls"))
        return (polls - late) / (polls + missed)

    def count(self, name: str) -> dict[str, int]:
        return self.link.plain()["devices"][name]


@pytest.mark.parametrize(
    ("count", "dead", "answers_within"),
    [(10, 1, 1.0), (10, 2, 0.3), (10, 5, 1.0), (20, 10, 1.0), (10, 10, 1.0), (2, 1, 3.0)],
)
async def test_dead_units_together_take_five_percent_of_the_bus_at_most(
    count: int, dead: int, answers_within: float
) -> None:
    """From the start, so what it takes to find out that they are dead is in it."""
    bus = Bus(count, dead=dead, timeout=answers_within, period=10)
    await bus.run(60 * 20)
    assert bus.driver.lost_seconds.total() <= 0.05 * 60 * 20
    assert all(bus.driver.lost_seconds[name] for name in bus.names[:dead])


@pytest.mark.parametrize("dead", [1, 3, 5])
async def test_units_that_die_at_work_leave_the_polls_of_the_others_on_time(dead: int) -> None:
    """They are asked with short patience, in the gaps between the polls."""
    bus = Bus(10)
    async with running({"link": bus.link.run()}):
        await bus.clock.advance(60)
        bus.driver.dead |= set(bus.names[:dead])
        await bus.clock.advance(60 * MINUTES)
    assert bus.on_time(bus.names[dead:]) >= 0.99
    assert bus.driver.lost_seconds.total() <= 0.05 * 60 * MINUTES
    lengths = [seconds for _, _, seconds in bus.driver.probes]
    assert set(lengths) == {0.2, 1.0}
    assert lengths.count(0.2) >= 5 * lengths.count(1.0)


async def test_every_dead_unit_has_its_turn_and_is_found_within_a_minute_or_two() -> None:
    bus = Bus(10, dead=5)
    async with running({"link": bus.link.run()}):
        await bus.clock.advance(600)
        for name in bus.names[:5]:
            bus.driver.dead.remove(name)
            await bus.clock.advance(120)
            assert bus.count(name)["online"] is True


async def test_when_the_whole_bus_comes_back_all_are_there_soon_after_the_first() -> None:
    bus = Bus(20, period=10)
    async with running({"link": bus.link.run()}):
        await bus.clock.advance(300)
        bus.driver.dead |= set(bus.names)
        await bus.clock.advance(600)
        assert not any(bus.count(name)["online"] for name in bus.names)
        bus.driver.dead.clear()
        waited = 0
        while not any(bus.count(name)["online"] for name in bus.names):
            await bus.clock.advance(1)
            waited += 1
        await bus.clock.advance(15)
    assert waited <= 60
    assert all(bus.count(name)["online"] for name in bus.names)


async def test_a_unit_that_loses_every_second_request_cannot_eat_the_bus() -> None:
    bus = Bus(10)
    async with running({"link": bus.link.run()}):
        for _ in range(60 * MINUTES // 2):
            bus.driver.dead ^= {"u0"}
            await bus.clock.advance(2)
    assert bus.driver.lost_seconds["u0"] <= 0.05 * 60 * MINUTES
    assert bus.on_time(bus.names[1:]) >= 0.99
    assert bus.count("u0")["good"] > 5


async def test_a_slow_unit_delays_each_other_by_one_request_at_most() -> None:
    bus = Bus(3, period=10)
    slow = device("slow", [f"p{n}" for n in range(8)], period=10)
    driver = FakeDriver(bus.clock, per_point=True, latency=ANSWER)
    driver.latencies["slow"] = 0.9
    fast = [device(name, period=10) for name in "abc"]
    link = LinkTask(LinkSetup("bus", driver, [slow, *fast], bus.clock, bus.sink))
    async with running({"link": link.run()}):
        await bus.clock.advance(100)
    order = [asked.partition(".")[0] for _, asked in driver.asked[:11]]
    assert order == ["slow", "a", "b", "c", *["slow"] * 7]


@pytest.mark.parametrize("reason", [Reason.NO_ANSWER, Reason.DECODE])
async def test_a_lost_answer_is_asked_for_again_at_once_and_nothing_else_of_the_unit_for_a_while(
    reason: Reason,
) -> None:
    """The late answer to a question fits the same question; to any other of the unit it would be wrong."""
    bus = Bus(3, period=1)
    async with running({"link": bus.link.run()}):
        await bus.clock.advance(10)
        bus.driver.once["u0"] = NoAnswer("modbus.x", reason=reason)
        await bus.clock.advance(10)
    assert bus.count("u0")["online"] is True
    assert bus.driver.probes == []
    lost, again, following = [moment for moment in bus.driver.moments("u0.level") if moment > 10][:3]
    assert again - lost < 3 * ANSWER
    assert following - lost >= 1.0
    assert {reading.value for reading in bus.sink.readings if reading.point == "u0.level"} == {0.0}
    assert bus.on_time(bus.names) == 1.0


async def test_a_lost_poll_is_made_up_for_as_soon_as_the_unit_answers_again() -> None:
    bus = Bus(2, period=300)
    bus.driver.once["u0"] = NoAnswer("modbus.silent", seconds=1)
    await bus.run(5)
    assert bus.sink.last("u0.level") == (0.0, "")


async def test_a_block_that_is_always_nonsense_is_not_asked_more_often_than_its_period_and_twice() -> None:
    bus = Bus(1, period=60)
    bus.driver.answers["u0.level"] = NoAnswer("modbus.damaged", reason=Reason.DECODE)
    other = device("u0", ("level", "flow"), period=60)
    driver = FakeDriver(bus.clock, per_point=True)
    driver.answers["u0.flow"] = NoAnswer("modbus.damaged", reason=Reason.DECODE)
    link = LinkTask(LinkSetup("bus", driver, [other], bus.clock, bus.sink))
    async with running({"link": link.run()}):
        await bus.clock.advance(600)
    assert len(driver.moments("u0.flow")) <= 13
    assert bus.sink.last("u0.level") == (0.0, "")
    assert bus.sink.last("u0.online") == (True, "")


async def test_a_unit_whose_gateway_hangs_up_on_it_does_not_take_the_link_from_the_others() -> None:
    bus = Bus(5)
    bus.driver.answers["u2"] = LinkDown("link.closed-by-peer")
    async with running({"link": bus.link.run()}):
        await bus.clock.advance(600)
    assert bus.sink.last("bus.online") == (True, "")
    assert bus.sink.last("u2.online") == (False, "")
    assert bus.on_time(["u0", "u1", "u3", "u4"]) >= 0.99
    assert not [reading for reading in bus.sink.readings if reading.point == "bus.online" and reading.value is False]


async def test_a_block_on_which_the_device_hangs_up_does_not_take_the_others_of_the_device() -> None:
    bus = Bus(0)
    driver = FakeDriver(bus.clock, per_point=True, latency=ANSWER)
    driver.answers["u0.flow"] = LinkDown("link.closed-by-peer")
    link = LinkTask(LinkSetup("bus", driver, [device("u0", ("level", "flow"), period=10)], bus.clock, bus.sink))
    async with running({"link": link.run()}):
        await bus.clock.advance(600)
    assert bus.sink.last("bus.online") == (True, "")
    assert len(driver.moments("u0.level")) >= 60
    downs = [reading for reading in bus.sink.readings if reading.point == "bus.online" and reading.value is False]
    assert len(downs) <= 1


async def test_devices_behind_one_unit_cost_one_silence_and_come_back_together() -> None:
    bus = Bus(0)
    driver = FakeDriver(bus.clock, latency=ANSWER)
    behind = [device(f"d{number}", unit="7", period=1) for number in range(5)]
    link = LinkTask(LinkSetup("bus", driver, [*behind, device("other", period=1)], bus.clock, bus.sink))
    async with running({"link": link.run()}):
        await bus.clock.advance(60)
        driver.dead |= {one.id for one in behind}
        await bus.clock.advance(10)
        assert driver.lost_seconds.total() <= 1.0 + 0.2 + 0.2
        assert {bus.sink.last(f"{one.id}.online") for one in behind} == {(False, "")}
        driver.dead.clear()
        await bus.clock.advance(60)
    assert {bus.sink.last(f"{one.id}.online") for one in behind} == {(True, "")}
    assert {bus.sink.last(f"{one.id}.level") for one in behind} == {(0.0, "")}
    assert len(driver.moments("other.level")) >= 129


async def test_failures_of_one_unit_leave_the_readings_of_the_others_alone() -> None:
    bus = Bus(4)
    async with running({"link": bus.link.run()}):
        await bus.clock.advance(5)
        bus.driver.dead.add("u3")
        await bus.clock.advance(100)
    assert {reading.point for reading in bus.sink.readings if reading.value is None} == {"u3.level"}


async def test_a_command_waits_for_one_probe_at_most() -> None:
    bus = Bus(4, dead=3)
    async with running({"link": bus.link.run()}), asyncio.TaskGroup() as group:
        await bus.clock.advance(300)
        began = bus.clock.now().mono
        call = group.create_task(bus.link.call(lambda driver: driver.open()))
        await bus.clock.advance(1.05)
        assert call.done()
    assert bus.driver.opened[-1] - began <= 1.05
