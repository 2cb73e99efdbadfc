"""The verb about service by running hours, and how many hours there are since."""

from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.loop.ticker import Ticker
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.inputs import ServiceDone
from rules.people import Person
from rules.plain import to_plain


class ServiceApi:
    """Puts to the engine what people have serviced."""

    def __init__(self, ticker: Ticker[EngineState]) -> None:
        """Nothing is kept here."""
        self._ticker = ticker

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {requests.NoteService: self.serviced}

    async def serviced(self, who: Person, asked: requests.NoteService) -> dict[str, Any]:
        """Count running hours from now on. Raises what the engine says, StoreError."""
        await self._ticker.submit(ServiceDone(asked.equipment, who.name, asked.note, who.account))
        record = self._ticker.state.procedures.services[asked.equipment]
        return {"equipment": asked.equipment, "counted": record.counted, "by": record.by}


def services(state: EngineState, rulebook: Rulebook) -> list[dict[str, Any]]:
    """Of each equipment with a counter: hours since its service, and which that was; None: unknown, or never."""
    found = sorted(rulebook.service_counters.items())
    return [
        {"equipment": name, "hours": state.view.values[slot], "last": to_plain(state.procedures.services.get(name))}
        for name, slot in found
    ]
