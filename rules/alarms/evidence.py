"""Why an alarm changed: the condition with the values, qualities and ages that decided, and who did it."""

from dataclasses import dataclass

from drivers.points import Quality, Reason, Value
from rules.alarms.alarm import Alarm, AlarmState, Transition
from rules.alarms.grading import grading, severity_of
from rules.alarms.watch import AlarmWatch
from rules.condition import Condition
from rules.condition.part import ConditionInput
from rules.facts import AlarmFact, Evidence, Objection, Why, moment
from rules.model import Origin
from rules.view import View


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """A change of an alarm: what, by whom, for which reason."""

    change: Transition
    previous: AlarmState
    by: str = "engine"
    reason: str = ""
    repeats: int = 0


def why(watch: AlarmWatch, decided: Condition, view: View) -> Why:
    """What ``decided`` saw."""
    place = watch.rule.when.place
    return Why(
        decided.text,
        [_evidence(term, view) for term in decided.terms],
        place.file if place is not None else "",
        place.line if place is not None else 0,
        watch.clear.text,
        list(watch.limits),
    )


def alarm_fact(
    watch: AlarmWatch, alarm: Alarm, doing: AlarmEvent, reasons: Why, origin: Origin, view: View
) -> AlarmFact:
    """The full state of ``alarm`` after ``doing``."""
    rule, equipment = watch.rule, watch.equipment
    return AlarmFact(
        alarm=alarm.id,
        rule=rule.id,
        equipment=equipment.id,
        title=rule.title,
        severity=severity_of(watch, alarm),
        previous=doing.previous,
        state=alarm.state,
        acknowledged=alarm.acknowledged,
        episode=alarm.episode,
        by=doing.by,
        at=moment(view.now),
        why=reasons,
        equipment_title=equipment.title,
        location=equipment.location,
        asset=equipment.asset,
        consequence=rule.consequence,
        action=rule.action,
        simulated=origin.simulated,
        transition=doing.change,
        reason=doing.reason or _standing_reason(alarm),
        suppression=alarm.suppression,
        shelved_for=alarm.shelf.left(view.now) if alarm.shelf is not None else 0.0,
        cause=alarm.cause,
        first_out=alarm.first_out,
        repeats=doing.repeats,
    )


def decisive(watch: AlarmWatch, alarm: Alarm, change: Transition) -> Condition:
    """The condition a change came from that left ``alarm``."""
    if change in (Transition.ESCALATED, Transition.LOWERED):
        return grading(watch, severity_of(watch, alarm)) or watch.when
    return watch.clear if change is Transition.CLEARED else watch.when


def _standing_reason(alarm: Alarm) -> str:
    note = alarm.service or alarm.shelf
    return note.reason if note is not None else ""


def _evidence(term: ConditionInput, view: View) -> Evidence:
    reading, value = view.readings[term.slot], _shown(view.values[term.slot])
    if reading is None:
        quality, reason = _computed(term.slot, view)
        return Evidence(term.name, value, term.unit, quality.name.lower(), reason, 0.0)
    age = view.now.since(reading.sampled_at)
    cause = Objection.read(str(value)) if term.cause and value else None
    shown = cause.code if cause is not None else value
    return Evidence(term.name, shown, term.unit, reading.quality.name.lower(), reading.reason, age, cause)


def _computed(slot: int, view: View) -> tuple[Quality, Reason]:
    # The slot of a function, or of a point that was never read.
    if view.values[slot] is not None:
        return (Quality.UNCERTAIN if slot in view.doubtful else Quality.GOOD), Reason.NONE
    return Quality.BAD, view.reasons.get(slot, Reason.NEVER_READ)


def _shown(value: Value | None) -> Value | None:
    # Conversions leave 49.99999999999999; people and headquarters get 50.
    return round(value, 9) if isinstance(value, float) else value
