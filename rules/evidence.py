"""Why an alarm changed: the condition with the values, qualities and ages that decided."""

from drivers.points import Quality, Reason, Value
from rules.alarm import Alarm, AlarmState
from rules.condition import Condition
from rules.condition.part import Term
from rules.facts import AlarmFact, Evidence, Why, moment
from rules.model import Origin
from rules.rulebook import Watch
from rules.view import View


def why(watch: Watch, decided: Condition, view: View) -> Why:
    """What ``decided`` saw."""
    place = watch.rule.when.place
    return Why(
        decided.text,
        [_evidence(term, view) for term in decided.terms],
        place.file if place is not None else "",
        place.line if place is not None else 0,
        watch.clear.text,
    )


def alarm_fact(watch: Watch, before: Alarm, after: Alarm, reasons: Why, origin: Origin, view: View) -> AlarmFact:
    """The full state of an alarm after a transition made by the engine."""
    rule, equipment = watch.rule, watch.equipment
    return AlarmFact(
        alarm=after.id,
        rule=rule.id,
        equipment=equipment.id,
        title=rule.title,
        severity=rule.severity,
        previous=before.state,
        state=after.state,
        acknowledged=after.acknowledged,
        episode=after.episode,
        by="engine",
        at=moment(view.now),
        why=reasons,
        equipment_title=equipment.title,
        location=equipment.location,
        asset=equipment.asset,
        consequence=rule.consequence,
        action=rule.action,
        simulated=origin.simulated,
    )


def decisive(watch: Watch, before: AlarmState) -> Condition:
    """The condition a transition out of ``before`` came from."""
    return watch.clear if before is AlarmState.ACTIVE else watch.when


def _evidence(term: Term, view: View) -> Evidence:
    reading, value = view.readings[term.slot], _shown(view.values[term.slot])
    if reading is None:
        quality, reason = _computed(term.slot, view)
        return Evidence(term.name, value, term.unit, quality.name.lower(), reason, 0.0)
    age = view.now.since(reading.sampled_at)
    return Evidence(term.name, value, term.unit, reading.quality.name.lower(), reading.reason, age)


def _computed(slot: int, view: View) -> tuple[Quality, Reason]:
    # The slot of a function, or of a point that was never read.
    if view.values[slot] is not None:
        return (Quality.UNCERTAIN if slot in view.doubtful else Quality.GOOD), Reason.NONE
    return Quality.BAD, view.reasons.get(slot, Reason.NEVER_READ)


def _shown(value: Value | None) -> Value | None:
    # Conversions leave 49.99999999999999; people and headquarters get 50.
    return round(value, 9) if isinstance(value, float) else value
