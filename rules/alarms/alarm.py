"""The life of one rule on one equipment: the states of ISA-18.2 and IEC 62682 as one table of transitions.

    normal -> pending -> active -> returned -> normal    as the plant says; returned only until acknowledged
                         active -> latched -> normal     where the rule latches, once reset and acknowledged

Shelved, suppressed by design and out of service lie over these states: such an alarm lives on, nobody is called.
Unknown neither raises nor clears and pauses a running delay.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from drivers.points import Instant
from rules.timer import RESET, TOLERANCE, ElapsedTimer


class AlarmState(StrEnum):
    """Where an alarm stands."""

    NORMAL = "normal"
    PENDING = "pending"
    """The condition holds, its on-delay is not over."""
    ACTIVE = "active"
    RETURNED = "returned"
    """The condition has gone, nobody has acknowledged it."""
    LATCHED = "latched"
    """The condition has gone, nobody has reset it."""


class Suppression(StrEnum):
    """Why an alarm that lives calls nobody (ISA-18.2 states G, H and I)."""

    NONE = ""
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    """By design: the rule's own condition, or the alarm it follows from."""
    OUT_OF_SERVICE = "out-of-service"


class Transition(StrEnum):
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
    RESET = "reset"
    REALARMED = "realarmed"
    """Acknowledged long ago and still active: it calls again."""
    ESCALATED = "escalated"
    """It became worse while active: it waits for an acknowledgement again."""
    LOWERED = "lowered"
    """It became less bad while active and acknowledged."""
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    EXPIRED = "expired"
    """Its time on the shelf is over."""
    OUT_OF_SERVICE = "out-of-service"
    IN_SERVICE = "in-service"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    CHATTERING = "chattering"
    """It came and went too often: from now on its raises are counted, not told."""
    REFUSED = "refused"
    """It is not in a state in which that can be done."""
    REMOVED = "removed"
    """Its rule or equipment is no longer configured."""

    @property
    def told(self) -> bool:
        """Whether headquarters hears of it."""
        return self not in (
            Transition.NONE,
            Transition.TIMED,
            Transition.PENDING,
            Transition.CANCELLED,
            Transition.REFUSED,
        )


@dataclass(frozen=True, slots=True)
class Note:
    """Who took an alarm out of the way, why and when."""

    by: str
    reason: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Shelf:
    """An alarm out of sight for a limited time."""

    by: str
    reason: str
    at: Instant
    seconds: float
    repeats: int | None = None
    """How often it was raised there since it chatters; None: it does not, each raise is told."""

    def left(self, at: Instant) -> float:
        """Seconds until it comes back; time switched off that no clock measured does not count."""
        return max(0.0, self.seconds - at.since(self.at))


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
    delay: ElapsedTimer = RESET
    """Counts towards the on-delay, or the off-delay while active."""
    since: Instant | None = None
    """When it entered its state."""
    acknowledged_at: Instant | None = None
    """When a person last acknowledged it."""
    announced: int = 0
    """The last episode that called somebody; one raised while suppressed does so when that ends."""
    shelf: Shelf | None = None
    service: Note | None = None
    """Set while it is out of service."""
    inhibited: bool = False
    """Suppressed by the condition of its rule."""
    cause: str = ""
    """The alarm it was raised under."""
    grouped: bool = False
    """Suppressed by its cause."""
    flooded: bool = False
    """Suppressed by a flood that began with its cause."""
    raises: tuple[Instant, ...] = ()
    """When it was last raised, as many as tell whether it chatters."""
    first_out: bool = False
    """It was the first to become active on its equipment."""
    severity: str = ""
    """How bad it is now, where its rule decides that by conditions; empty: as the rule says."""

    @property
    def id(self) -> str:
        """Identity of the alarm, ``equipment/rule``."""
        return f"{self.equipment}/{self.rule}"

    @property
    def present(self) -> bool:
        """Whether it waits for the plant or for a person."""
        return self.state not in (AlarmState.NORMAL, AlarmState.PENDING)

    @property
    def suppression(self) -> Suppression:
        """What keeps it from calling somebody; the act of a person is named before the logic of the site."""
        if self.service is not None:
            return Suppression.OUT_OF_SERVICE
        if self.shelf is not None:
            return Suppression.SHELVED
        return Suppression.SUPPRESSED if self.inhibited or self.grouped or self.flooded else Suppression.NONE

    @property
    def shown(self) -> str:
        """Where it stands in one word, as people see it: the suppression if there is one, else the state."""
        return self.suppression.value or self.state.value


@dataclass(frozen=True, slots=True)
class Life:
    """What a rule says about the life of its alarms; times in seconds."""

    on: float = 0.0
    """How long the condition must hold before it raises."""
    off: float = 0.0
    """How long the clear condition must hold before it clears."""
    latched: bool = False
    """Whether it stays until a person resets it."""
    realarm: float | None = None
    """How long after the acknowledgement an alarm that is still active calls again."""


TransitionResult = tuple[Alarm, Transition]

_N, _P, _A, _R, _L = AlarmState


class _Push(StrEnum):
    """What moves an alarm from one state to another."""

    HOLD = "hold"
    """The condition holds, the on-delay runs."""
    DROP = "drop"
    RAISE = "raise"
    CLEAR = "clear"
    LATCH = "latch"
    """As CLEAR, where the rule latches."""
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    REALARM = "realarm"


