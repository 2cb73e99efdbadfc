"""The ticker with an engine that records: when it steps, what it steps with, and who hears about it."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from agent.loop.committer import Committer, system_fact
from agent.loop.image import Image
from agent.loop.ticker import Ticker
from drivers.points import Instant, PlantgateError, Quality, Reading, Reason
from rules.effects import Effects
from rules.inputs import Acknowledge, Input
from runtime.clock import ManualClock
from runtime.errors import StoreError
from runtime.supervisor import running

UNKNOWN = "nobody/X"


class FakeEngine:
    """Its state is the list of steps so far; each acknowledge makes one event."""

    def __init__(self) -> None:
        self.due: list[float] = []

    def step(self, state: tuple, inputs: Sequence[Input], at: Instant) -> tuple[tuple, Effects]:
        self.due = [due for due in self.due if due > at.mono]
        acknowledged = [entry.alarm for entry in inputs if isinstance(entry, Acknowledge)]
        refused = [PlantgateError("engine.x", alarm=alarm) for alarm in acknowledged if alarm == UNKNOWN]
        acknowledged = [alarm for alarm in acknowledged if alarm != UNKNOWN]
        events = [system_fact(alarm, at, simulated=False) for alarm in acknowledged]
        return (*state, (at.mono, list(inputs))), Effects(events=events, refused=refused)

    def next_due(self, state: tuple) -> float | None:
        return min(self.due, default=None)


class Bench:
    durable = True

    def __init__(self) -> None:
        self.clock = ManualClock(mono=0)
        self.engine = FakeEngine()
        self.errors: list[StoreError] = []
        self.stored: list[str] = []
        self.beats: list[float] = []
        self.committer = Committer(self, self.clock)
        image = Image(["a.level"], self.clock.now())
        beat = lambda: self.beats.append(self.clock.now().mono)  # noqa: E731
        self.ticker = Ticker(self.engine, (), image, self.committer, self.clock, beat)

    async def commit(self, effects: Effects, at: Instant) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.stored += [event.code for event in effects.events]

    def running(self) -> AbstractAsyncContextManager[None]:
        return running({"committer": self.committer.run(), "ticker": self.ticker.run()})

    def reading(self, value: float) -> Reading:
        return Reading("a.level", value, Quality.GOOD, Reason.NONE, self.clock.now())


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_what_arrives_together_is_decided_together(bench: Bench) -> None:
    async with bench.running():
        await bench.clock.advance(0.5)
        for value in (1.0, 2.0):
            bench.ticker.deliver([bench.reading(value)])
            await bench.clock.advance(0.002)
        await bench.clock.advance(0.01)
    ((mono, inputs),) = bench.ticker.state
    assert mono == pytest.approx(0.505)
    assert [reading.value for reading in inputs] == [1.0, 2.0]


async def test_an_unchanged_reading_is_not_worth_a_step(bench: Bench) -> None:
    async with bench.running():
        for _ in range(3):
            bench.ticker.deliver([bench.reading(1.0)])
            await bench.clock.advance(1)
    assert bench.ticker.steps == 1


async def test_a_timer_wakes_the_engine_at_its_moment(bench: Bench) -> None:
    bench.engine.due = [0.25, 7.5]
    async with bench.running():
        await bench.clock.advance(10)
    assert bench.ticker.state == ((0.25, []), (7.5, []))


async def test_a_timer_that_stays_due_is_no_busy_loop(bench: Bench) -> None:
    bench.engine.next_due = lambda state: 0.0
    async with bench.running():
        await bench.clock.advance(1)
    assert bench.ticker.steps <= 201


async def test_the_watchdog_is_fed_each_second_without_any_input(bench: Bench) -> None:
    async with bench.running():
        await bench.clock.advance(5)
    assert bench.beats == [1, 2, 3, 4, 5]
    assert bench.ticker.steps == 0


async def test_submit_returns_after_the_commit(bench: Bench) -> None:
    async with bench.running():
        async with running({"time": bench.clock.advance(0.1)}):
            await bench.ticker.submit(Acknowledge("tank-1/W01", "Li"))
        assert bench.stored == ["tank-1/W01"]


async def test_submit_tells_the_truth_when_the_store_fails_and_decisions_go_on(bench: Bench) -> None:
    bench.errors = [StoreError("store.full")]
    async with bench.running():
        async with running({"time": bench.clock.advance(0.1)}):
            with pytest.raises(StoreError):
                await bench.ticker.submit(Acknowledge("tank-1/W01", "Li"))
        bench.ticker.deliver([bench.reading(3.0)])
        await bench.clock.advance(0.01)
        assert bench.ticker.steps == 2
        await bench.clock.advance(5)
    assert bench.stored == ["tank-1/W01"]


async def test_a_bug_in_the_engine_ends_the_ticker(bench: Bench) -> None:
    bench.engine.step = lambda state, inputs, at: 1 / 0
    bench.ticker.deliver([bench.reading(1.0)])
    async with running({"time": bench.clock.advance(1)}):
        with pytest.raises(ZeroDivisionError):
            await bench.ticker.run()


async def test_a_refusal_is_the_answer_to_its_own_request_only(bench: Bench) -> None:
    async def outcome(alarm: str) -> str:
        try:
            await bench.ticker.submit(Acknowledge(alarm, "Li"))
        except PlantgateError as error:
            return error.code
        return "stored"

    async with bench.running(), asyncio.TaskGroup() as group:
        asked = [group.create_task(outcome(alarm)) for alarm in ("a/1", UNKNOWN, "b/2")]
        await bench.clock.advance(0.1)
    assert [task.result() for task in asked] == ["stored", "engine.x", "stored"]
