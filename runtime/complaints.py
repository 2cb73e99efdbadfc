"""Things that come in numbers are told once, then counted: a flood from outside must not become one of our own."""

from collections.abc import Callable

from runtime.clock import Clock

EVERY = 600.0
"""Seconds between two tellings of one kind."""

Tell = Callable[..., object]
"""Takes a message code and its arguments and makes an event of them."""


class Complaints:
    """One kind of complaint: the first is told at once, those that follow are counted into the next telling."""

    def __init__(self, code: str, tell: Tell, clock: Clock) -> None:
        """``tell`` gets ``code``, ``count`` and the arguments of the latest complaint."""
        self.total = 0
        """Complaints since the start."""
        self._code = code
        self._tell = tell
        self._clock = clock
        self._untold = 0
        self._told = float("-inf")

    def note(self, **arguments: object) -> None:
        """One more."""
        self.total += 1
        self._untold += 1
        now = self._clock.real_now().mono
        if now - self._told >= EVERY:
            self._tell(self._code, count=self._untold, **arguments)
            self._told, self._untold = now, 0
