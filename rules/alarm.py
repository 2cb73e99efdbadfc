"""The life of one rule on one equipment (ISA-18.2): normal, pending, active, returned, with acknowledgement.

    normal --condition--> pending --on-delay--> active --clear + off-delay--> returned --ack--> normal
                                                active, acknowledged ---clear + off-delay-----> normal

Transitions are pure; each names its reason. Unknown neither raises nor clears and pauses a running delay.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.points import Instant
from rules.timer import RESET, Timer


class AlarmState(StrEnum):
    """Where an alarm stands."""

    NORMAL = "normal"
    PENDING = "pending"
    """The condition holds, its on-delay is not over."""
    ACTIVE = "active"
    RETURNED = "returned"
    """The condition has gone, nobody has acknowledged it."""


class Change(StrEnum):
    """Why an alarm is not what it was."""

    NONE = ""
    TIMED = "timed"
    """Only its delay started, paused or was reset."""
    PENDING = "pending"
    CANCELLED = "cancelled"
    """The condition went away before its on-delay was over."""
    RAISED = "raised"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    """There is nothing to acknowledge."""
    REMOVED = "removed"
    """Its rule or equipment is no longer configured."""

    @property
    def told(self) -> bool:
        """Whether headquarters hears of it."""
        return self in (Change.RAISED, Change.CLEARED, Change.ACKNOWLEDGED, Change.REMOVED)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One rule on one equipment."""

    equipment: str
    rule: str
    state: AlarmState = AlarmState.NORMAL
    acknowledged: bool = True
    """A normal alarm counts as acknowledged (ISA-18.2 state A)."""
    episode: int = 0
    """How many times it became active."""
    delay: Timer = RESET
    """Counts towards the on-delay, or the off-delay while active."""
    since: Instant | None = None
    """When it entered its state."""

    @property
    def id(self) -> str:
        """Identity of the alarm, ``equipment/rule``."""
        return f"{self.equipment}/{self.rule}"


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds the condition must hold before it raises, and before it clears."""

    on: float = 0.0
    off: float = 0.0


Step = tuple[Alarm, Change]


def advance(alarm: Alarm, raised: bool | None, cleared: bool | None, delays: Delays, at: Instant) -> Step:
    """The alarm after the condition was looked at; None is unknown.

    A condition that holds beats a clear condition that holds too, so that contradictory limits cannot flap.
    """
    if alarm.state is AlarmState.ACTIVE:
        return _while_active(alarm, False if raised else cleared, delays.off, at)
    return _while_quiet(alarm, raised, delays.on, at)


def acknowledge(alarm: Alarm, at: Instant) -> Step:
    """Somebody has seen it."""
    if alarm.acknowledged or alarm.state not in (AlarmState.ACTIVE, AlarmState.RETURNED):
        return alarm, Change.REFUSED
    if alarm.state is AlarmState.ACTIVE:
        return replace(alarm, acknowledged=True), Change.ACKNOWLEDGED
    # A delay that already runs towards the next raise goes on.
    state = AlarmState.NORMAL if alarm.delay == RESET else AlarmState.PENDING
    return replace(alarm, state=state, acknowledged=True, since=at), Change.ACKNOWLEDGED


def remove(alarm: Alarm, at: Instant) -> Step:
    """Its rule or equipment has gone from the configuration."""
    return replace(alarm, state=AlarmState.NORMAL, acknowledged=True, delay=RESET, since=at), Change.REMOVED


def seconds_left(alarm: Alarm, delays: Delays, at: Instant) -> float | None:
    """Seconds until the running delay is over; None while none runs."""
    return alarm.delay.remaining(delays.off if alarm.state is AlarmState.ACTIVE else delays.on, at)


def _while_quiet(alarm: Alarm, raised: bool | None, delay: float, at: Instant) -> Step:
    if raised is None:
        return _timed(alarm, alarm.delay.pause(at))
    if not raised:
        return _cancelled(alarm, at)
    timer = alarm.delay.run(at)
    if timer.reached(delay, at):
        return _enter(alarm, AlarmState.ACTIVE, at, acknowledged=False, episode=alarm.episode + 1), Change.RAISED
    if alarm.state is AlarmState.NORMAL:
        return replace(_enter(alarm, AlarmState.PENDING, at), delay=timer), Change.PENDING
    return _timed(alarm, timer)


def _cancelled(alarm: Alarm, at: Instant) -> Step:
    if alarm.state is AlarmState.PENDING:
        return _enter(alarm, AlarmState.NORMAL, at), Change.CANCELLED
    return _timed(alarm, RESET)


def _while_active(alarm: Alarm, cleared: bool | None, delay: float, at: Instant) -> Step:
    if cleared is None:
        return _timed(alarm, alarm.delay.pause(at))
    if not cleared:
        return _timed(alarm, RESET)
    timer = alarm.delay.run(at)
    if not timer.reached(delay, at):
        return _timed(alarm, timer)
    return _enter(alarm, AlarmState.NORMAL if alarm.acknowledged else AlarmState.RETURNED, at), Change.CLEARED


def _timed(alarm: Alarm, timer: Timer) -> Step:
    return (alarm, Change.NONE) if timer == alarm.delay else (replace(alarm, delay=timer), Change.TIMED)


def _enter(
    alarm: Alarm, state: AlarmState, at: Instant, *, acknowledged: bool | None = None, episode: int | None = None
) -> Alarm:
    return replace(
        alarm,
        state=state,
        delay=RESET,
        since=at,
        acknowledged=alarm.acknowledged if acknowledged is None else acknowledged,
        episode=alarm.episode if episode is None else episode,
    )
