"""The parts of the report of one day: what each keeps of the events it sees, and what it tells in the end.

A section sees the events of the day in order, then those from its end until now, and last what stands now. So it knows
how things stood when the day ended, however long ago that was.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.history.kinds import RESTRICTIONS, SEVERITIES, Body, kinds_of, person

LATER = ("alarm", "order")
"""Kinds that tell after the day how things stood at its end."""
DATA_LOSS = ("S01", "S06")
"""Rules of the library whose alarm says that a device or link is not heard (``config/rules/agent.yaml``)."""
_ON = ("active", "latched")


@dataclass(frozen=True, slots=True)
class Day:
    """Which day."""

    name: str
    """``2026-11-27``"""
    zone: str
    begin: float
    end: float
    """Unix seconds; where the day is not over, the present."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands now, as bodies of events."""

    alarms: list[dict[str, Any]]
    orders: list[dict[str, Any]]


class Section(Protocol):
    """One part of the report."""

    def add(self, body: Body) -> None:
        """An event of the day."""

    def later(self, body: Body) -> None:
        """An event from the end of the day until now, of the kinds in ``LATER``."""

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """What is to be told, as JSON values."""


class _OfTheDay:
    """A section to which nothing later matters."""

    __slots__ = ()

    def later(self, body: Body) -> None:
        """Nothing of the day."""


@dataclass(slots=True)
class RaisedAlarms(_OfTheDay):
    """Alarms that came, by severity and by equipment; most and worst first."""

    severities: Counter[str] = field(default_factory=Counter)
    equipment: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, body: Body) -> None:
        """Count it."""
        if body.get("transition") != "raised":
            return
        severity, name = body["severity"], body["equipment"]
        self.severities[severity] += 1
        told = {"equipment": name, "equipment_title": body["equipment_title"], "raised": 0, "worst": severity}
        one = self.equipment.setdefault(name, told)
        one["raised"] += 1
        one["worst"] = min(one["worst"], severity, key=SEVERITIES.index)

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """Both counts."""
        rows = sorted(self.equipment.values(), key=lambda one: (SEVERITIES.index(one["worst"]), -one["raised"]))
        return {"severities": {name: self.severities[name] for name in SEVERITIES}, "equipment": rows}


@dataclass(slots=True)
class AlarmsAtEnd:
    """Alarms that were on when the day ended."""

    at_end: dict[str, tuple[bool, Body]] = field(default_factory=dict)
    seen_later: set[str] = field(default_factory=set)

    def add(self, body: Body) -> None:
        """How it stands now."""
        if body["kind"] == "alarm":
            self.at_end[body["alarm"]] = (body["state"] in _ON, body)

    def later(self, body: Body) -> None:
        """The first change after the day says how it stood before."""
        if body["kind"] == "alarm" and body["alarm"] not in self.seen_later:
            self.seen_later.add(body["alarm"])
            self.at_end.setdefault(body["alarm"], (body["previous"] in _ON, body))

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """Worst first."""
        for fact in now.alarms:
            self.at_end.setdefault(fact["alarm"], (fact["state"] in _ON, fact))
        found = [body for on, body in self.at_end.values() if on]
        found.sort(key=lambda body: (SEVERITIES.index(body["severity"]), body["alarm"]))
        names = ("alarm", "equipment", "equipment_title", "title", "severity", "suppression")
        return [{name: body.get(name, "") for name in names} for body in found]


@dataclass(slots=True)
class OrdersOfDay:
    """Work orders opened and closed on the day, and those that were late when it ended."""

    opened: list[Body] = field(default_factory=list)
    closed: list[Body] = field(default_factory=list)
    at_end: dict[str, Body] = field(default_factory=dict)
    """Not closed then."""
    seen: set[str] = field(default_factory=set)

    def add(self, body: Body) -> None:
        """Follow it."""
        if body["kind"] != "order":
            return
        if body["status"] == "open" and body["at"] == body["raised"]:
            self.opened.append(body)
        if body["status"] == "closed":
            self.closed.append(body)
            self.at_end.pop(body["order"], None)
        else:
            self.at_end[body["order"]] = body
        self.seen.add(body["order"])

    def later(self, body: Body) -> None:
        """One that was raised before its first change after the day was open then."""
        if body["kind"] == "order" and body["order"] not in self.seen:
            self.seen.add(body["order"])
            if body["at"] != body["raised"]:
                self.at_end[body["order"]] = body

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """Orders in few words; a time that was to be kept is told by its name."""
        for fact in now.orders:
            if fact["order"] not in self.seen:
                self.at_end[fact["order"]] = fact
        late = [_brief(one) | {"missed": missed} for one in self.at_end.values() if (missed := _missed(one, day.end))]
        opened, closed = [*map(_brief, self.opened)], [*map(_brief, self.closed)]
        return {"opened": opened, "closed": closed, "open": len(self.at_end), "overdue": late}


