"""The one table of verbs: name, request and who may. Socket, command line, page and MQTT take theirs from here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from agent.api import requests
from rules.people import Access
from runtime.errors import AgentError
from runtime.parsing import build, load
from runtime.text import visible

LINE_ALLOWED = 65_536
"""Bytes of one request."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that may be asked; what it does is the docstring of its request."""

    name: str
    request: type
    access: Access
    anyone: bool = False
    """Whether whoever may open the socket may ask it, listed or not, under a wrong name or none."""


VERBS = (
    Verb("status", requests.Status, Access.VIEW),
    Verb("alarms", requests.Alarms, Access.VIEW),
    Verb("orders", requests.Orders, Access.VIEW),
    Verb("points", requests.Points, Access.VIEW),
    Verb("why", requests.Explain, Access.VIEW),
    Verb("watch", requests.Watch, Access.VIEW),
    Verb("runs", requests.Runs, Access.VIEW),
    Verb("agenda", requests.Agenda, Access.VIEW),
    Verb("report", requests.Report, Access.VIEW),
    Verb("history", requests.PastEvents, Access.VIEW),
    Verb("preview", requests.Preview, Access.VIEW),
    Verb("outcome", requests.CommandOutcome, Access.VIEW),
    Verb("debts", requests.Debts, Access.VIEW),
    Verb("wire", requests.FindWire, Access.VIEW),
    Verb("changes", requests.ShowChanges, Access.VIEW),
    Verb("acknowledge", requests.AcknowledgeAlarm, Access.OPERATE),
    Verb("shelve", requests.ShelveAlarm, Access.OPERATE),
    Verb("unshelve", requests.UnshelveAlarm, Access.OPERATE),
    Verb("reset", requests.ResetAlarm, Access.OPERATE),
    Verb("close-order", requests.AcceptOrder, Access.OPERATE),
    Verb("reading", requests.EnterReading, Access.OPERATE),
    Verb("serviced", requests.NoteService, Access.OPERATE),
    Verb("start", requests.StartTest, Access.OPERATE),
    Verb("abort", requests.AbortTest, Access.OPERATE),
    Verb("lockout", requests.LockOut, Access.OPERATE),
    Verb("lockouts", requests.LockOuts, Access.VIEW),
    Verb("ask-release", requests.AskRelease, Access.SUPERVISOR),
    Verb("confirm-release", requests.ConfirmRelease, Access.SUPERVISOR),
    # To forbid is never the mistake.
    Verb("hold", requests.HoldCommands, Access.VIEW, anyone=True),
    Verb("unhold", requests.AllowCommands, Access.ENGINEER),
    Verb("disarmed", requests.WhyDisarmed, Access.VIEW),
    Verb("arm", requests.ArmCommands, Access.ENGINEER),
    Verb("settle", requests.SettleDebt, Access.ENGINEER),
    Verb("out-of-service", requests.TakeOutOfService, Access.ENGINEER),
    Verb("give", requests.CommandByHand, Access.ENGINEER),
    Verb("extend", requests.MoreTime, Access.ENGINEER),
    Verb("set-time", requests.SetTime, Access.ENGINEER),
    Verb("ask", requests.AskWire, Access.ENGINEER),
    Verb("reload", requests.Reload, Access.ENGINEER),
    Verb("copy", requests.CopyJournal, Access.ENGINEER),
    Verb("copy-progress", requests.CopyProgress, Access.VIEW),
    Verb("announce-limit", requests.AnnounceLimit, Access.ENGINEER),
)
BY_NAME = {verb.name: verb for verb in VERBS}


def parse(line: bytes) -> tuple[Verb, Any]:
    """The verb and the typed request of one line. Raises InputError, AgentError (api.unknown-verb)."""
    asked = build(_Asked, load(line, LINE_ALLOWED), strict=True)
    return read(asked.verb, asked.arguments)


def read(name: str, arguments: Mapping[str, object]) -> tuple[Verb, Any]:
    """The verb of this name and its request. Raises as ``parse``."""
    verb = BY_NAME.get(name)
    if verb is None:
        raise AgentError("api.unknown-verb", verb=visible(name[:40]), known=", ".join(BY_NAME))
    return verb, build(verb.request, dict(arguments), strict=True)


def written(verb: Verb, request: Any) -> dict[str, Any]:  # noqa: ANN401 - one of the requests
    """A request as it travels: what ``parse`` reads."""
    return {"verb": verb.name, "arguments": asdict(request)}


@dataclass(frozen=True, slots=True)
class _Asked:
    """The two parts of every request."""

    verb: str
    arguments: dict[str, Any]
