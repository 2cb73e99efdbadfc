"""The verbs about tests: start, abort, list, report, and readings by hand."""

from collections.abc import Callable
from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.loop.ticker import Ticker
from config.quantity import parse_quantity
from drivers.points import Unit, Value
from rules.engine.agenda import agenda
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.facts import OrderFact, RecordFact, moment
from rules.inputs import AbortRun, ManualReading, StartRun
from rules.people import Person
from rules.plain import to_plain
from rules.procedure.report import record
from runtime.clock import Clock
from runtime.errors import AgentError


class RunApi:
    """Puts what people ask about tests to the engine."""

    def __init__(self, ticker: Ticker[EngineState], rulebook: Callable[[], Rulebook], clock: Clock) -> None:
        """Look at what these hold; nothing is kept here. ``rulebook`` gives the one that rules now."""
        self._ticker = ticker
        self._rulebook = rulebook
        self._clock = clock

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {
            requests.StartTest: self.start,
            requests.AbortTest: self.abort,
            requests.Runs: self.runs,
            requests.Report: self.report,
            requests.Agenda: self.agenda,
            requests.EnterReading: self.reading,
        }

    async def start(self, who: Person, asked: requests.StartTest) -> dict[str, str]:
        """Start a test. Raises the first objection of the engine, StoreError."""
        await self._ticker.submit(StartRun(asked.procedure, asked.equipment, who.name, who.account))
        procedures, key = self._ticker.state.procedures, f"{asked.equipment}/{asked.procedure}"
        # A run can be over by the time it is stored.
        run = procedures.runs.get(key) or next(one for one in reversed(procedures.ended.values()) if one.job == key)
        return {"run": run.id}

    async def abort(self, who: Person, asked: requests.AbortTest) -> dict[str, str]:
        """End a test; it goes through its ``always`` steps. Raises what the engine says, StoreError."""
        run = self._under_test(asked.run)
        await self._ticker.submit(AbortRun(run, who.name, asked.reason, who.account))
        return {"run": run, "by": who.name}

    def _under_test(self, named: str) -> str:
        """The run of the equipment ``named``, else what was named."""
        runs = self._ticker.state.procedures.runs
        return next((run.id for key, run in runs.items() if key.rpartition("/")[0] == named), named)

    async def runs(self, who: Person, asked: requests.Runs) -> list[Any]:
        """Every test that goes on and the last ones that ended, oldest first, as records."""
        return [to_plain(one) for one in sorted(await self._records(), key=lambda one: one.started.wall)]

    async def agenda(self, who: Person, asked: requests.Agenda) -> list[Any]:
        """Every procedure and plan, as ``AgendaEntry``."""
        return [to_plain(one) for one in agenda(self._rulebook(), self._ticker.state, self._clock.now())]

    async def report(self, who: Person, asked: requests.Report) -> Any:  # noqa: ANN401 - JSON
        """The record of one test; raises AgentError."""
        for one in await self._records():
            if one.run == asked.run:
                return to_plain(one)
        raise AgentError("run.unknown", run=asked.run)

    async def reading(self, who: Person, asked: requests.EnterReading) -> dict[str, Value]:
        """A value measured by hand for the cause of an order. Raises AgentError, what the engine says, StoreError."""
        fact = self._order(asked.order)
        name, unit = self._measured(fact)
        number = _in_unit(asked.value, unit)
        await self._ticker.submit(ManualReading(fact.equipment, name, number, who.name))
        return {"equipment": fact.equipment, "role": name, "value": number, "unit": unit.symbol, "by": who.name}

    async def _records(self) -> list[RecordFact]:
        """As they are stored: a verdict somebody has seen stays when the process is killed a moment later."""
        records = self._decided()
        await self._ticker.stored()
        return records

    def _decided(self) -> list[RecordFact]:
        state, jobs = self._ticker.state, self._rulebook().jobs
        over = [run.report for run in state.procedures.ended.values() if run.report is not None]
        at, active = moment(state.view.now), [run for run in state.procedures.runs.values() if run.job in jobs]
        return [*over, *(record(run, jobs[run.job], at, simulated=self._clock.simulated) for run in active)]

    def _order(self, order: str) -> OrderFact:
        for one in self._ticker.state.orders.values():
            if one.fact.order == order and not one.closed:
                return one.fact
        raise AgentError("engine.no-open-order", order=order)

    def _measured(self, fact: OrderFact) -> tuple[str, Unit]:
        """The role of the equipment its rule is about, and the role's unit."""
        rulebook = self._rulebook()
        equipment = rulebook.equipment.get(fact.equipment)
        if equipment is None:
            raise AgentError("procedure.no-equipment", equipment=fact.equipment)
        roles = rulebook.classes[equipment.cls].roles
        planned = [plan.role for plan in rulebook.plans.values() if plan.for_each == equipment.cls]
        named = [one.name for one in fact.why.inputs]
        name = next((name for name in [*named, *planned] if name in roles), None)
        if name is None:
            raise AgentError("run.nothing-to-measure", order=fact.order)
        return name, roles[name].unit


def _in_unit(text: str, unit: Unit) -> float:
    """The number of ``text`` in ``unit``; raises QuantityError or AgentError."""
    quantity = parse_quantity(text, unit.dimension)
    if not quantity.unit.converts_to(unit):
        raise AgentError("run.reading-unit", value=text, unit=unit.symbol)
    return quantity.unit.convert(quantity.value, unit)
