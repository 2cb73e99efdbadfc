import asyncio

import pytest

from drivers.points import PlantgateError
from runtime.clock import ManualClock
from runtime.errors import StoreError, UplinkError
from runtime.mqtt.session import keep_connected, until_failure
from runtime.supervisor import Backoff


async def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("error", [UplinkError("uplink.closed"), StoreError("store.full", path="x")])
async def test_expected_failures_are_told_and_tried_again(clock: ManualClock, error: PlantgateError) -> None:
    told: list[PlantgateError] = []
    running = keep_connected(lambda: until_failure({"job": fail(error)}), told.append, clock, Backoff(1.0, 1.0))
    task = asyncio.get_running_loop().create_task(running)
    await clock.advance(5.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(told) >= 5
    assert {*told} == {error}


async def test_a_bug_ends_it(clock: ManualClock) -> None:
    with pytest.raises(ExceptionGroup):
        await keep_connected(
            lambda: until_failure({"job": fail(ZeroDivisionError())}), lambda _: None, clock, Backoff(1, 1)
        )


async def test_cancelled_while_a_job_fails_it_still_stops(clock: ManualClock) -> None:
    broken = asyncio.Event()

    async def breaks() -> None:
        await broken.wait()
        raise UplinkError("uplink.closed")

    session = keep_connected(lambda: until_failure({"job": breaks()}), lambda _: None, clock, Backoff(1, 1))
    task = asyncio.get_running_loop().create_task(session)
    await clock.advance()
    broken.set()
    task.cancel()
    await clock.advance()
    assert task.cancelled()
