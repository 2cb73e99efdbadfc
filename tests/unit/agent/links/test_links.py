"""One link task against a scripted wire, with time moved by hand: when it asks, whom it spares, what it says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest

from agent.links.setup import LinkSetup
from agent.links.task import JOBS_ALLOWED, LinkTask
from drivers.contract import LinkDown, NoAnswer, Refused, Write
from drivers.points import Reason
from drivers.templates import Device, PointWrite
from runtime.clock import ManualClock
from runtime.errors import AgentError
from runtime.supervisor import running
from tests.unit.agent.links.fakes import FakeDriver, FakeSink, device

SILENCE = NoAnswer("modbus.no-answer")
GONE = LinkDown("modbus.refused")
ILLEGAL = Refused("modbus.exception", number=2)


class Bench:
    """A link task with everything around it."""

    def __init__(self, *devices: Device, per_point: bool = False, latency: float = 0.0, in_flight: int = 1) -> None:
        self.clock = ManualClock(mono=0)
        self.driver = FakeDriver(self.clock, per_point=per_point, latency=latency, in_flight=in_flight)
        self.sink = FakeSink()
        self.link = LinkTask(LinkSetup("bus", self.driver, devices, self.clock, self.sink))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with running({"link": self.link.run()}):
            await self.clock.advance()
            yield

    def device(self, name: str) -> dict[str, object]:
        return self.link.plain()["devices"][name]


async def test_everything_is_read_once_at_the_start_then_spread_over_the_period() -> None:
    bench = Bench(device("a"), device("b"))
    async with bench.running():
        await bench.clock.advance(20)
    assert bench.driver.moments("a.level") == [0, 5, 15]
    assert bench.driver.moments("b.level") == [0, 10, 20]


async def test_a_late_poll_runs_once_and_the_missed_ones_are_counted() -> None:
    bench = Bench(device("a", period=1), latency=2.5)
    async with bench.running():
        await bench.clock.advance(6)
    assert bench.driver.moments("a.level") == [0, 3, 6]
    assert bench.device("a")["missed_polls"] == 4


async def test_good_answers_tell_device_and_link_online_once() -> None:
    bench = Bench(device("a"))
    async with bench.running():
        await bench.clock.advance(30)
    points = [reading.point for reading in bench.sink.readings]
    assert points == ["a.level", "a.online", "bus.online"]
    assert bench.device("a")["good"] == 4


async def test_an_unchanged_answer_is_not_decoded_again() -> None:
    bench = Bench(device("a"))
    async with bench.running():
        await bench.clock.advance(10)
        assert (bench.driver.decoded, [at.mono for _, at in bench.sink.refreshed]) == (1, [10])
        bench.driver.answers["a"] = b"\x07"
        await bench.clock.advance(10)
    assert bench.sink.last("a.level") == (7.0, "")


@pytest.mark.parametrize("reason", [Reason.NO_ANSWER, Reason.DECODE])
async def test_one_silence_marks_the_points_of_the_request_only(reason: Reason) -> None:
    bench = Bench(device("a", ("level", "flow")), per_point=True)
    async with bench.running():
        bench.driver.answers["a.level"] = NoAnswer("modbus.x", reason=reason)
        await bench.clock.advance(5)
    assert bench.sink.last("a.level") == (None, str(reason))
    assert bench.sink.last("a.flow") == (0.0, "")
    assert bench.sink.last("a.online") == (True, "")


async def test_two_silences_take_the_device_offline_and_nobody_else() -> None:
    bench = Bench(device("a", ("level", "flow")), device("b"))
    async with bench.running():
        bench.driver.answers["a"] = SILENCE
        await bench.clock.advance(16)
    assert bench.sink.last("a.flow") == (None, "device-offline")
    assert bench.sink.last("a.online") == (False, "")
    assert bench.driver.moments("b.level") == [0, 10]
    assert bench.device("b")["online"] is True


async def test_a_dead_device_costs_the_bus_little_and_delays_nobody() -> None:
    bench = Bench(device("a", period=1), device("b", period=1))
    bench.driver.answers["a"] = SILENCE
    async with bench.running():
        await bench.clock.advance(600)
    assert len(bench.driver.moments("a.level")) <= 0.05 * 600 + 2
    assert len(bench.driver.moments("b.level")) == 601


async def test_a_returning_device_is_probed_with_its_smallest_request_then_read_at_once() -> None:
    bench = Bench(device("a", ("level", "flow"), period=300), per_point=True)
    bench.driver.answers["a"] = SILENCE
    async with bench.running():
        await bench.clock.advance(1)
        assert bench.device("a")["breaker"] == "open"
        bench.driver.answers.clear()
        await bench.clock.advance(40)
    assert bench.sink.last("a.online") == (True, "")
    assert bench.sink.last("a.level") == bench.sink.last("a.flow") == (0.0, "")


async def test_an_offline_device_is_told_bad_once_not_at_each_probe() -> None:
    bench = Bench(device("a"))
    bench.driver.answers["a"] = SILENCE
    async with bench.running():
        await bench.clock.advance(500)
    assert [str(r.reason) for r in bench.sink.readings if r.point == "a.level"] == ["no-answer", "device-offline"]


async def test_a_refused_block_is_split_once_and_only_the_bad_point_suffers() -> None:
    bench = Bench(device("a", ("level", "flow")))
    bench.driver.answers |= {"a.level": ILLEGAL, "a.flow": b"\x05"}
    async with bench.running():
        await bench.clock.advance(40)
    assert bench.sink.last("a.level") == (None, "exception")
    assert bench.sink.last("a.flow") == (5.0, "")
    assert bench.device("a")["online"] is True
    assert len(bench.driver.moments("a.flow")) == 5


async def test_a_lost_wire_makes_everything_bad_with_the_reason() -> None:
    bench = Bench(device("a", period=1), device("b", period=1))
    async with bench.running():
        bench.driver.answers |= {"a": GONE, "b": GONE}
        bench.driver.open_errors = [GONE] * 3
        await bench.clock.advance(2)
        assert {bench.sink.last(f"{name}.level") for name in "ab"} == {(None, "link-down")}
        assert bench.sink.last("a.online") == (None, "link-down")
        assert bench.sink.last("bus.online") == (False, "")


async def test_a_lost_wire_is_reopened_for_ever_without_a_busy_loop_and_then_all_is_good() -> None:
    bench = Bench(device("a", period=1))
    bench.driver.open_errors = [GONE] * 12
    async with bench.running():
        await bench.clock.advance(600)
        pauses = [later - sooner for sooner, later in zip(bench.driver.opened, bench.driver.opened[1:], strict=False)]
    assert len(bench.driver.opened) == 13
    assert all(0.5 <= pause <= 30 for pause in pauses)
    assert bench.sink.last("a.level") == (0.0, "")
    assert bench.sink.last("bus.online") == (True, "")


async def test_a_wire_that_opens_and_dies_at_once_is_no_busy_loop_either() -> None:
    bench = Bench(device("a", period=1))
    bench.driver.answers["a"] = GONE
    async with bench.running():
        await bench.clock.advance(60)
    assert len(bench.driver.opened) < 20


async def test_a_dropped_idle_connection_is_reopened_without_an_alarm() -> None:
    bench = Bench(device("a", period=1))
    async with bench.running():
        bench.driver.once["a"] = GONE
        await bench.clock.advance(1)
    assert bench.link.plain()["reopened"] == 1
    assert bench.driver.moments("a.level") == [0, 1, 1]
    assert not [reading for reading in bench.sink.readings if reading.value is False or reading.value is None]


async def test_a_command_goes_ahead_of_the_polls_and_once() -> None:
    bench = Bench(*(device(name, period=1) for name in "abc"), latency=0.4)
    write = Write("a", PointWrite("level", 5))
    async with bench.running(), asyncio.TaskGroup() as group:
        await bench.clock.advance(0.1)
        group.create_task(bench.link.call(lambda driver: driver.write(write)))
        await bench.clock.advance(2)
    assert [asked for _, asked in bench.driver.asked][:3] == ["a.level", "write a.level", "b.level"]
    assert bench.driver.written == [write]


async def test_a_command_on_a_lost_wire_fails_at_once() -> None:
    bench = Bench(device("a"))
    bench.driver.open_errors = [GONE] * 5
    async with bench.running():
        with pytest.raises(LinkDown):
            await bench.link.call(lambda driver: driver.write(Write("a", PointWrite("level", 5))))
    assert bench.driver.written == []


async def test_commands_that_nobody_serves_are_refused_not_piled_up() -> None:
    bench = Bench(device("a"))
    async with running({str(n): bench.link.call(lambda driver: driver.close()) for n in range(JOBS_ALLOWED)}):
        await bench.clock.advance()
        with pytest.raises(AgentError):
            await bench.link.call(lambda driver: driver.close())


async def test_a_bug_in_a_driver_ends_the_task() -> None:
    bench = Bench(device("a"))
    bench.driver.decode = None
    with pytest.raises(ExceptionGroup):
        async with bench.running():
            await bench.clock.advance(1)


async def test_stopping_closes_the_wire() -> None:
    bench = Bench(device("a"))
    async with bench.running():
        pass
    assert bench.driver.closed == 1


async def test_one_request_at_a_time_where_the_wire_takes_no_more() -> None:
    bench = Bench(*(device(name, ("level", "flow"), period=1) for name in "abc"), per_point=True, latency=0.1)
    async with bench.running():
        await bench.clock.advance(5)
    assert bench.driver.most_under_way.total() == 3
    assert max(bench.driver.most_under_way.values()) == 1


@pytest.mark.parametrize("error", [None, SILENCE])
async def test_a_slow_or_dead_device_holds_up_nobody_where_the_wire_takes_many(error: NoAnswer | None) -> None:
    bench = Bench(*(device(name, ("level", "flow"), period=1) for name in "abc"), per_point=True, in_flight=50)
    bench.driver.latencies["a"] = 5.0
    bench.driver.answers |= {"a": error} if error else {}
    async with bench.running():
        await bench.clock.advance(60)
    assert {len(bench.driver.moments(f"{name}.{point}")) for name in "bc" for point in ("level", "flow")} == {61}
    assert [bench.device(name)["missed_polls"] for name in "bc"] == [0, 0]
    assert bench.device("a")["online"] is (error is None)


async def test_a_device_gets_four_requests_at_once_and_every_poll_its_turn() -> None:
    bench = Bench(device("a", [f"p{n}" for n in range(10)], period=60), per_point=True, latency=1.0, in_flight=50)
    async with bench.running():
        await bench.clock.advance(3)
    assert bench.driver.most_under_way == {"a": 4}
    assert sorted(mono for mono, _ in bench.driver.asked) == [0] * 4 + [1] * 4 + [2] * 2


async def test_what_waits_for_a_device_that_dies_is_read_when_it_returns() -> None:
    points = [f"p{n}" for n in range(10)]
    bench = Bench(device("a", points, period=300), per_point=True, latency=1.0, in_flight=50)
    bench.driver.answers["a"] = SILENCE
    async with bench.running():
        await bench.clock.advance(1)
        assert (bench.device("a")["timeouts"], bench.device("a")["breaker"]) == (4, "open")
        bench.driver.answers.clear()
        await bench.clock.advance(20)
    assert {bench.sink.last(f"a.{point}") for point in points} == {(0.0, "")}


async def test_a_command_does_not_wait_for_polls_under_way_on_a_wire_that_takes_many() -> None:
    bench = Bench(device("a", period=10), latency=5.0, in_flight=50)
    write = Write("a", PointWrite("level", 5))
    async with bench.running(), asyncio.TaskGroup() as group:
        await bench.clock.advance(1)
        group.create_task(bench.link.call(lambda driver: driver.write(write)))
        await bench.clock.advance()
        assert bench.driver.written == [write]


async def test_a_wire_lost_under_a_command_leaves_its_outcome_unknown() -> None:
    bench = Bench(device("a", period=10), device("b", period=10), in_flight=50)
    bench.driver.latencies["a"] = 2.0
    bench.driver.answers["a"] = GONE
    async with bench.running(), asyncio.TaskGroup() as group:
        call = group.create_task(unknown_outcome(bench, bench.clock.sleep(60)))
        await bench.clock.advance(3)
        assert call.done()
    assert bench.link.plain()["reopened"] == 1


async def unknown_outcome(bench: Bench, operation: Awaitable[None]) -> None:
    with pytest.raises(NoAnswer):
        await bench.link.call(lambda driver: operation)


async def test_a_probe_under_which_the_wire_is_lost_is_made_again() -> None:
    bench = Bench(device("a", period=10), device("b", period=1))
    bench.driver.answers["a"] = SILENCE
    async with bench.running():
        await bench.clock.advance(15)
        bench.driver.answers.clear()
        bench.driver.once["a"] = GONE
        await bench.clock.advance(60)
    assert bench.link.reopened == 1
    assert bench.device("a")["online"] is True
