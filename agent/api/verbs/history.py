"""The verb that looks back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.history.kinds import Wanted
from agent.history.page import HistoryQuestion, page
from agent.history.words import SiteCalendar
from agent.journal import Journal
from rules.people import Person
from runtime.clock import Clock


class HistoryApi:
    """Reads the journal beside whoever writes it."""

    def __init__(self, journal: Journal, zone: Callable[[], str], clock: Clock) -> None:
        """``zone`` is the time zone of the site as it is now."""
        self._journal = journal
        self._zone = zone
        self._clock = clock

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {requests.PastEvents: self.history}

    async def history(self, who: Person, asked: requests.PastEvents) -> dict[str, Any]:
        """Some events and where to go on. Raises AgentError (history.*), StoreError."""
        wanted = Wanted.of(asked.subject, asked.kinds, asked.severities, asked.person)
        calendar = SiteCalendar(self._clock.now().wall, self._zone())
        found = await page(self._journal, HistoryQuestion(wanted, asked.since, asked.until, asked.after), calendar)
        return replace(found, durable=self._journal.durable).plain()
