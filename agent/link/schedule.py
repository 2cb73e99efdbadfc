"""When each request is due: spread over its period, aligned to one grid, never doubled. Pure; told the time."""

import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

from drivers.contract import Request


@dataclass(slots=True, eq=False)
class Poll:
    """One request and its grid of due moments: ``origin + n * period``, in monotonic seconds."""

    request: Request
    period: float
    origin: float
    due: float
    missed: int = 0
    """Due moments that passed while an earlier one was still being served."""
    answer: bytes | None = None
    """The last answer, while it was a good one."""
    entry: int = -1
    """Which entry of the heap counts; the others of this poll are outdated."""

    def reschedule(self, now: float) -> int:
        """Move to the first due moment after ``now``; returns how many were skipped on the way."""
        coming = floor((now - self.origin) / self.period) + 1
        # Rounding must not make the moment just served the next one.
        coming += self.origin + coming * self.period <= now
        skipped = max(0, coming - 1 - round((self.due - self.origin) / self.period))
        self.due = self.origin + coming * self.period
        return skipped

    def latest(self, now: float) -> float:
        """The last due moment up to ``now``."""
        return self.origin + floor((now - self.origin) / self.period) * self.period


class Schedule:
    """The polls of a link, earliest first."""

    def __init__(self) -> None:
        """Empty; see ``add``."""
        self.polls: list[Poll] = []
        self._heap: list[tuple[float, int, Poll]] = []
        self._order = itertools.count()

    def add(self, requests: Iterable[tuple[Request, float]], start: float) -> None:
        """Add requests with their periods: all due at ``start`` once, then spread evenly over each period."""
        entries = list(requests)
        counts: dict[float, int] = {}
        totals: dict[float, int] = {}
        for _, period in entries:
            totals[period] = totals.get(period, 0) + 1
        for request, period in entries:
            counts[period] = counts.get(period, 0) + 1
            # The grid moment before the start is due already: every point is read once without waiting its period.
            origin = start + period * counts[period] / totals[period]
            self._insert(Poll(request, period, origin, origin - period))

    def replace(self, poll: Poll, requests: Iterable[Request], now: float) -> None:
        """Put smaller requests in the place of ``poll``, for good; they are due at once."""
        self.polls.remove(poll)
        for request in requests:
            self._insert(Poll(request, poll.period, poll.origin, poll.latest(now)))

    def next_due(self) -> float | None:
        """Monotonic second of the earliest poll; None without any."""
        self._drop_outdated()
        return self._heap[0][0] if self._heap else None

    def take(self, now: float) -> Poll | None:
        """The earliest poll if it is due; give it back with ``done``."""
        due = self.next_due()
        if due is None or due > now:
            return None
        poll = heapq.heappop(self._heap)[2]
        poll.entry = -1
        return poll

    def put_back(self, poll: Poll) -> None:
        """Leave a taken poll as due as it was: it did not get its turn."""
        self._push(poll)

    def done(self, poll: Poll, now: float, *, count_missed: bool = True) -> None:
        """Schedule a taken poll for its next due moment, unless it was replaced."""
        if poll not in self.polls:
            return
        skipped = poll.reschedule(now)
        poll.missed += skipped if count_missed else 0
        self._push(poll)

    def rush(self, now: float, device: str | None = None) -> None:
        """Make every poll (of ``device``) due at once: it has come back. What was skipped meanwhile is not missed."""
        for poll in self.polls:
            if device in (None, poll.request.device) and poll.entry >= 0:
                poll.due = poll.latest(now)
                self._push(poll)

    def missed(self, device: str) -> int:
        """How many polls of ``device`` were skipped because the link was busy."""
        return sum(poll.missed for poll in self.polls if poll.request.device == device)

    def _insert(self, poll: Poll) -> None:
        self.polls.append(poll)
        self._push(poll)

    def _push(self, poll: Poll) -> None:
        poll.entry = next(self._order)
        heapq.heappush(self._heap, (poll.due, poll.entry, poll))

    def _drop_outdated(self) -> None:
        # A rushed poll stands in the heap twice; the later entry counts.
        while self._heap and self._heap[0][1] != self._heap[0][2].entry:
            heapq.heappop(self._heap)
