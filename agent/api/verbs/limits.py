"""The verb of whoever is about to change a limit by command: permitted and remembered before the file is written.

The file itself is written by the person who asks, not by the gateway, which may not write its own files.
"""

from collections.abc import Callable
from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.loop.committer import Committer
from agent.loop.limits import AnnouncedLimit, Initiator, LimitsInForce
from agent.loop.ticker import Ticker
from config.plant import Plant
from rules.engine.bound import bound
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.people import Person
from runtime.clock import Clock
from runtime.errors import AgentError, StoreError


class LimitApi:
    """Answers whoever is about to change a limit."""

    def __init__(
        self,
        limits: LimitsInForce,
        plant: Callable[[], Plant],
        rulebook: Callable[[], Rulebook],
        ticker: Ticker[EngineState],
        committer: Committer,
        clock: Clock,
    ) -> None:
        """Look at the plant and the state of the engine; ``committer`` makes an announcement durable."""
        self._limits = limits
        self._plant = plant
        self._rulebook = rulebook
        self._ticker = ticker
        self._committer = committer
        self._clock = clock

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {requests.AnnounceLimit: self.announce}

    async def announce(self, who: Person, asked: requests.AnnounceLimit) -> dict[str, Any]:
        """Note who is about to write a limit. Raises what would forbid to load it, StoreError."""
        limit = {"equipment": asked.equipment, "parameter": asked.parameter}
        if commanded := self._plant().safety.guarded.get((asked.equipment, asked.parameter)):
            raise AgentError("limit.guarded", commanded=commanded, **limit)
        if asked.equipment in bound(self._ticker.state.procedures, self._rulebook()):
            raise AgentError("reload.bound", equipment=asked.equipment, what="equipment")
        initiator = Initiator(who.name, who.account, asked.reason)
        announced = AnnouncedLimit(asked.equipment, asked.parameter, asked.fingerprint, initiator)
        try:
            await self._committer.store(self._limits.announce(announced), self._clock.now())
        except StoreError:
            # Nobody writes the file now: who does later is not this one.
            self._committer.put(self._limits.forget(), self._clock.now())
            raise
        return {"by": who.name, "reason": asked.reason}
