"""A store that fails when told to: order is kept, waiters hear the truth, no loss goes unreported."""

import asyncio

import pytest

from agent.loop.committer import Committer, system_fact
from drivers.points import Instant
from rules.effects import Command, Effects, Row
from runtime.clock import ManualClock
from runtime.errors import StoreError
from runtime.supervisor import running

FULL = StoreError("store.full", path="journal.db")


class FakeStore:
    def __init__(self) -> None:
        self.errors: list[StoreError] = []
        self.stored: list[Effects] = []
        self.durable = True

    async def commit(self, effects: Effects, at: Instant) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.stored.append(effects)

    @property
    def codes(self) -> list[str]:
        return [event.code for effects in self.stored for event in effects.events]

    @property
    def rows(self) -> dict[str, object]:
        return {row.key: row.body for effects in self.stored for row in effects.rows}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


def effects(clock: ManualClock, number: int) -> Effects:
    row = Row("alarm", f"a{number % 2}", {"number": number})
    return Effects([row], [system_fact(f"e{number}", clock.now(), simulated=False)])


async def test_batches_are_stored_in_order(clock: ManualClock, store: FakeStore) -> None:
    committer = Committer(store, clock)
    async with running({"committer": committer.run()}):
        for number in range(3):
            committer.put(effects(clock, number), clock.now())
        await committer.drain()
    assert store.codes == ["e0", "e1", "e2"]
    assert committer.pending == 0


async def test_a_waiter_hears_only_after_the_store_has_it(clock: ManualClock, store: FakeStore) -> None:
    committer, waiter = Committer(store, clock), asyncio.get_running_loop().create_future()
    committer.put(effects(clock, 0), clock.now(), [waiter])
    await clock.advance()
    assert not waiter.done()
    async with running({"committer": committer.run()}):
        await waiter
    assert store.codes == ["e0"]


async def test_nothing_to_store_resolves_its_waiter_without_a_transaction(clock: ManualClock, store: FakeStore) -> None:
    committer, waiter = Committer(store, clock), asyncio.get_running_loop().create_future()
    committer.put(Effects(), clock.now(), [waiter])
    async with running({"committer": committer.run()}):
        await waiter
    assert store.stored == []


async def test_a_failing_store_degrades_and_recovers_without_losing_anything(
    clock: ManualClock, store: FakeStore
) -> None:
    committer = Committer(store, clock)
    store.errors = [FULL, FULL]
    async with running({"committer": committer.run()}):
        committer.put(effects(clock, 0), clock.now())
        await clock.advance(0.1)
        why = {"error": "store.full", "error_arguments": {"path": "journal.db"}}
        assert committer.plain() == {"degraded": True, **why, "pending_events": 1, "lost": 0}
        committer.put(effects(clock, 1), clock.now())
        await clock.advance(60)
    assert store.codes == ["e0", "e1"]
    assert not committer.degraded


async def test_a_waiter_is_told_when_the_store_fails(clock: ManualClock, store: FakeStore) -> None:
    committer, waiter = Committer(store, clock), asyncio.get_running_loop().create_future()
    store.errors = [FULL]
    async with running({"committer": committer.run()}):
        committer.put(effects(clock, 0), clock.now(), [waiter])
        with pytest.raises(StoreError):
            await waiter


async def test_memory_is_bounded_state_is_kept_and_the_loss_is_an_event(clock: ManualClock, store: FakeStore) -> None:
    committer = Committer(store, clock, allowed=4)
    store.errors = [FULL]
    async with running({"committer": committer.run()}):
        for number in range(10):
            committer.put(effects(clock, number), clock.now())
            await clock.advance()
        assert committer.pending == 4
        await clock.advance(60)
    assert store.codes == ["e0", "e7", "e8", "e9", "agent.events-lost"]
    assert store.rows == {"a0": {"number": 8}, "a1": {"number": 9}}
    assert store.stored[-1].events[0].arguments == {"count": "6"}


async def test_a_bug_in_the_store_is_not_waited_out(clock: ManualClock, store: FakeStore) -> None:
    committer = Committer(store, clock)
    store.errors = [ZeroDivisionError()]
    committer.put(effects(clock, 0), clock.now())
    with pytest.raises(ZeroDivisionError):
        await committer.run()


def commands(clock: ManualClock) -> Effects:
    moving = Command("r/1/1", "r", "generator-1", "start", "genset-1.start", False, clock.now().mono + 20)
    safe = Command("r/2/1", "r", "generator-1", "auto", "genset-1.auto", True, clock.now().mono + 20)
    row = Row("command", "r/1/1", {"verb": "start"})
    return Effects([row], [system_fact("issued", clock.now(), simulated=False)], [moving, safe])


async def test_commands_act_only_after_their_audit_is_stored(clock: ManualClock, store: FakeStore) -> None:
    committer, acted = Committer(store, clock), []
    committer.on_commands = lambda given: acted.extend((command.verb, list(store.codes)) for command in given)
    committer.put(commands(clock), clock.now())
    await clock.advance()
    assert acted == []
    async with running({"committer": committer.run()}):
        await committer.drain()
    assert acted == [("start", ["issued"]), ("auto", ["issued"])]


async def test_while_the_store_fails_only_safe_commands_act_and_each_once(clock: ManualClock, store: FakeStore) -> None:
    committer, acted, durable = Committer(store, clock), [], []
    committer.on_commands = lambda given: acted.extend(command.verb for command in given)
    committer.on_durable = durable.append
    store.errors = [FULL, FULL]
    committer.put(commands(clock), clock.now())
    async with running({"committer": committer.run()}):
        await clock.advance(0.1)
        assert (acted, durable) == (["auto"], [False])
        committer.put(commands(clock), clock.now())
        assert acted == ["auto", "auto"]
        await clock.advance(60)
        await committer.drain()
    assert acted == ["auto", "auto", "start", "start"]
    assert durable == [False, True]