_TABLE: dict[_Push, dict[tuple[AlarmState, bool], tuple[AlarmState, bool]]] = {
    _Push.HOLD: {(_N, True): (_P, True)},
    _Push.DROP: {(_P, True): (_N, True)},
    _Push.RAISE: {old: (_A, False) for old in [(_N, True), (_P, True), (_R, False), (_L, False), (_L, True)]},
    _Push.CLEAR: {(_A, False): (_R, False), (_A, True): (_N, True)},
    _Push.LATCH: {(_A, False): (_L, False), (_A, True): (_L, True)},
    _Push.ACKNOWLEDGE: {(_A, False): (_A, True), (_R, False): (_N, True), (_L, False): (_L, True)},
    _Push.RESET: {(_L, False): (_R, False), (_L, True): (_N, True)},
    _Push.REALARM: {(_A, True): (_A, False)},
}
"""Push -> (state, acknowledged) before -> after; what is not here does not move."""

_OVER: dict[str, Any] = {
    "inhibited": False,
    "grouped": False,
    "flooded": False,
    "cause": "",
    "first_out": False,
    "severity": "",
}
"""What a normal alarm is not."""


def advance(alarm: Alarm, raised: bool | None, cleared: bool | None, life: Life, at: Instant) -> TransitionResult:
    """The alarm after the condition was looked at; None is unknown.

    A condition that holds beats a clear condition that holds too, so that contradictory limits cannot flap.
    """
    if alarm.state is AlarmState.ACTIVE:
        return _while_active(alarm, False if raised else cleared, life, at)
    return _while_quiet(alarm, raised, life.on, at)


def acknowledge(alarm: Alarm, at: Instant) -> TransitionResult:
    """Somebody has seen it."""
    if (alarm.state, alarm.acknowledged) not in _TABLE[_Push.ACKNOWLEDGE]:
        return alarm, Transition.REFUSED
    after = _resumed(_moved(alarm, _Push.ACKNOWLEDGE, at), alarm.delay)
    return replace(after, acknowledged_at=at), Transition.ACKNOWLEDGED


def reset(alarm: Alarm, at: Instant) -> TransitionResult:
    """Somebody has seen that what latched it is over."""
    if alarm.state is not AlarmState.LATCHED:
        return alarm, Transition.REFUSED
    return _resumed(_moved(alarm, _Push.RESET, at), alarm.delay), Transition.RESET


def realarm(alarm: Alarm, life: Life, at: Instant) -> TransitionResult:
    """Call again when nobody has mended it in time."""
    left = _realarm_left(alarm, life, at)
    if left is None or left > TOLERANCE:
        return alarm, Transition.NONE
    return replace(_moved(alarm, _Push.REALARM, at), delay=alarm.delay), Transition.REALARMED


def remove(alarm: Alarm, at: Instant) -> TransitionResult:
    """Its rule or equipment has gone from the configuration."""
    return Alarm(alarm.equipment, alarm.rule, episode=alarm.episode, since=at), Transition.REMOVED


def seconds_left(alarm: Alarm, life: Life, at: Instant) -> float | None:
    """Seconds until time alone changes it; None while nothing runs."""
    active = alarm.state is AlarmState.ACTIVE
    shelf = alarm.shelf.left(at) if alarm.shelf is not None else None
    waits = (alarm.delay.remaining(life.off if active else life.on, at), shelf, _realarm_left(alarm, life, at))
    return min((wait for wait in waits if wait is not None), default=None)


def _realarm_left(alarm: Alarm, life: Life, at: Instant) -> float | None:
    seen = alarm.acknowledged_at
    if life.realarm is None or seen is None or alarm.state is not AlarmState.ACTIVE or not alarm.acknowledged:
        return None
    return max(0.0, life.realarm - at.since(seen))


def _while_quiet(alarm: Alarm, raised: bool | None, delay: float, at: Instant) -> TransitionResult:
    if raised is None:
        return _timed(alarm, alarm.delay.pause(at))
    if not raised:
        return _cancelled(alarm, at)
    timer = alarm.delay.run(at)
    if timer.reached(delay, at):
        return replace(_moved(alarm, _Push.RAISE, at), episode=alarm.episode + 1), Transition.RAISED
    if alarm.state is AlarmState.NORMAL:
        return replace(_moved(alarm, _Push.HOLD, at), delay=timer), Transition.PENDING
    return _timed(alarm, timer)


def _cancelled(alarm: Alarm, at: Instant) -> TransitionResult:
    if alarm.state is AlarmState.PENDING:
        return _moved(alarm, _Push.DROP, at), Transition.CANCELLED
    return _timed(alarm, RESET)


def _while_active(alarm: Alarm, cleared: bool | None, life: Life, at: Instant) -> TransitionResult:
    if cleared is None:
        return _timed(alarm, alarm.delay.pause(at))
    if not cleared:
        return _timed(alarm, RESET)
    timer = alarm.delay.run(at)
    if not timer.reached(life.off, at):
        return _timed(alarm, timer)
    return _moved(alarm, _Push.LATCH if life.latched else _Push.CLEAR, at), Transition.CLEARED


def _timed(alarm: Alarm, timer: ElapsedTimer) -> TransitionResult:
    return (alarm, Transition.NONE) if timer == alarm.delay else (replace(alarm, delay=timer), Transition.TIMED)


def _moved(alarm: Alarm, push: _Push, at: Instant) -> Alarm:
    state, acknowledged = _TABLE[push][alarm.state, alarm.acknowledged]
    if state is alarm.state:
        return replace(alarm, acknowledged=acknowledged)
    after = replace(alarm, state=state, acknowledged=acknowledged, delay=RESET, since=at)
    return after if after.present else replace(after, **_OVER)


def _resumed(alarm: Alarm, delay: ElapsedTimer) -> Alarm:
    # A delay that already runs, towards the next raise or towards the clear, goes on.
    pending = alarm.state is AlarmState.NORMAL and delay != RESET
    return replace(alarm, state=AlarmState.PENDING if pending else alarm.state, delay=delay)
