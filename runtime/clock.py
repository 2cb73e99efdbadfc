"""The one place that reads clocks. All else is told the time, so real, accelerated and hand-moved time look alike."""

# ruff: noqa: TID251 - the ban on reading clocks means: read them here.

import asyncio
import ctypes
import heapq
import itertools
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from drivers.points import Instant

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes this file once it has set the clock (systemd-timesyncd.service(8))."""
BUILT = 1767225600.0
"""2026-01-01 UTC: no box runs this before it was written, so an earlier wall clock is wrong."""
TIME_ERROR = 5
"""What adjtimex(2) returns while the kernel clock is not synchronised."""
TRUST_CHECKED_EVERY = 5.0
"""Seconds; synchronisation comes once after a boot, so asking for every reading would be waste."""
JUMP = 1.0
"""Seconds the wall clock may move against the monotonic one before its trust is asked anew: NTP slews by less in
TRUST_CHECKED_EVERY (500 ppm, adjtimex(2)), and whoever set it may have set it wrong."""


class Timer(Protocol):
    """Something that will happen once, unless cancelled."""

    def cancel(self) -> None:
        """Make it not happen."""


class Clock:
    """Engine time: the time of the box, or faster when ``speed`` is above 1 (a simulation).

    Monotonic and wall seconds run ``speed`` times as fast from the moment of construction.
    """

    def __init__(self, speed: float = 1.0) -> None:
        """Start at the real time."""
        self.speed = speed
        self._boot = _boot_id() if speed == 1.0 else f"simulated-{uuid.uuid4()}"
        self._start = (time.monotonic(), time.time())
        self._trust = (float("-inf"), 0.0, False)
        self.by_hand: float | None = None
        """Seconds by which the time a person told is ahead of the monotonic clock of this boot; None: nobody did.

        It holds until a clock is trusted, and touches nothing of the system.
        """

    @property
    def simulated(self) -> bool:
        """Whether engine time is not the time of the world."""
        return self.speed != 1.0

    def _trusted(self, mono: float, wall: float) -> bool:
        checked, ahead, trusted = self._trust
        if mono - checked >= TRUST_CHECKED_EVERY or abs(wall - mono - ahead) > JUMP:
            trusted = wall_is_trusted(wall, SYNCHRONISED, kernel_state())
            self._trust = (mono, wall - mono, trusted)
        return trusted

    @property
    def trusted(self) -> bool:
        """Whether the wall clock is synchronised, as far as the box can tell."""
        return self._trusted(time.monotonic(), time.time())

    def now(self) -> Instant:
        """The moment in engine time."""
        mono, wall = time.monotonic(), time.time()
        trusted = self._trusted(mono, wall)
        if self.simulated:
            passed = (mono - self._start[0]) * self.speed
            mono, wall = self._start[0] + passed, self._start[1] + passed
        return self._told(Instant(self._boot, mono, wall, trusted))

    def real_now(self) -> Instant:
        """The moment in the world outside: for sockets, uptime and what was sent when."""
        mono, wall = time.monotonic(), time.time()
        return self._told(Instant(_boot_id(), mono, wall, self._trusted(mono, wall)))

    def _told(self, at: Instant) -> Instant:
        """``at`` as a person told the time; who trusts a clock needs nobody to."""
        if self.by_hand is None:
            return at
        if at.trusted:
            self.by_hand = None
            return at
        return replace(at, wall=at.mono + self.by_hand, by_hand=True)

    def call_at(self, mono: float, callback: Callable[[], object]) -> Timer:
        """Call ``callback`` when engine time reaches ``mono``; needs a running loop."""
        delay = (mono - self.now().mono) / self.speed
        return asyncio.get_running_loop().call_later(max(0.0, delay), callback)

    async def sleep_until(self, mono: float) -> None:
        """Sleep until engine time reaches ``mono``."""
        reached = asyncio.Event()
        timer = self.call_at(mono, reached.set)
        try:
            await reached.wait()
        finally:
            timer.cancel()

    async def sleep(self, seconds: float) -> None:
        """Sleep so many seconds of engine time."""
        await self.sleep_until(self.now().mono + seconds)

    async def real_sleep(self, seconds: float) -> None:
        """Sleep so many seconds of the world outside: for back-off towards things that do not run faster."""
        await asyncio.sleep(seconds)

    async def real_wait(self, event: asyncio.Event, seconds: float | None = None) -> bool:
        """Wait for ``event``, at most so many seconds of the world outside; returns whether it was set."""
        try:
            async with asyncio.timeout(seconds):
                return await event.wait()
        except TimeoutError:
            return event.is_set()

    async def wait(self, event: asyncio.Event, until: float | None = None) -> bool:
        """Wait for ``event``, at most until engine time ``until``; returns whether it was set.

        When the time comes the event is set and cleared again: that wakes the waiter at once, and a third as dear as
        ``asyncio.timeout`` does. So whoever waits looks at everything afterwards, whatever this returns.
        """
        if until is None:
            return await event.wait()
        elapsed = False

        def elapse() -> None:
            nonlocal elapsed
            elapsed = not event.is_set()
            event.set()

        timer = self.call_at(until, elapse)
        try:
            await event.wait()
        finally:
            timer.cancel()
            if elapsed:
                event.clear()
        return not elapsed


@dataclass(slots=True)
class ManualTimer:
    """A callback of a ManualClock waiting for its moment."""

    callback: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        """Make it not happen."""
        self.cancelled = True


class ManualClock(Clock):
    """Time that moves only when told to, for tests: sleepers wake in order, each at its own moment."""

    def __init__(self, mono: float = 1000.0, wall: float = 1_800_000_000.0, *, boot: str = "boot-1") -> None:
        """Stand still at the given moment of boot ``boot``."""
        super().__init__()
        self.instant = Instant(boot, mono, wall)
        self._order = itertools.count()
        self._timers: list[tuple[float, int, ManualTimer]] = []

    @property
    def trusted(self) -> bool:
        """As the current instant says."""
        return self.instant.trusted

    def now(self) -> Instant:
        """The moment it was last moved to."""
        return self._told(self.instant)

    def real_now(self) -> Instant:
        """The same: here the world outside stands still too."""
        return self.now()

    def call_at(self, mono: float, callback: Callable[[], object]) -> Timer:
        """Call ``callback`` from the ``advance`` that reaches ``mono``."""
        timer = ManualTimer(callback)
        heapq.heappush(self._timers, (mono, next(self._order), timer))
        return timer

    async def real_sleep(self, seconds: float) -> None:
        """Sleep until ``advance`` has moved so far."""
        await self.sleep(seconds)

    async def real_wait(self, event: asyncio.Event, seconds: float | None = None) -> bool:
        """Wait until ``advance`` has moved so far."""
        return await self.wait(event, None if seconds is None else self.now().mono + seconds)

    def set(self, **changes: object) -> None:
        """Change fields of the current instant: step ``wall``, lose ``trusted``, reboot to another ``boot``."""
        self.instant = replace(self.instant, **changes)  # type: ignore[arg-type]

    async def advance(self, seconds: float = 0.0) -> None:
        """Move on, letting everything that falls due on the way run at its own moment."""
        await settle()
        end = self.instant.mono + seconds
        while self._timers and self._timers[0][0] <= end:
            mono, _, timer = heapq.heappop(self._timers)
            if timer.cancelled:
                continue
            self._move(mono)
            timer.callback()
            await settle()
        self._move(end)

    def _move(self, mono: float) -> None:
        passed = max(0.0, mono - self.instant.mono)
        self.set(mono=self.instant.mono + passed, wall=self.instant.wall + passed)


async def settle(turns: int = 30) -> None:
    """Let every task that is ready run until it waits for something."""
    for _ in range(turns):
        await asyncio.sleep(0)


def wall_is_trusted(wall: float, synchronised: Path, kernel: int) -> bool:
    """Decide whether wall seconds may be believed.

    Either timesyncd left its file or the kernel says synchronised (chrony, ntpd, the host of a container). Where the
    kernel cannot be asked (``kernel`` -1, some containers) a date after the build is all there is, and is accepted.
    """
    if wall < BUILT:
        return False
    return synchronised.exists() or kernel != TIME_ERROR


def kernel_state() -> int:
    """The clock state by adjtimex(2): 0..4 synchronised, 5 not, -1 when the kernel does not tell."""
    # modes = 0 only reads; 1024 bytes exceed struct timex on every architecture.
    try:
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(1024)))
    except (OSError, AttributeError):
        return -1


@cache
def _boot_id() -> str:
    return BOOT_ID.read_text(encoding="ascii").strip()
