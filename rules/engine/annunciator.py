"""Decides what becomes of each alarm: looks at its condition, at the clock, at its cause and at what people did."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from drivers.points import PlantgateError
from rules.alarms import alarm as alarms
from rules.alarms import chatter, suppression
from rules.alarms.alarm import Alarm, AlarmState, Suppression, Transition, TransitionResult
from rules.alarms.evidence import AlarmEvent
from rules.alarms.flood import Flood
from rules.alarms.grading import raised_severity, regraded, severity_of
from rules.alarms.watch import AlarmWatch
from rules.effects import Effects
from rules.engine.announcer import Announcer, alarm_of
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState, flood_row
from rules.inputs import AlarmAct
from rules.model import OnUnknown, Origin, Severity
from rules.view import View

LOOKS, ROWS = 2000, 200
"""Conditions looked at and rows changed in one step at most, some 50 ms of work: a storm of alarms must hold up neither
polls nor the watchdog."""


class Annunciator:
    """Remembers nothing itself; everything is in ``EngineState.alarms`` and ``EngineState.orders``."""

    def __init__(self, rulebook: Rulebook, origin: Origin) -> None:
        """Decide the alarms of ``rulebook``."""
        self._rulebook = rulebook
        self._announcer = Announcer(origin)

    def decide(self, state: EngineState, watches: Iterable[int], effects: Effects) -> None:
        """Look at these watches, at those left by the last step, and at those that follow from one that changed.

        Causes come first; what is too much for one step is left in ``state.undecided``.
        """
        begun, flood, queue = len(effects.rows), state.flood, state.undecided
        queue.add([*watches, *self._after_flood(state, effects)])
        seen: set[int] = set()
        while queue and len(seen) < LOOKS and len(effects.rows) - begun < ROWS:
            index = queue.pop()
            seen.add(index)
            dependants = self._look_and_tell_whom(state, index, effects)
            queue.add(one for one in dependants if one not in seen)
        if state.flood is not flood:
            effects.rows.append(flood_row(state.flood))

    def act(self, state: EngineState, request: AlarmAct, effects: Effects) -> None:
        """Do what a person asked, or refuse it."""
        index = self._rulebook.by_id.get(request.alarm)
        try:
            if index is None:
                raise PlantgateError("engine.unknown-alarm", alarm=request.alarm)
            watch = self._rulebook.watches[index]
            after, change = suppression.act(alarm_of(state, watch), request, state.view.now)
        except PlantgateError as error:
            effects.refused.append(error)
            return
        explained = _explains(watch, state)
        doing = AlarmEvent(change, alarm_of(state, watch).state, request.by, getattr(request, "reason", ""))
        self._announcer.changed(state, watch, after, doing, effects)
        self._arm(state, index, watch)
        if watch.severities:
            # Once acknowledged it may be less bad.
            self.decide(state, [index], effects)
        if _explains(watch, state) is not explained:
            self.decide(state, self._rulebook.dependants[index], effects)

    # --- one alarm

    def _look_and_tell_whom(self, state: EngineState, index: int, effects: Effects) -> Sequence[int]:
        """Look at a watch; returns those that follow from it if it explains them now and did not before, or no more."""
        watch, dependants = self._rulebook.watches[index], self._rulebook.dependants[index]
        if not dependants:
            self._look(state, watch, effects)
            return ()
        before = _explains(watch, state)
        self._look(state, watch, effects)
        return () if _explains(watch, state) is before else dependants

    def _look(self, state: EngineState, watch: AlarmWatch, effects: Effects) -> None:
        raised = watch.when.run(state.view)
        if not raised and watch.id not in state.alarms and watch.rule.on_unknown is not OnUnknown.RAISE:
            return
        raised, cleared = _verdict(watch, raised, state.view)
        now = state.view.now
        self._step(state, watch, suppression.lapse(alarm_of(state, watch), now), effects)
        self._step(state, watch, alarms.advance(alarm_of(state, watch), raised, cleared, watch.life, now), effects)
        self._calm(state, watch, effects)
        self._step(state, watch, regraded(watch, alarm_of(state, watch), state.view), effects)
        self._step(state, watch, self._overlaid(state, watch), effects)
        self._step(state, watch, alarms.realarm(alarm_of(state, watch), watch.life, now), effects)
        self._arm(state, self._rulebook.by_id[watch.id], watch)

    def _step(self, state: EngineState, watch: AlarmWatch, step: TransitionResult, effects: Effects) -> None:
        alarm, change = step
        if change is Transition.NONE:
            return
        if change is Transition.RAISED:
            alarm = self._raised(state, watch, alarm)
        alarm = suppression.quiet(alarm, state.view.now)
        self._announcer.changed(state, watch, alarm, AlarmEvent(change, alarm_of(state, watch).state), effects)
        if change is Transition.RAISED:
            self._count(state, watch, effects)

    def _calm(self, state: EngineState, watch: AlarmWatch, effects: Effects) -> None:
        """Shelve it when it chatters, unless it is critical; somebody has to mend it either way."""
        alarm = alarm_of(state, watch)
        shelved, change = chatter.calmed(alarm, state.view.now)
        if change is Transition.NONE:
            return
        if severity_of(watch, alarm) is Severity.CRITICAL:
            shelved, change = replace(alarm, raises=()), Transition.TIMED
        self._announcer.changed(state, watch, shelved, AlarmEvent(change, alarm.state), effects)
        self._announcer.mend(state, watch, effects)

    def _raised(self, state: EngineState, watch: AlarmWatch, alarm: Alarm) -> Alarm:
        """A new episode with what was true when it began."""
        cause = next((cause for cause in watch.causes if self._holds(cause, state)), "")
        severity = raised_severity(watch, alarm, state.view)
        groups = _groups(watch, replace(alarm, severity=severity))
        return replace(
            chatter.noted(alarm, state.view.now),
            severity=severity,
            cause=cause or (state.flood.root if _follows(watch, state.flood) else ""),
            grouped=bool(cause) and groups,
            flooded=_follows(watch, state.flood) and groups,
            inhibited=_inhibited(watch, state.view) is True,
            first_out=not any(_present(key, state) for key in self._rulebook.siblings[alarm.equipment]),
        )

    def _overlaid(self, state: EngineState, watch: AlarmWatch) -> TransitionResult:
        alarm = alarm_of(state, watch)
        # The rule may have become critical since the alarm was raised.
        may, inhibited = _groups(watch, alarm), _inhibited(watch, state.view)
        return suppression.overlay(
            alarm,
            inhibited,
            caused=may and self._holds(alarm.cause, state),
            flooding=may and _follows(watch, state.flood),
        )

    # --- floods

    def _count(self, state: EngineState, watch: AlarmWatch, effects: Effects) -> None:
        """Note one more alarm; what is grouped under a cause of its own, shelved or out of service is none."""
        alarm = alarm_of(state, watch)
        if alarm.suppression is not Suppression.NONE and not alarm.flooded:
            return
        state.flood = state.flood.with_raise(watch.id, state.view.now)
        if state.flood.full:
            state.flood = replace(state.flood, root=self._root(state.flood), members=0)
            self._announcer.flood(state, "alarm.flood-began", effects)

    def _root(self, flood: Flood) -> str:
        """The first of its alarms that others may follow from; else the first."""
        names = [one.alarm for one in flood.raises]
        book = self._rulebook
        return next((name for name in names if name in book.by_id and book.dependants[book.by_id[name]]), names[0])

    def _after_flood(self, state: EngineState, effects: Effects) -> list[int]:
        """End the flood when it is over; returns the watches whose alarms it kept from calling."""
        if not state.flood.over(state.view.now):
            return []
        self._announcer.flood(state, "alarm.flood-ended", effects)
        state.flood = replace(state.flood, root="", members=0)
        kept = (key for key, record in state.alarms.items() if record.alarm.flooded)
        return [self._rulebook.by_id[key] for key in kept]

    def _holds(self, cause: str, state: EngineState) -> bool:
        index = self._rulebook.by_id.get(cause)
        return index is not None and _explains(self._rulebook.watches[index], state)

    def _arm(self, state: EngineState, index: int, watch: AlarmWatch) -> None:
        seconds = alarms.seconds_left(alarm_of(state, watch), watch.life, state.view.now)
        state.watch_due.arm(index, None if seconds is None else state.view.now.mono + seconds)


def _present(key: str, state: EngineState) -> bool:
    record = state.alarms.get(key)
    return record is not None and record.alarm.present


def _follows(watch: AlarmWatch, flood: Flood) -> bool:
    """Whether its alarm comes on top of a flood: the one that began it calls whenever it is raised."""
    return flood.rising and flood.root != watch.id


def _groups(watch: AlarmWatch, alarm: Alarm) -> bool:
    """Whether its alarm calls nobody under its cause."""
    return severity_of(watch, alarm) is not Severity.CRITICAL


def _explains(watch: AlarmWatch, state: EngineState) -> bool:
    """Whether alarms that follow from ``watch`` need no explanation of their own now.

    Lost data explains from its first moment: its on-delay must not let the alarms through it is there to spare.
    """
    alarm = alarm_of(state, watch)
    states = (AlarmState.ACTIVE, AlarmState.PENDING) if watch.rule.data_loss else (AlarmState.ACTIVE,)
    return alarm.state in states and alarm.service is None


def _verdict(watch: AlarmWatch, raised: bool | None, view: View) -> tuple[bool | None, bool | None]:
    """What the condition and the clear condition say; what the rule makes of lost data."""
    cleared = watch.clear.run(view)
    if watch.rule.on_unknown is OnUnknown.HOLD or not _lost(watch, view):
        return raised, cleared
    if watch.rule.on_unknown is OnUnknown.RAISE:
        return (True if raised is None else raised), (False if cleared is None else cleared)
    return (False if raised is None else raised), (True if cleared is None else cleared)


def _lost(watch: AlarmWatch, view: View) -> bool:
    # A point not read yet, or a window not full yet, is no lost data: a start must raise and clear nothing.
    readings = (view.readings[slot] for slot in watch.signals)
    return any(reading is not None and not reading.quality.known for reading in readings)


def _inhibited(watch: AlarmWatch, view: View) -> bool | None:
    return False if watch.suppressed_when is None else watch.suppressed_when.run(view)
