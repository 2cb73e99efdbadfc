"""The verb by which a person tells the time, and what waits for it."""

from collections.abc import Callable, Mapping
from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.loop.hand_clock import HandClock
from config.plant import Plant
from rules.engine.agenda import dated_rules, scheduled_tests
from rules.engine.rulebook import Rulebook
from rules.people import Person


class ClockApi:
    """Puts what a person says to the clock."""

    def __init__(self, hand_clock: HandClock, plant: Callable[[], Plant]) -> None:
        """``plant`` is the one that runs now: its time zone is the one people mean."""
        self._hand_clock = hand_clock
        self._plant = plant

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {requests.SetTime: self.set}

    async def set(self, who: Person, asked: requests.SetTime) -> dict[str, Any]:
        """Go by the time a person tells. Raises as ``HandClock.set``."""
        zone = self._plant().site.timezone
        await self._hand_clock.set(who, asked.time, zone)
        return {"time": asked.time, "zone": zone, "by": who.name}


def waiting(book: Rulebook, clock: Mapping[str, Any]) -> dict[str, list[str]]:
    """What waits for the clock, of which ``status`` tells ``clock``: tests for a trusted one, rules for any."""
    trusted, dated = clock["trusted"], clock["trusted"] or clock["by_hand"]
    return {"tests": [] if trusted else scheduled_tests(book), "rules": [] if dated else dated_rules(book)}
