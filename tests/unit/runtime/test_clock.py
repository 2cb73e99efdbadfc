"""The clock is read here only, so here alone real time passes (milliseconds); everywhere else it is moved by hand."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime.clock import BUILT, TIME_ERROR, Clock, ManualClock, wall_is_trusted


@pytest.mark.parametrize(
    ("wall", "file", "kernel", "trusted"),
    [
        (BUILT + 1, True, TIME_ERROR, True),
        (BUILT + 1, False, 0, True),
        (BUILT + 1, False, TIME_ERROR, False),
        (BUILT + 1, False, -1, True),
        (0.0, False, -1, False),
        (0.0, True, 0, False),
    ],
)
def test_wall_is_trusted_when_somebody_synchronised_it(
    tmp_path: Path, wall: float, file: bool, kernel: int, trusted: bool
) -> None:
    marker = tmp_path / "synchronized"
    if file:
        marker.touch()
    assert wall_is_trusted(wall, marker, kernel) is trusted


def test_real_clock_is_not_simulated_and_moves() -> None:
    clock = Clock()
    first, second = clock.now(), clock.now()
    assert not clock.simulated
    assert second.boot == first.boot == clock.real_now().boot
    assert 0 <= second.since(first) < 1


async def test_fast_clock_moves_faster_and_says_so() -> None:
    clock = Clock(speed=1000)
    start, real = clock.now(), clock.real_now()
    await clock.sleep(10)
    assert clock.simulated
    assert clock.now().since(start) >= 10
    assert clock.real_now().since(real) < 5
    assert clock.now().boot != real.boot


async def test_wait_returns_early_when_the_event_comes() -> None:
    clock, event = Clock(), asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)
    assert await clock.wait(event, clock.now().mono + 60)


async def test_wait_gives_up_at_its_moment_and_leaves_the_event_alone() -> None:
    clock, event = Clock(speed=1000), asyncio.Event()
    assert not await clock.wait(event, clock.now().mono + 1)
    assert not event.is_set()


async def test_wait_without_end_waits_for_the_event() -> None:
    event = asyncio.Event()
    event.set()
    assert await ManualClock().wait(event)


async def test_manual_sleepers_wake_in_order_each_at_its_own_moment() -> None:
    clock, woken = ManualClock(mono=0), []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.now().mono))

    async with asyncio.TaskGroup() as group:
        for name, seconds in (("late", 5), ("early", 2), ("again", 5)):
            group.create_task(sleeper(name, seconds))
        await clock.advance(10)
    assert woken == [("early", 2), ("late", 5), ("again", 5)]
    assert clock.now().mono == 10


async def test_manual_clock_does_not_call_a_cancelled_timer() -> None:
    clock, called = ManualClock(mono=0), []
    clock.call_at(1, lambda: called.append(1)).cancel()
    clock.call_at(2, lambda: called.append(2))
    await clock.advance(3)
    assert called == [2]


async def test_manual_clock_can_step_wall_without_moving_durations() -> None:
    clock = ManualClock()
    before = clock.now()
    clock.set(wall=0.0, trusted=False)
    await clock.advance(3)
    assert clock.now().since(before) == 3
    assert clock.now().wall == 3
    assert not clock.trusted


@dataclass
class Box:
    """The clocks of a machine, as the module ``time`` gives them, and what its kernel says of them."""

    mono: float = 100.0
    wall: float = BUILT + 1000.0
    kernel: int = 0

    def monotonic(self) -> float:
        return self.mono

    def time(self) -> float:
        return self.wall


@pytest.mark.parametrize(
    ("passed", "moved", "trusted"),
    [
        pytest.param(1.0, 1.0, True, id="nothing happened: asked five seconds ago is good enough"),
        pytest.param(1.0, 1.5, True, id="slewed"),
        pytest.param(1.0, 3600.0, False, id="forward"),
        pytest.param(1.0, -3600.0, False, id="back"),
        pytest.param(5.0, 5.0, False, id="five seconds later"),
    ],
)
def test_trust_is_asked_anew_at_once_when_the_clock_jumps(
    monkeypatch: pytest.MonkeyPatch, passed: float, moved: float, trusted: bool
) -> None:
    box = Box()
    monkeypatch.setattr("runtime.clock.time", box)
    monkeypatch.setattr("runtime.clock.kernel_state", lambda: box.kernel)
    clock = Clock()
    assert clock.now().trusted
    box.kernel = TIME_ERROR
    box.mono, box.wall = box.mono + passed, box.wall + moved
    assert clock.now().trusted is trusted
    assert clock.real_now().trusted is trusted
