"""Functions of the time of day: ``hour_between(22:00..06:00)`` and ``daily(avg(flow), 02:00..04:00)``.

The time of day is that of the site. While nobody knows what time it is they are unknown: the clock is not trusted, and
no person told the time.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from drivers.points import Instant, Reason
from rules.functions.aggregates import Aggregate
from rules.functions.buckets import Buckets, width
from rules.functions.contract import Answer
from rules.functions.one_signal import Nothing
from rules.functions.record import WindowRecord
from rules.functions.window import FULL
from rules.localtime import local_time, moment_of, shown
from rules.timer import TOLERANCE
from rules.view import Evaluator, View

LOOK = 60.0
"""Most seconds between two looks at the clock: it may be set meanwhile. Every stretch begins and ends with a minute."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of every day, such as 22:00 to 06:00, in a time zone."""

    start: int
    """Minutes after midnight."""
    end: int
    """Minutes after midnight; not after ``start``: on the next day."""
    zone: str = "UTC"

    def around(self, wall: float) -> tuple[float, float]:
        """Begin and end, in Unix seconds, of the stretch that holds ``wall`` or else comes next."""
        day = local_time(wall, self.zone).date()
        stretches = (self._on(day + timedelta(days=offset)) for offset in (-1, 0, 1, 2, 3))
        # Where spring leaves out all of it, that day has none.
        return next((begin, end) for begin, end in stretches if begin < end and wall < end)

    def holds(self, wall: float) -> bool:
        """Whether a clock on the wall shows a time in it; in autumn in both passes of the repeated hour."""
        local = shown(wall, self.zone)
        minutes = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minutes < self.end
        return minutes >= self.start or minutes < self.end

    def _on(self, day: date) -> tuple[float, float]:
        last = day if self.end > self.start else day + timedelta(days=1)
        return self._moment(day, self.start), self._moment(last, self.end)

    def _moment(self, day: date, minutes: int) -> float:
        # 24:00 is 0:00 of the next day.
        midnight = datetime(day.year, day.month, day.day) + timedelta(days=minutes // 1440)
        return moment_of(midnight.replace(hour=minutes % 1440 // 60, minute=minutes % 60), self.zone)


@dataclass(frozen=True, slots=True)
class HourBetween:
    """Whether it is that time of day now; the end does not belong to it."""

    key: str
    span: Span
    table: str = "held"
    memory: type[Nothing] = Nothing

    def update(self, memory: Nothing, view: View) -> Answer:
        """Valid until the next full minute: no zone changes its clocks in between."""
        if not view.now.dated:
            return Answer(memory, None, LOOK, reason=Reason.CLOCK)
        return Answer(memory, self.span.holds(view.now.wall), LOOK - view.now.wall % LOOK)

    def resume(self, memory: Nothing, observed: Instant | None) -> Nothing:
        """Nothing to resume."""
        return memory


@dataclass(slots=True)
class DailyMemory:
    """The stretch under way and the result of the one before."""

    record: WindowRecord = field(default_factory=WindowRecord)
    begin: float | None = None
    """Unix seconds when the stretch under way began; None outside."""
    end: float = 0.0
    """When it ends, or the last one ended."""
    value: float | None = None
    """Result of the last stretch; None when it was not observed well enough."""
    uncertain: bool = False

    @property
    def buckets(self) -> Buckets:
        """Those of the stretch under way, or else of the last one."""
        return self.record.buckets

    def bare(self) -> "DailyMemory":
        """The same without any slice."""
        return replace(self, record=self.record.bare())


@dataclass(frozen=True, slots=True)
class Daily:
    """One aggregate over a stretch of each day, known from its end to the end of the next one."""

    key: str
    source: Evaluator
    inputs: tuple[int, ...]
    aggregate: Aggregate
    span: Span
    table: str = "window"
    memory: type[DailyMemory] = DailyMemory

    def update(self, memory: DailyMemory, view: View) -> Answer:
        """Count inside the stretch; close it when it is over."""
        now = view.now
        if not now.dated:
            memory.record.value = None
            return Answer(memory, None, LOOK, reason=Reason.CLOCK)
        if memory.begin is not None:
            self._advance(memory, memory.begin, view)
        begin, end = self.span.around(now.wall)
        # A clock set back a little must not begin anew what is over.
        if memory.begin is None and begin <= now.wall and end != memory.end:
            memory.record, memory.begin, memory.end = memory.record.anew(now), begin, end
        if memory.begin is not None:
            memory.record.note(self.source(view), view.doubts(self.inputs))
        wait = min(LOOK, (end if begin <= now.wall else begin) - now.wall)
        reason = Reason.NOT_OBSERVED if memory.value is None else Reason.NONE
        return Answer(memory, memory.value, wait, memory.uncertain, reason)

    def resume(self, memory: DailyMemory, observed: Instant | None) -> DailyMemory:
        """What the signal did while nobody looked is unknown."""
        memory.record.resume(observed, width(memory.end - memory.begin) if memory.begin is not None else 1.0)
        return memory

    def _advance(self, memory: DailyMemory, begin: float, view: View) -> None:
        seconds = memory.end - begin
        memory.record.advance(view.now, width(seconds))
        if begin <= view.now.wall < memory.end - TOLERANCE:
            return
        record = memory.record
        enough = record.buckets.known(0.0) >= FULL * seconds - TOLERANCE
        memory.value = self.aggregate(record.buckets, 0.0, record.present) if enough else None
        memory.uncertain = enough and record.doubted_since(0.0)
        memory.begin = None
