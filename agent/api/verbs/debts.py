"""The verbs about what is owed to machines: the list, and more time for one of them."""

from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.loop.ticker import Ticker
from rules.engine.state import EngineState
from rules.facts import moment
from rules.inputs import Extend
from rules.people import Person
from rules.plain import to_plain
from rules.procedure.orphan import is_orphan
from rules.procedure.state import OWED, Obligation, ProcedureState


class DebtApi:
    """Answers from the engine's state; the engine decides on more time."""

    def __init__(self, ticker: Ticker[EngineState]) -> None:
        """Look at the state of this; nothing is kept here."""
        self._ticker = ticker

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {requests.Debts: self.debts, requests.MoreTime: self.extend}

    async def debts(self, who: Person, asked: requests.Debts) -> list[dict[str, Any]]:
        """Everything owed to a machine, oldest first."""
        return listed(self._ticker.state)

    async def extend(self, who: Person, asked: requests.MoreTime) -> dict[str, Any]:
        """Let a debt fall due later. Raises what the engine says, StoreError."""
        key, seconds = asked.debt.removeprefix(OWED), asked.minutes * 60.0
        await self._ticker.submit(Extend(key, seconds, who.name, asked.reason, who.account))
        return {"debt": asked.debt, "minutes": asked.minutes, "by": who.name}


def listed(state: EngineState) -> list[dict[str, Any]]:
    """Everything owed to a machine as JSON values, oldest first."""
    debts = sorted(state.procedures.obligations.values(), key=lambda one: one.since.wall)
    return [_plain(one, state) for one in debts]


def _plain(debt: Obligation, state: EngineState) -> dict[str, Any]:
    now, stands = state.view.now, _state(debt, state.procedures)
    return {
        "debt": debt.debt,
        "equipment": debt.equipment,
        "effect": debt.effect.value,
        "command": debt.verb,
        "state": stands,
        "by": debt.by,
        "run": debt.run,
        "since": to_plain(moment(debt.since)),
        "due_in": round(max(0.0, debt.seconds - now.since(debt.since)), 1) if stands == "waiting" else None,
        "given": debt.attempts,
        "withheld": to_plain(debt.withheld),
    }


def _state(debt: Obligation, procedures: ProcedureState) -> str:
    """``orphan``, ``by-hand``, ``withheld`` (forbidden), ``due``, ``test`` (goes on) or ``waiting``."""
    if is_orphan(debt.debt, procedures):
        return "orphan"
    if debt.by_hand:
        return "by-hand"
    if debt.demanded:
        return "withheld" if debt.withheld is not None else "due"
    return "test" if any(run.id == debt.run for run in procedures.runs.values()) else "waiting"