@dataclass(slots=True)
class TestsOfDay(_OfTheDay):
    """Tests that ended, each with its verdict."""

    found: list[Body] = field(default_factory=list)

    def add(self, body: Body) -> None:
        """Keep what is told of it."""
        if body["kind"] == "record":
            names = ("run", "procedure", "equipment", "equipment_title", "title", "verdict", "by", "reasons")
            self.found.append({name: body.get(name, "") for name in names})

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """In the order of their ends."""
        return self.found


@dataclass(slots=True)
class CommandsOfDay(_OfTheDay):
    """What became of each command, and what forbade commands or allowed them again."""

    given: dict[str, Body] = field(default_factory=dict)
    restrictions: list[Body] = field(default_factory=list)

    def add(self, body: Body) -> None:
        """The last word about a command counts."""
        if body["kind"] != "audit":
            return
        told = {name: body.get(name, "") for name in ("action", "equipment", "by", "why", "outcome", "detail")}
        if body["action"] in RESTRICTIONS:
            self.restrictions.append(told)
        else:
            self.given[body["id"]] = told

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """Commands, then the others."""
        return {"given": [*self.given.values()], "restrictions": self.restrictions}


@dataclass(slots=True)
class DataGaps(_OfTheDay):
    """Times in which nobody watched: the gateway was off, or a device or link was not heard."""

    last: float | None = None
    """When the event before was."""
    stopped: bool = False
    """Whether that was an orderly stop: else it went off later than that."""
    found: list[dict[str, Any]] = field(default_factory=list)
    silent: dict[str, float | None] = field(default_factory=dict)
    """Alarm of data loss -> since when; None: since before the day."""

    def add(self, body: Body) -> None:
        """Note where one begins or ends."""
        at = body["at"]["wall"]
        if body["kind"] == "system" and body["code"] == "agent.started":
            # Before the first event of the day nobody knows how it ended, or whether there was a gateway.
            what = "not-running" if self.last is None else "off" if self.stopped else "lost-power"
            self._gap(what, "", self.last, at)
        if body["kind"] == "alarm" and body["rule"] in DATA_LOSS:
            self._heard(body, at)
        self.last, self.stopped = at, body["kind"] == "system" and body["code"] == "agent.stopped"

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """In the order of their ends; ``begin`` or ``end`` None: it lies beyond the day."""
        open_now = [{"what": "lost", "name": name, "begin": since, "end": None} for name, since in self.silent.items()]
        return [*self.found, *open_now]

    def _heard(self, body: Body, at: float) -> None:
        name = body["equipment"]
        if body["state"] in _ON:
            self.silent.setdefault(name, at)
        elif body["previous"] in _ON:
            self._gap("lost", name, self.silent.pop(name, None), at)

    def _gap(self, what: str, name: str, begin: float | None, end: float) -> None:
        self.found.append({"what": what, "name": name, "begin": begin, "end": end})


@dataclass(slots=True)
class ClockTrust(_OfTheDay):
    """Events whose time nobody can vouch for."""

    events: int = 0
    doubtful: int = 0

    def add(self, body: Body) -> None:
        """Count it."""
        self.events += 1
        self.doubtful += not body["at"]["trusted"]

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """How many of how many."""
        return {"events": self.events, "doubtful": self.doubtful}


@dataclass(slots=True)
class ActsByPerson(_OfTheDay):
    """How much each person did."""

    acts: Counter[str] = field(default_factory=Counter)

    def add(self, body: Body) -> None:
        """Count it."""
        if "act" in kinds_of(body) and (who := person(body)):
            self.acts[who] += 1

    def result(self, day: Day, now: Standing) -> Any:  # noqa: ANN401 - JSON
        """Most first."""
        return dict(self.acts.most_common())


SECTIONS: dict[str, type[Section]] = {
    "alarms": RaisedAlarms,
    "active": AlarmsAtEnd,
    "orders": OrdersOfDay,
    "tests": TestsOfDay,
    "commands": CommandsOfDay,
    "people": ActsByPerson,
    "gaps": DataGaps,
    "clock": ClockTrust,
}
"""The parts of the page in their order."""


def _brief(body: Body) -> dict[str, Any]:
    names = ("order", "equipment", "equipment_title", "title", "severity", "status", "by", "note")
    return {name: body.get(name, "") for name in names}


def _missed(body: Body, at: float) -> list[str]:
    """What should have happened by then and the cause is not gone."""
    if body["status"] != "open":
        return []
    return [name for name, seconds in body.get("deadlines", {}).items() if body["raised"]["wall"] + seconds < at]
