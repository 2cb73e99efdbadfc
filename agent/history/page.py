"""One answer to whoever looks back: some events in order, and where to go on. It is as big for a long journal."""

import json
from dataclasses import dataclass, field, fields
from typing import Any

from agent.history.kinds import Body, Wanted
from agent.history.words import SiteCalendar
from agent.journal.entry import Entry
from agent.journal.past import Past
from runtime.errors import AgentError

EVENTS, BYTES = 500, 1024 * 1024
"""An answer that holds so many events, or so much, ends with the stretch it is in."""
STRETCHES = 20
"""Looked at for one answer at most: some tenths of a second of work."""


@dataclass(frozen=True, slots=True)
class HistoryQuestion:
    """What is looked for, and where."""

    wanted: Wanted = field(default_factory=Wanted)
    since: str = ""
    """As ``agent.history.words`` understands it; empty: the last 24 hours."""
    until: str = ""
    """Empty: now, and what comes."""
    after: int = 0
    """Where the answer before ended; 0: begin at ``since``."""


@dataclass(slots=True)
class Page:
    """One answer."""

    zone: str
    now: float
    since: float
    until: float | None
    events: list[dict[str, Any]] = field(default_factory=list)
    """Each with position, epoch, seq and body."""
    after: int = 0
    """Where to go on."""
    more: bool = True
    """Whether there is more now."""
    damaged: int = 0
    """Events that cannot be read any more."""
    durable: bool = True
    """Whether it comes from the disk: else what happened before the disk failed is not in it."""

    def plain(self) -> dict[str, Any]:
        """As JSON values. Its events are plain already: ``asdict`` would copy each, a tenth of a second for a page."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


async def page(past: Past, asked: HistoryQuestion, calendar: SiteCalendar) -> Page:
    """The next events of ``past`` that are asked for. Raises AgentError (history.*), StoreError."""
    since = calendar.moment(asked.since or "24h")
    until = calendar.moment(asked.until, end=True) if asked.until else None
    if until is not None and until <= since:
        raise AgentError("history.backwards", since=calendar.shown(since), until=calendar.shown(until))
    first, before = await past.span(since, until)
    found, size = Page(calendar.zone, calendar.now, since, until, after=asked.after or first), 0
    for _ in range(STRETCHES):
        stretch = await past.stretch(found.after, before, asked.wanted.facts)
        for entry in stretch.entries:
            if asked.wanted.possibly(entry.body) and asked.wanted.holds(body := json.loads(entry.body)):
                found.events.append(_event(entry, body))
                size += len(entry.body)
        found.after, found.damaged, found.more = stretch.last, found.damaged + stretch.damaged, not stretch.end
        if stretch.end or len(found.events) >= EVENTS or size >= BYTES:
            break
    return found


def _event(entry: Entry, body: Body) -> dict[str, Any]:
    return {"position": entry.position, "epoch": entry.epoch, "seq": entry.seq, "body": body}
