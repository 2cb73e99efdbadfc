"""How bad an alarm is where its rule decides that by conditions (ISA-18.2 calls it the priority of the alarm).

It is decided when the alarm is raised, and again while it is active. It becomes worse at once and then waits for an
acknowledgement again; less bad only once somebody has acknowledged it. What is unknown makes nothing less bad.
"""

from dataclasses import replace

from rules.alarms.alarm import Alarm, AlarmState, Transition, TransitionResult
from rules.alarms.watch import AlarmWatch
from rules.condition import Condition
from rules.model import Severity
from rules.view import View

_WORST_FIRST = tuple(Severity)


def severity_of(watch: AlarmWatch, alarm: Alarm) -> Severity:
    """How bad ``alarm`` is now."""
    return Severity(alarm.severity) if alarm.severity else watch.rule.severity


def raised_severity(watch: AlarmWatch, alarm: Alarm, view: View) -> str:
    """How bad it is at its raise; one that nobody has acknowledged since its last one stays as bad as it was."""
    if not watch.severities:
        return ""
    wanted = _wanted(watch, view)
    return _worst(wanted, Severity(alarm.severity)) if alarm.severity else wanted


def regraded(watch: AlarmWatch, alarm: Alarm, view: View) -> TransitionResult:
    """The alarm as bad as it should be now."""
    if alarm.state is not AlarmState.ACTIVE or not (watch.severities or alarm.severity):
        return alarm, Transition.NONE
    now, wanted = severity_of(watch, alarm), _wanted(watch, view)
    if wanted is now:
        return alarm, Transition.NONE
    if _worst(wanted, now) is wanted:
        return replace(alarm, severity=wanted, acknowledged=False), Transition.ESCALATED
    if alarm.acknowledged:
        return replace(alarm, severity=wanted), Transition.LOWERED
    return alarm, Transition.NONE


def grading(watch: AlarmWatch, severity: Severity) -> Condition | None:
    """The condition that made it so bad; of the severity that is left where none holds, the first."""
    found = [when for one, when in watch.severities if one is severity]
    return next(iter([*found, *(when for _, when in watch.severities)]), None)


def _wanted(watch: AlarmWatch, view: View) -> Severity:
    doubtful: list[Severity] = []
    for severity, when in watch.severities:
        holds = when.run(view)
        if holds:
            return _worst(severity, *doubtful)
        doubtful += [severity] if holds is None else []
    return _worst(watch.rule.severity, *doubtful)


def _worst(*severities: Severity) -> Severity:
    return min(severities, key=_WORST_FIRST.index)
