"""Answers requests, whichever way they come in: parsed, permitted, done; no answer ends the gateway."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import structlog

from agent.api.table import VERBS, Verb, parse
from drivers.points import PlantgateError
from rules.people import Access, Peer, PeopleError, Person
from runtime.clock import Clock
from runtime.complaints import Complaints, Tell
from runtime.errors import AgentError

log = structlog.get_logger()

Handler = Callable[[Person, Any], Awaitable[Any]]
"""Takes who asks and the request; returns JSON values; raises PlantgateError."""
Handlers = Mapping[type, Handler]
"""Request -> what does it."""
Identify = Callable[[Peer, str], Person]
"""Who asks, from the login and the name given ("" for none); raises PeopleError."""


class Api:
    """Every verb with what does it."""

    def __init__(self, parts: Iterable[Handlers], identify: Identify, tell: Tell, clock: Clock) -> None:
        """``parts`` give one handler for each verb; anything else is a mistake in the program and raises KeyError.

        ``tell`` makes events of what was refused or failed.
        """
        self._handlers = {request: handler for part in parts for request, handler in part.items()}
        if strays := self._handlers.keys() ^ {verb.request for verb in VERBS}:
            raise KeyError(strays)
        self._identify = identify
        self._refused = Complaints("api.refused", tell, clock)
        self._failed = Complaints("api.failed", tell, clock)

    def plain(self) -> dict[str, int]:
        """Requests refused before any handler saw them and requests that failed by a bug, since the start."""
        return {"refused": self._refused.total, "failed": self._failed.total}

    async def answer(self, peer: Peer, line: bytes) -> bytes:
        """The answer to one request, one line as well. It never raises an Exception."""
        try:
            verb, request = parse(line)
            who = self._permitted(peer, verb, request)
        except PlantgateError as error:
            own = {f"reason.{name}": str(value) for name, value in error.arguments.items()}
            log.warning("api.refused", account=peer.account, error=error.code, reason=str(error), **own)
            self._refused.note(account=peer.account, reason=error.code, **own)
            return refusal(error)
        return await self._done(verb, who, request)

    def _permitted(self, peer: Peer, verb: Verb, request: Any) -> Person:  # noqa: ANN401 - one of the requests
        try:
            who = self._identify(peer, getattr(request, "by", ""))
        except PeopleError:
            if not verb.anyone:
                raise
            who = Person(peer.account, Access.VIEW, peer.account)
        if not who.access.covers(verb.access):
            raise PeopleError("people.not-allowed", name=who.name, access=who.access.value, needed=verb.access.value)
        return who

    async def _done(self, verb: Verb, who: Person, request: Any) -> bytes:  # noqa: ANN401 - one of the requests
        try:
            return _line({"ok": True, "result": await self._handlers[verb.request](who, request)})
        except PlantgateError as error:
            return refusal(error)
        except Exception as error:
            # A bug behind one question must not take the plant room's monitoring with it.
            log.exception("api.failed", verb=verb.name)
            self._failed.note(verb=verb.name, error=type(error).__name__)
            return refusal(AgentError("api.internal-error", verb=verb.name))


def refusal(error: PlantgateError) -> bytes:
    """An error as it is answered."""
    arguments = {key: str(value) for key, value in error.arguments.items()}
    return _line({"ok": False, "code": error.code, "arguments": arguments})


def _line(value: object) -> bytes:
    # Text of devices may hold what UTF-8 cannot write; its escape is JSON as well.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
