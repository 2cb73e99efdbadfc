import asyncio
from collections.abc import Awaitable, Callable

import pytest

from drivers.contract import LinkDown, NoAnswer
from runtime.clock import ManualClock
from runtime.supervisor import Backoff, crew, keep_trying, running, start, together


@pytest.mark.parametrize(("jitter", "pauses"), [(0.0, [0.5, 1, 2, 4, 5, 5]), (0.5, [0.75, 1.5, 3, 6, 7.5, 7.5])])
def test_backoff_doubles_with_jitter_up_to_its_cap(jitter: float, pauses: list[float]) -> None:
    backoff = Backoff(1, 10, lambda: jitter)
    assert [backoff.next() for _ in pauses] == pauses


def test_backoff_begins_again_after_a_success() -> None:
    backoff = Backoff(1, 10, lambda: 0.0)
    backoff.next(), backoff.next()
    backoff.reset()
    assert backoff.next() == 0.5


@pytest.mark.parametrize(("first", "cap"), [(0, 1), (2, 1), (-1, 1)])
def test_backoff_refuses_to_be_a_busy_loop(first: float, cap: float) -> None:
    with pytest.raises(ValueError, match=str(cap)):
        Backoff(first, cap)


def failing(*errors: Exception) -> Callable[[], Awaitable[str]]:
    script = list(errors)

    async def operation() -> str:
        if script:
            raise script.pop(0)
        return "open"

    return operation


async def test_keep_trying_waits_out_expected_failures() -> None:
    clock = ManualClock(mono=0)
    operation, backoff = failing(LinkDown("x"), LinkDown("x")), Backoff(2, 30, lambda: 0.0)
    async with asyncio.TaskGroup() as group:
        task = start(group, keep_trying("x", operation, expected=(LinkDown,), clock=clock, backoff=backoff), "try")
        await clock.advance(2.9)
        assert not task.done()
        await clock.advance(0.2)
    assert task.result() == "open"
    assert backoff.next() == 1


async def test_keep_trying_lets_other_failures_through() -> None:
    operation = failing(NoAnswer("x"))
    with pytest.raises(NoAnswer):
        await keep_trying("x", operation, expected=(LinkDown,), clock=ManualClock(), backoff=Backoff(1, 2))


async def test_running_cancels_its_jobs_when_the_body_is_done() -> None:
    async with running({"wait": asyncio.Event().wait()}):
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert "wait" in names
    assert "wait" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_failing_job_ends_the_body() -> None:
    async def bug() -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        async with running({"bug": bug()}):
            await asyncio.Event().wait()
    assert caught.group_contains(ZeroDivisionError)


async def raises(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "seen"), [(LinkDown("modbus.refused"), LinkDown), (ValueError("bug"), ExceptionGroup)]
)
async def test_the_first_failure_ends_all_that_run_together(error: Exception, seen: type[Exception]) -> None:
    ended = asyncio.Event()

    async def other() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(seen):
        await together({"other": other(), "failing": raises(error)}, LinkDown)
    assert ended.is_set()


async def test_being_stopped_wins_over_a_failure_of_the_same_moment() -> None:
    async def fails_when_stopped() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise LinkDown("modbus.refused") from error

    async with asyncio.TaskGroup() as group:
        task = start(group, together({"job": fails_when_stopped()}, LinkDown), "together")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()


async def test_jobs_of_a_crew_come_and_go_one_by_one() -> None:
    said: list[str] = []

    async def job(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said.append(name)

    async with crew() as hired:
        for name in ("a", "b", "c"):
            hired.start(name, job(name))
        await asyncio.sleep(0)
        await hired.stop("b", "a")
        assert sorted(said) == ["a", "b"]
        hired.start("a", job("again"))
        await asyncio.sleep(0)
    assert sorted(said[2:]) == ["again", "c"]


async def test_a_name_in_a_crew_is_taken_once() -> None:
    second = asyncio.sleep(9)
    async with crew() as hired:
        hired.start("a", asyncio.sleep(9))
        with pytest.raises(KeyError):
            hired.start("a", second)
    second.close()
