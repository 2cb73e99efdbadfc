"""What people are told of tests: only what is stored, so that a kill a moment later cannot change it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.api import requests
from agent.api.verbs.runs import RunApi
from agent.loop.committer import Committer
from drivers.points import Instant
from rules.effects import Effects
from rules.engine.state import EngineState
from rules.inputs import Input, StartRun
from rules.people import Access, Person
from rules.procedure.run import Verdict
from runtime.clock import ManualClock
from runtime.errors import StoreError
from runtime.supervisor import running
from tests.adversary.safety.bench import Bench

LI = Person("Li", Access.ENGINEER)


@dataclass
class Disk:
    """A store that takes its time, or fails."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False
    durable: bool = True

    async def commit(self, effects: Effects, at: Instant) -> None:
        await self.gate.wait()
        if self.fails:
            raise StoreError("store.full", path="journal.db")


class Ticking:
    """The part of the ticker that is asked: the bench has decided, and a store of its own is told."""

    def __init__(self, disk: Disk) -> None:
        self.bench = Bench()
        self.clock = ManualClock()
        self.committer = Committer(disk, self.clock)
        self.committer.put(self.bench.put(StartRun("generator-weekly", "genset", "Li")), self.clock.now())
        self.bench.carry_out()
        self.runs = RunApi(self, lambda: self.bench.engine.rulebook, self.clock)  # type: ignore[arg-type]

    @property
    def state(self) -> EngineState:
        return self.bench.state

    async def stored(self) -> None:
        await self.committer.caught_up()

    async def submit(self, asked: Input) -> None:
        self.bench.put(asked)

    async def told(self, report: bool) -> Any:
        if report:
            (run,) = self.state.procedures.runs.values()
            return await self.runs.report(LI, requests.Report(run.id))
        (one,) = await self.runs.runs(LI, requests.Runs())
        return one


@pytest.mark.parametrize("report", [False, True])
async def test_a_step_is_told_once_it_is_stored(report: bool) -> None:
    disk = Disk()
    ticking = Ticking(disk)
    async with running({"committer": ticking.committer.run()}), asyncio.TaskGroup() as group:
        asked = group.create_task(ticking.told(report))
        await ticking.clock.advance(5)
        assert not asked.done()
        disk.gate.set()
        assert (await asked)["verdict"] == "running"


async def test_a_failing_store_keeps_nobody_waiting() -> None:
    disk = Disk(fails=True)
    ticking = Ticking(disk)
    async with running({"committer": ticking.committer.run()}), asyncio.TaskGroup() as group:
        early = group.create_task(ticking.told(False))
        await ticking.clock.advance()
        disk.gate.set()
        assert (await early)["verdict"] == "running"
        assert ticking.committer.degraded
        assert (await ticking.told(False))["verdict"] == "running"


@pytest.mark.parametrize("named", ["run", "equipment"])
async def test_a_test_is_ended_by_its_number_or_by_the_equipment_under_test(named: str) -> None:
    ticking = Ticking(Disk())
    (run,) = ticking.state.procedures.runs.values()
    asked = requests.AbortTest(run.id if named == "run" else "genset", "Li", "guests arrive")
    assert await ticking.runs.abort(LI, asked) == {"run": run.id, "by": "Li"}
    assert ticking.state.procedures.runs["genset/generator-weekly"].verdict is Verdict.ABORTED


@pytest.mark.parametrize("named", ["gen", "genset/generator-weekly", "nobody"])
async def test_a_part_of_a_name_ends_nothing(named: str) -> None:
    ticking = Ticking(Disk())
    await ticking.runs.abort(LI, requests.AbortTest(named, "Li"))
    assert ticking.state.procedures.runs["genset/generator-weekly"].verdict is Verdict.RUNNING
