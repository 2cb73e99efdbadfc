"""The time of day as a person told it: for a box whose clock nobody sets, until somebody does.

Nothing of the system is set. What is kept is by how much that time is ahead of the monotonic clock of this boot;
another boot has another one, and how long the box was off in between nobody knows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from agent.loop.committer import Committer, system_fact
from drivers.points import Instant
from rules.effects import Effects, Row
from rules.errors import PlainError
from rules.facts import AuditFact, When, moment
from rules.inputs import Outcome
from rules.localtime import written
from rules.people import Person
from rules.plain import from_plain, to_plain
from runtime.clock import BUILT, Clock
from runtime.errors import AgentError

TABLE = "clock"
"""Table of the one row that is kept."""
LOOK_EVERY = 5.0
"""Seconds between two looks whether a clock is trusted by now."""
SLACK = 3600.0
"""Seconds the time told may lie before the last moment that a trusted clock measured: watches differ."""
LATEST = BUILT + 20 * 365.25 * 86_400.0
"""No box runs a program for twenty years: whoever writes a later date has mistyped it."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HandTime:
    """What a person told."""

    boot: str
    """The boot it holds for."""
    ahead: float
    """Seconds by which it is ahead of the monotonic clock of that boot."""
    by: str
    at: When
    """When it was told, by itself."""


def taken(rows: Iterable[Row]) -> tuple[HandTime | None, list[Row]]:
    """What was kept, and all rows that are not ours."""
    kept: HandTime | None = None
    others = []
    for row in rows:
        if row.table != TABLE:
            others.append(row)
        elif row.body is not None:
            kept = _read(row)
    return kept, others


def ahead_in(kept: HandTime | None, boot: str) -> float | None:
    """What the clock goes by in ``boot``, see ``Clock.by_hand``; None when nothing was told in it."""
    return kept.ahead if kept is not None and kept.boot == boot else None


class HandClock:
    """Lets a person tell the time, keeps it, and ends it once a clock is trusted."""

    def __init__(
        self, clock: Clock, committer: Committer, gateway: str, last_trusted: Callable[[], Awaitable[float | None]]
    ) -> None:
        """``last_trusted`` tells the Unix seconds of the last moment that a trusted clock measured."""
        self.on_change: Callable[[], object] = lambda: None
        """Called when the time of day has jumped by us: what asks for it has to look again."""
        self.kept: HandTime | None = None
        """What the time of day goes by; None: by the clock of the box."""
        self._clock = clock
        self._committer = committer
        self._gateway = gateway
        self._last_trusted = last_trusted

    def resume(self, kept: HandTime | None) -> None:
        """Keep what the clock goes by already; what was told in another boot is over."""
        self.kept = kept
        self.look()

    async def set(self, who: Person, text: str, zone: str) -> None:
        """Go by ``text``, a local time, from the moment of this call. Returns once it is stored.

        Raises LocalTimeError; AgentError when a clock is trusted or the date is absurd; StoreError when it holds but
        could not be stored yet.
        """
        now = self._clock.now()
        if now.trusted or self._clock.simulated:
            raise AgentError("time.simulated" if self._clock.simulated else "time.trusted")
        wall = written(text, zone)
        await self._check(wall, text)
        ahead = wall - now.mono
        self._clock.by_hand = ahead
        at = self._clock.now()
        self.kept = HandTime(at.boot, ahead, who.name, moment(at))
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._committer.put(Effects(rows=[_row(self.kept)], events=[self._audit(who, now, at)]), at, [stored])
        self.on_change()
        await stored

    async def run(self) -> None:
        """Look whether it is over, for ever."""
        while True:
            await self._clock.real_sleep(LOOK_EVERY)
            self.look()

    def look(self) -> None:
        """End it when a clock is trusted, or when it was of another boot."""
        kept, now = self.kept, self._clock.now()
        if kept is None or now.by_hand:
            return
        self.kept = None
        same = kept.boot == now.boot
        wrong = {"seconds": f"{now.mono + kept.ahead - now.wall:+.0f}"} if same else {}
        fact = system_fact(
            "time.hand-over" if same else "time.hand-gone", now, simulated=self._clock.simulated, by=kept.by, **wrong
        )
        self._committer.put(Effects(rows=[_row(None)], events=[fact]), now)
        self.on_change()

    def rows(self) -> list[Row]:
        """Everything durable."""
        return [] if self.kept is None else [_row(self.kept)]

    def plain(self) -> dict[str, Any]:
        """As JSON values for ``status``."""
        kept = self.kept
        return {"set_by": kept.by, "set_at": kept.at.wall} if kept is not None else {"set_by": "", "set_at": None}

    async def _check(self, wall: float, text: str) -> None:
        known = await self._last_trusted()
        earliest = BUILT if known is None else max(BUILT, known - SLACK)
        if not earliest <= wall <= LATEST:
            raise AgentError("time.absurd", value=text, earliest=_utc(earliest), latest=_utc(LATEST))

    def _audit(self, who: Person, before: Instant, at: Instant) -> AuditFact:
        detail = f"{_utc(before.wall)} -> {_utc(at.wall)}"
        return AuditFact(
            TABLE, "set-clock", self._gateway, who.name, "", Outcome.DONE, detail=detail, at=moment(at),
            account=who.account,
        )  # fmt: skip


def _read(row: Row) -> HandTime | None:
    try:
        return from_plain(HandTime, row.body)
    except PlainError as error:
        log.error(error.code, table=row.table)
        return None


def _row(kept: HandTime | None) -> Row:
    return Row(TABLE, "", None if kept is None else to_plain(kept))


def _utc(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
