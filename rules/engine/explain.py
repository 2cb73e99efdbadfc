"""What can be said about one alarm now: what it last did and why, and what its condition sees at this moment."""

from dataclasses import dataclass

from rules.alarms import alarm as alarms
from rules.alarms.alarm import Alarm
from rules.alarms.evidence import why
from rules.alarms.grading import severity_of
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.facts import AlarmFact, Why
from rules.model import Title


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one alarm, for people who ask why."""

    alarm: str
    title: Title
    equipment_title: Title
    severity: str
    shown: str
    """Where it stands in one word."""
    holds: bool | None
    """Whether the condition holds now; None is unknown."""
    now: Why
    """What the condition sees now."""
    left: float | None
    """Seconds until time alone changes the alarm, such as the rest of its delay."""
    on_unknown: str
    causes: tuple[str, ...]
    """The alarms it may follow from."""
    last: AlarmFact | None = None
    """Its last event, with what made it happen."""


def explain(rulebook: Rulebook, state: EngineState, key: str) -> Explanation | None:
    """The explanation of alarm ``key``; None when there is no such alarm."""
    index = rulebook.by_id.get(key)
    if index is None:
        return None
    watch, record, view = rulebook.watches[index], state.alarms.get(key), state.view
    alarm = record.alarm if record is not None else Alarm(watch.equipment.id, watch.rule.id)
    return Explanation(
        key,
        watch.rule.title,
        watch.equipment.title,
        severity_of(watch, alarm),
        alarm.shown,
        watch.when.run(view),
        why(watch, watch.when, view),
        alarms.seconds_left(alarm, watch.life, view.now),
        watch.rule.on_unknown,
        watch.causes,
        record.fact if record is not None else None,
    )


def unknown_now(rulebook: Rulebook, state: EngineState, key: str) -> bool:
    """Whether nobody can tell at this moment if alarm ``key`` should stand: what it reads is lost."""
    index = rulebook.by_id.get(key)
    return index is not None and rulebook.watches[index].when.run(state.view) is None
