"""The verbs about what forbids commands: lock-outs, hold, disarmed storage, and what somebody must settle."""

import asyncio
from collections.abc import Callable
from secrets import token_hex
from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.loop.ticker import Ticker
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.inputs import Arm, AskRelease, ConfirmRelease, Hold, Lockout, Settle
from rules.people import Person
from rules.plain import to_plain
from rules.procedure.disarm import reasons_digest, remembered, standing_reasons
from rules.procedure.state import ProcedureState
from runtime.errors import StoreError

STORING = 2.0
"""Seconds a hold waits to hear that it is stored; it stands from the moment it was decided."""


class LockoutApi:
    """Puts what people forbid and allow to the engine."""

    def __init__(self, ticker: Ticker[EngineState], token: Callable[[], str] = lambda: token_hex(4)) -> None:
        """``token`` makes what confirms a release; never the same twice."""
        self._ticker = ticker
        self._token = token

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {
            requests.LockOut: self.lockout,
            requests.LockOuts: self.lockouts,
            requests.AskRelease: self.ask_release,
            requests.ConfirmRelease: self.confirm_release,
            requests.HoldCommands: self.hold,
            requests.AllowCommands: self.unhold,
            requests.WhyDisarmed: self.disarmed,
            requests.ArmCommands: self.arm,
            requests.SettleDebt: self.settle,
        }

    async def lockout(self, who: Person, asked: requests.LockOut) -> dict[str, Any]:
        """Lock equipment out, or take the own lock off. ``pending`` while the machines it waits for are given back.

        Raises what the engine says, StoreError.
        """
        await self._ticker.submit(Lockout(asked.equipment, who.name, asked.reason, asked.release, who.account))
        mine = (
            one for one in self._procedures.lockouts.values() if (one.equipment, one.by) == (asked.equipment, who.name)
        )
        found = next(mine, None)
        state = "free" if found is None else "confirmed" if found.confirmed else "pending"
        waits = [] if found is None else list(found.waits)
        return {"equipment": asked.equipment, "by": who.name, "state": state, "waits": waits}

    async def lockouts(self, who: Person, asked: requests.LockOuts) -> list[Any]:
        """Every lock-out, and whether it is confirmed."""
        return _lockouts(self._procedures)

    async def ask_release(self, who: Person, asked: requests.AskRelease) -> dict[str, str]:
        """Begin to take somebody else's lock off; returns the token that confirms it. Raises as ``lockout``."""
        token = self._token()
        await self._ticker.submit(
            AskRelease(asked.equipment, asked.owner, who.name, asked.verified, token, who.account)
        )
        return {"equipment": asked.equipment, "owner": asked.owner, "token": token}

    async def confirm_release(self, who: Person, asked: requests.ConfirmRelease) -> dict[str, str]:
        """Take somebody else's lock off. Raises as ``lockout``."""
        await self._ticker.submit(ConfirmRelease(asked.token, who.name, who.account))
        return {"by": who.name}

    async def hold(self, who: Person, asked: requests.HoldCommands) -> dict[str, Any]:
        """Forbid every command. It stands at once, whatever the storage does: ``stored`` says whether it is kept."""
        stored = self._ticker.enter(Hold(who.name, asked.reason, account=who.account))
        await asyncio.wait([stored], timeout=STORING)
        error = stored.exception() if stored.done() else None
        if error is not None and not isinstance(error, StoreError):
            raise error
        return {"by": who.name, "held": self._procedures.hold is not None, "stored": stored.done() and error is None}

    async def unhold(self, who: Person, asked: requests.AllowCommands) -> dict[str, Any]:
        """Allow commands again; nothing goes on by itself. Raises as ``lockout``."""
        await self._ticker.submit(Hold(who.name, asked.reason, release=True, account=who.account))
        return {"by": who.name, "held": False}

    async def disarmed(self, who: Person, asked: requests.WhyDisarmed) -> dict[str, Any]:
        """Why nothing is commanded, what is remembered, the mark of that list, and what forbids to move the box."""
        procedures = self._procedures
        shown = [{"kind": kind, "equipment": name, "detail": detail} for kind, name, detail in remembered(procedures)]
        why = procedures.disarmed.why if procedures.disarmed is not None else ""
        return {
            "disarmed": why,
            "remembered": shown,
            "mark": reasons_digest(procedures),
            "standing": standing_reasons(procedures),
        }

    async def arm(self, who: Person, asked: requests.ArmCommands) -> dict[str, str]:
        """Let commands pass again after the list was seen. Raises as ``lockout``."""
        await self._ticker.submit(Arm(who.name, asked.reason, asked.seen, who.account))
        return {"by": who.name}

    async def settle(self, who: Person, asked: requests.SettleDebt) -> dict[str, str]:
        """Close what is owed at a machine that was seen. Raises as ``lockout``."""
        await self._ticker.submit(Settle(asked.debt, who.name, asked.reason, who.account))
        return {"debt": asked.debt, "by": who.name}

    @property
    def _procedures(self) -> ProcedureState:
        return self._ticker.state.procedures


def standing(state: EngineState, book: Rulebook) -> dict[str, Any]:
    """What stands against commands now, as JSON values: hold, disarmed, lock-outs.

    ``hold_input`` is the input that holds now, whoever held first; without commands nothing counts as disarmed.
    """
    procedures, source = state.procedures, book.hold
    holding = source is not None and source.holds(state.view)
    return {
        "hold": None if procedures.hold is None else to_plain(procedures.hold),
        "hold_input": source.point if source is not None and holding else "",
        "disarmed": procedures.disarmed.why if procedures.disarmed is not None and book.command_sets else "",
        "lockouts": _lockouts(procedures),
    }


def _lockouts(procedures: ProcedureState) -> list[Any]:
    return [to_plain(one) | {"confirmed": one.confirmed} for one in procedures.lockouts.values()]
