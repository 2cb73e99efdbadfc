"""Staying connected: one session after another, whatever ends them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from drivers.points import PlantgateError
from runtime.clock import Clock
from runtime.errors import StoreError, UplinkError
from runtime.supervisor import Backoff, running

STEADY = 30.0
"""Seconds a session must last before the pauses begin anew; a flapping link keeps its longer pauses."""


async def keep_connected(
    session: Callable[[], Awaitable[None]], failed: Callable[[PlantgateError], object], clock: Clock, backoff: Backoff
) -> None:
    """Run ``session`` again and again until cancelled; failures of broker and store are told to ``failed``."""
    while True:
        opened = clock.real_now()
        try:
            await session()
        except* (UplinkError, StoreError) as failures:
            failed(_first(failures))
        notice_cancellation()
        if clock.real_now().since(opened) >= STEADY:
            backoff.reset()
        await clock.real_sleep(backoff.next())


async def until_failure(jobs: Mapping[str, Coroutine[Any, Any, object]]) -> None:
    """Run named jobs until one fails; raises what it raised, in an ExceptionGroup."""
    async with running(dict(jobs)):
        await asyncio.Event().wait()


def notice_cancellation() -> None:
    """End the task if it was cancelled and somebody swallowed that.

    Until Python 3.12 ``asyncio.wait_for`` does when what it waits for is done at the same moment, and until 3.13 a
    TaskGroup of which one task fails at that moment. Such a group also leaves ``cancelling()`` raised when a task fails
    while it only waits for its end; ``until_failure`` keeps the group in its body for that reason.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _first(failures: BaseExceptionGroup[PlantgateError]) -> PlantgateError:
    inner = failures.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
