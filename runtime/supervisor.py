"""How tasks start, and the two kinds of failure: expected ones are backed off in place, bugs end the process."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog

from drivers.points import PlantgateError
from runtime.clock import Clock

T = TypeVar("T")
E = TypeVar("E", bound=PlantgateError)

log = structlog.get_logger()


def start(group: asyncio.TaskGroup, coroutine: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start a named task in ``group``: the only way a task begins in this program."""
    return group.create_task(coroutine, name=name)


class NamedTasks:
    """Named jobs that run beside each other and come and go one by one; made by ``crew``."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        """Start every job in ``group``."""
        self._group = group
        self._tasks: dict[str, asyncio.Task[object]] = {}

    def start(self, name: str, job: Coroutine[Any, Any, object]) -> None:
        """Begin a job; its name must be free."""
        if name in self._tasks:
            raise KeyError(name)
        self._tasks[name] = start(self._group, job, name)

    async def stop(self, *names: str) -> None:
        """Cancel these jobs and wait until they have tidied up."""
        tasks = [self._tasks.pop(name) for name in names]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def dismiss(self) -> None:
        """Cancel every job."""
        for task in self._tasks.values():
            task.cancel()


@asynccontextmanager
async def crew() -> AsyncIterator[NamedTasks]:
    """A crew beside the body. Leaving the body cancels its jobs; a job that fails cancels the body."""
    async with asyncio.TaskGroup() as group:
        jobs = NamedTasks(group)
        try:
            yield jobs
        finally:
            jobs.dismiss()


@asynccontextmanager
async def running(jobs: dict[str, Coroutine[Any, Any, object]]) -> AsyncIterator[None]:
    """Run named jobs beside the body, as ``crew`` does."""
    async with crew() as hired:
        for name, job in jobs.items():
            hired.start(name, job)
        yield


async def together(jobs: dict[str, Coroutine[Any, Any, object]], expected: type[E]) -> None:
    """Run named jobs, which never end by themselves, until one fails; the others are cancelled then.

    Raises the first ``expected`` failure by itself; bugs come as an ExceptionGroup.
    """
    failures: list[E] = []
    try:
        async with running(jobs):
            await asyncio.Event().wait()
    except* expected as errors:
        failures += [error for error in errors.exceptions if isinstance(error, expected)]
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        # A TaskGroup of Python 3.11 forgets that it was cancelled when a job fails at the same moment.
        raise asyncio.CancelledError
    raise failures[0]


class Backoff:
    """Growing pauses between attempts: doubling from ``first`` to ``cap`` seconds, each between half and all of it.

    The jitter keeps a building full of boxes from knocking at the same moment; the floor prevents a busy loop.
    """

    def __init__(self, first: float, cap: float, jitter: Callable[[], float] = random.random) -> None:
        """``jitter`` gives numbers in [0, 1)."""
        if not 0 < first <= cap:
            raise ValueError((first, cap))
        self._first = first
        self._cap = cap
        self._jitter = jitter
        self._pause = first

    def next(self) -> float:
        """Seconds to wait before the next attempt; the one after waits up to twice as long."""
        pause, self._pause = self._pause, min(self._pause * 2, self._cap)
        return pause * (0.5 + self._jitter() / 2)

    def reset(self) -> None:
        """Begin again at ``first`` after a success."""
        self._pause = self._first


async def keep_trying(
    what: str,
    operation: Callable[[], Awaitable[T]],
    *,
    expected: tuple[type[PlantgateError], ...],
    clock: Clock,
    backoff: Backoff,
) -> T:
    """Repeat ``operation`` until it succeeds: ``expected`` errors are waited out, any other is a bug and propagates."""
    while True:
        try:
            result = await operation()
        except expected as error:
            pause = backoff.next()
            log.warning("supervisor.retry", what=what, error=error.code, pause=round(pause, 1), **_details(error))
            await clock.real_sleep(pause)
        else:
            backoff.reset()
            return result


def _details(error: PlantgateError) -> dict[str, str]:
    return {f"error_{key}": str(value) for key, value in error.arguments.items()}
