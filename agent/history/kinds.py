"""What an event is to those who look back, who did it, and what it is about."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Severity
from runtime.errors import AgentError
from runtime.text import encodable

Body = Mapping[str, Any]
"""The body of an event, as ``rules.facts`` writes it."""

KINDS = ("alarm", "act", "order", "test", "command", "system")
"""What people ask for; an event may be several: an acknowledgement is an act of a person and about an alarm."""
SEVERITIES = tuple(str(severity) for severity in Severity)
"""Worst first."""
NOBODY = ("", "engine", "configuration", "schedule", "device", "agent")
"""Who is no person."""
RESTRICTIONS = (
    "lockout", "release", "ask-release", "hold", "unhold", "disarm", "arm", "settle", "extend", "serviced", "set-limit",
    "backup", "restore", "replace", "move", "move-back", "factory-reset", "set-clock",
)  # fmt: skip
"""Actions of audit rows that command nothing."""
_FACTS = {
    "alarm": ("alarm",),
    "act": ("alarm", "order", "audit", "reading", "record"),
    "order": ("order",),
    "test": ("record",),
    "command": ("audit",),
    "system": ("system",),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are asked for; what is empty leaves nothing out."""

    subject: str = ""
    """Equipment by id or title, rule, alarm, order, procedure, run or device."""
    kinds: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    person: str = ""

    @classmethod
    def of(cls, subject: str, kinds: str, severities: str, person: str) -> "Wanted":
        """What these words ask for, each list with spaces between. Raises AgentError (history.word)."""
        return cls(subject, _among(kinds, KINDS), _among(severities, SEVERITIES), person)

    @property
    def facts(self) -> frozenset[str]:
        """Kinds of the facts that may be among them."""
        return frozenset(fact for kind in self.kinds or KINDS for fact in _FACTS[kind])

    def possibly(self, written: bytes) -> bool:
        """Whether an event may be asked for, by its body as it is written: to parse it takes twenty times as long."""
        return (
            (not self.subject or _within_text(self.subject) in written)
            and (not self.person or _within_text(self.person) in written)
            and (not self.severities or any(b'"severity":' + _as_text(one) in written for one in self.severities))
        )

    def holds(self, body: Body) -> bool:
        """Whether an event is asked for."""
        return (
            (not self.kinds or not kinds_of(body).isdisjoint(self.kinds))
            and (not self.severities or body.get("severity") in self.severities)
            and (not self.person or self.person in (body.get("by"), body.get("account")))
            and (not self.subject or self.subject in subjects(body))
        )


def kinds_of(body: Body) -> set[str]:
    """Which of ``KINDS`` an event is."""
    return _KINDS_OF[body["kind"]](body)


def person(body: Body) -> str:
    """The person who did it; empty when nobody did."""
    by = str(body.get("by", ""))
    return "" if by in NOBODY else by


def subjects(body: Body) -> Iterator[str]:
    """All that an event is about."""
    for name in ("equipment", "rule", "alarm", "order", "procedure", "run", "cause", "id", "why", "role"):
        if isinstance(found := body.get(name), str):
            yield found
    yield from body.get("equipment_title", {}).values()
    yield body.get("target", "").partition(".")[0]
    yield from map(str, body.get("arguments", {}).values())


def _among(words: str, known: tuple[str, ...]) -> tuple[str, ...]:
    for word in (asked := tuple(words.split())):
        if word not in known:
            raise AgentError("history.word", word=word, known=", ".join(known))
    return asked


def _as_text(text: str) -> bytes:
    """A text as ``headquarters.contract.protocol.canonical`` writes it."""
    return json.dumps(encodable(text), ensure_ascii=False).encode()


def _within_text(text: str) -> bytes:
    return _as_text(text)[1:-1]


def _and_act(kind: str) -> Callable[[Body], set[str]]:
    return lambda body: {kind, "act"} if person(body) else {kind}


def _of_audit(body: Body) -> set[str]:
    return {"act"} if body["action"] in RESTRICTIONS else _and_act("command")(body)


_KINDS_OF: dict[str, Callable[[Body], set[str]]] = {
    "alarm": _and_act("alarm"),
    "order": _and_act("order"),
    "record": _and_act("test"),
    "audit": _of_audit,
    "reading": lambda _: {"act"},
    "system": lambda _: {"system"},
}
"""Kind of fact -> which kinds it is."""
