"""Where a command looks back: the running gateway, else the files it left. Both answer alike."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from agent.api.local.client import ask
from agent.history.kinds import Wanted
from agent.history.page import HistoryQuestion
from agent.history.stored import StoredHistory
from runtime.clock import Clock
from runtime.errors import AgentError

Answer = dict[str, Any]
"""As ``agent.history.page.Page``."""


class LookBack:
    """What happened at the gateway of one state directory. Its methods raise AgentError, StoreError."""

    def __init__(self, state: Path) -> None:
        """Nothing is asked yet."""
        self._state = state
        self._stored = StoredHistory(state)
        self._clock = Clock()

    async def page(self, asked: HistoryQuestion) -> Answer:
        """Some events, and where to go on."""
        wanted = asked.wanted
        words = {"kinds": " ".join(wanted.kinds), "severities": " ".join(wanted.severities)}
        said = {"since": asked.since, "until": asked.until, "after": asked.after}
        try:
            return dict(
                await ask(self._state, "history", subject=wanted.subject, person=wanted.person, **words, **said)
            )
        except AgentError as error:
            _only_not_running(error)
        return (await self._stored.page(asked, self._clock.now().wall)).plain()

    async def pages(self, asked: HistoryQuestion) -> AsyncIterator[Answer]:
        """All of it, one answer after the other."""
        answer = await self.page(asked)
        yield answer
        while answer["more"]:
            answer = await self.page(_next(asked, answer))
            yield answer

    async def follow(self, asked: HistoryQuestion, every: float) -> AsyncIterator[Answer]:
        """All of it and then what comes, looking again ``every`` so many seconds; for ever."""
        while True:
            async for answer in self.pages(asked):
                yield answer
            asked = _next(asked, answer)
            await self._clock.real_sleep(every)

    async def standing(self, verb: str) -> list[dict[str, Any]]:
        """The ``alarms`` that stand now, or the ``orders`` that are not closed."""
        try:
            return list(await ask(self._state, verb))
        except AgentError as error:
            _only_not_running(error)
        return await (self._stored.alarms() if verb == "alarms" else self._stored.orders())


def wanted(subject: str, kinds: str, severities: str, person: str) -> Wanted:
    """What the options of a command ask for; lists may have commas. Raises AgentError (history.word)."""
    return Wanted.of(subject, kinds.replace(",", " "), severities.replace(",", " "), person)


def _next(asked: HistoryQuestion, answer: Answer) -> HistoryQuestion:
    # Midnight may pass between two answers: the moments stay what the first one understood.
    until = "" if answer["until"] is None else _exact(answer["until"])
    return HistoryQuestion(asked.wanted, _exact(answer["since"]), until, answer["after"])


def _exact(wall: float) -> str:
    return f"@{wall:.6f}"


def _only_not_running(error: AgentError) -> None:
    if error.code != "agent.not-running":
        raise error
