"""When each request is due: spread over its period, aligned to one grid, never doubled. Pure; told the time.

Devices take turns: however many polls of one are due, the others wait for one of them at most.
"""

import heapq
import itertools
from collections.abc import Callable, Iterable
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
    answer: bytes | None = None
    """The last answer, while it was a good one."""
    unanswered: int = 0
    """How often it has been asked in vain since it last brought an answer."""
    without_value: bool = False
    """Whether the last thing said to it was no value."""
    doubted: bool = False
    """Whether the last answer may have come from another device."""
    odd: str = ""
    """The points of the last answer that made no sense."""

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


class PollSchedule:
    """The polls of a link: each waits for its moment, then for the turn of its device."""

    def __init__(self) -> None:
        """Empty; see ``add``."""
        self.polls: dict[Poll, None] = {}
        """All of them, in the order they were added."""
        self._coming: list[tuple[float, int, Poll]] = []
        """A heap of those whose moment is still to come."""
        self._turns: dict[str, list[Poll]] = {}
        """Device -> its polls that are due; the device whose turn is next stands first."""
        self._held: dict[str, list[Poll]] = {}
        """The same of the devices that are not to be asked."""
        self._barred: set[str] = set()
        """Devices that are held until they are released."""
        self._resting: dict[str, float] = {}
        """Device -> until when it is held, whoever releases it."""
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
            self._insert(Poll(request, period, origin, min(start, origin - period)))

    def replace(self, poll: Poll, requests: Iterable[Request], now: float) -> None:
        """Put smaller requests in the place of a taken ``poll``, for good; they are due at once."""
        del self.polls[poll]
        for request in requests:
            self._insert(Poll(request, poll.period, poll.origin, poll.latest(now)))

    def of(self, device: str) -> list[Poll]:
        """The polls of ``device``."""
        return [poll for poll in self.polls if poll.request.device == device]

    def next_due(self) -> float | None:
        """Monotonic second at which something is to be done next; None when nothing ever is."""
        if self._turns:
            return min(poll.due for poll in next(iter(self._turns.values())))
        moments = [self._coming[0][0]] if self._coming else []
        return min((*moments, *self._resting.values()), default=None)

    def take(self, now: float, preferred: Callable[[str], bool] = lambda _: True) -> Poll | None:
        """The poll that is due longest of the device whose turn it is; give it back with ``done``.

        A ``preferred`` device goes before the others. Of its polls one that was lost a moment ago goes first, one that
        is always asked in vain last.
        """
        self._gather(now)
        if not self._turns:
            return None
        device = next(filter(preferred, self._turns), None) or next(iter(self._turns))
        due = self._turns.pop(device)
        poll = min(due, key=lambda poll: (poll.unanswered > 1, poll.unanswered == 0, poll.due))
        due.remove(poll)
        if due:
            self._turns[device] = due
        return poll

    def done(self, poll: Poll, now: float) -> int:
        """Schedule a taken poll for its next due moment, unless it was replaced; returns how many it missed."""
        if poll not in self.polls:
            return 0
        skipped = poll.reschedule(now)
        self._wait(poll)
        return skipped

    def put_back(self, poll: Poll) -> None:
        """Leave a taken poll as due as it was: it did not get its turn."""
        self._queue(poll)

    def defer(self, poll: Poll, until: float) -> None:
        """Leave a taken poll as due as it was, but not to be asked before ``until``."""
        heapq.heappush(self._coming, (until, next(self._order), poll))

    def hold(self, device: str) -> None:
        """Ask ``device`` nothing until ``release``; its polls fall due and wait."""
        self._barred.add(device)
        self._held.setdefault(device, self._turns.pop(device, []))

    def release(self, device: str) -> None:
        """Let ``device`` have its turns again, the next one after all others that wait; not while it rests."""
        self._barred.discard(device)
        self._let_go(device)

    def rest(self, device: str, until: float) -> None:
        """Ask ``device`` nothing before ``until``."""
        self._resting[device] = until
        self._held.setdefault(device, self._turns.pop(device, []))

    def rush(self, now: float, device: str | None = None) -> None:
        """Make every poll (of ``device``) due at once: it has come back. What was skipped meanwhile is not missed."""
        rushed = [poll for _, _, poll in self._coming if device in (None, poll.request.device)]
        self._coming = [entry for entry in self._coming if device not in (None, entry[2].request.device)]
        heapq.heapify(self._coming)
        for poll in rushed:
            self._queue(poll)
        for queue in (self._turns, self._held):
            for name in queue if device is None else queue.keys() & {device}:
                for poll in queue[name]:
                    poll.due = poll.latest(now)

    def _insert(self, poll: Poll) -> None:
        self.polls[poll] = None
        self._wait(poll)

    def _wait(self, poll: Poll) -> None:
        heapq.heappush(self._coming, (poll.due, next(self._order), poll))

    def _gather(self, now: float) -> None:
        for device in [device for device, until in self._resting.items() if until <= now]:
            del self._resting[device]
            self._let_go(device)
        while self._coming and self._coming[0][0] <= now:
            self._queue(heapq.heappop(self._coming)[2])

    def _let_go(self, device: str) -> None:
        if device in self._barred or device in self._resting:
            return
        if due := self._held.pop(device, None):
            self._turns[device] = due

    def _queue(self, poll: Poll) -> None:
        device = poll.request.device
        held = self._held.get(device)
        (self._turns.setdefault(device, []) if held is None else held).append(poll)
