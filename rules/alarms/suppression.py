"""What people do to an alarm, and what lies over its life: shelved, out of service, suppressed by design. Pure."""

from dataclasses import replace

from drivers.points import Instant, PlantgateError
from rules.alarms.alarm import Alarm, AlarmState, Note, Shelf, Transition, TransitionResult, acknowledge, reset
from rules.inputs import Acknowledge, AlarmAct, OutOfService, Reset, Shelve, Unshelve
from rules.timer import TOLERANCE

SHELVED_ALLOWED = 86_400.0
"""Longest time on the shelf, in seconds: beyond a day somebody works on it, and it is out of service."""


def act(alarm: Alarm, request: AlarmAct, at: Instant) -> TransitionResult:
    """The alarm after what a person did; raises PlantgateError when that cannot be done to it now."""
    after, change = _done(alarm, request, at)
    if change is Transition.REFUSED:
        raise PlantgateError(_REFUSALS[type(request)], alarm=alarm.id)
    return after, change


def lapse(alarm: Alarm, at: Instant) -> TransitionResult:
    """The alarm back from the shelf once its time is over."""
    if alarm.shelf is None or alarm.shelf.left(at) > TOLERANCE:
        return alarm, Transition.NONE
    return replace(alarm, shelf=None), Transition.EXPIRED


def overlay(alarm: Alarm, inhibited: bool | None, caused: bool, flooding: bool = False) -> TransitionResult:
    """The alarm under the condition of its rule, and whether cause and flood it was raised under still hold.

    An unknown condition neither suppresses nor ends a suppression.
    """
    before = alarm.inhibited or alarm.grouped or alarm.flooded
    inhibited = alarm.inhibited if inhibited is None else inhibited and alarm.present
    grouped, flooded = alarm.grouped and caused, alarm.flooded and flooding
    after = replace(alarm, inhibited=inhibited, grouped=grouped, flooded=flooded)
    suppressed = inhibited or grouped or flooded
    if after == alarm:
        return alarm, Transition.NONE
    if suppressed == before:
        return after, Transition.TIMED
    return after, Transition.SUPPRESSED if suppressed else Transition.UNSUPPRESSED


def quiet(alarm: Alarm, at: Instant) -> Alarm:
    """An episode that called nobody needs nobody's acknowledgement once it is over."""
    if alarm.state is AlarmState.RETURNED and alarm.announced != alarm.episode:
        return replace(acknowledge(alarm, at)[0], acknowledged_at=alarm.acknowledged_at)
    return alarm


def _done(alarm: Alarm, request: AlarmAct, at: Instant) -> TransitionResult:
    if isinstance(request, Acknowledge):
        return acknowledge(alarm, at)
    if isinstance(request, Reset):
        return reset(alarm, at)
    if isinstance(request, Shelve):
        return _shelved(alarm, request, at)
    if isinstance(request, Unshelve):
        return (
            (alarm, Transition.REFUSED) if alarm.shelf is None else (replace(alarm, shelf=None), Transition.UNSHELVED)
        )
    return _serviced(alarm, request, at)


def _shelved(alarm: Alarm, request: Shelve, at: Instant) -> TransitionResult:
    _demand_reason(request.reason, alarm)
    if not 0 < request.seconds <= SHELVED_ALLOWED:
        raise PlantgateError("engine.shelf-time", alarm=alarm.id, hours=round(SHELVED_ALLOWED / 3600))
    return replace(alarm, shelf=Shelf(request.by, request.reason, at, request.seconds)), Transition.SHELVED


def _serviced(alarm: Alarm, request: OutOfService, at: Instant) -> TransitionResult:
    if request.release:
        return (
            (alarm, Transition.REFUSED)
            if alarm.service is None
            else (replace(alarm, service=None), Transition.IN_SERVICE)
        )
    _demand_reason(request.reason, alarm)
    return replace(alarm, service=Note(request.by, request.reason, at)), Transition.OUT_OF_SERVICE


def _demand_reason(reason: str, alarm: Alarm) -> None:
    if not reason.strip():
        raise PlantgateError("engine.reason-missing", alarm=alarm.id)


_REFUSALS: dict[type, str] = {
    Acknowledge: "engine.nothing-to-acknowledge",
    Reset: "engine.nothing-to-reset",
    Unshelve: "engine.not-shelved",
    OutOfService: "engine.not-out-of-service",
}
"""Why each act can be refused for the state the alarm is in."""
