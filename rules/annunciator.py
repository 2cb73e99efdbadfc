"""Decides what becomes of each alarm: looks at its condition, at the clock, at its cause and at what people did."""

from collections.abc import Iterable
from dataclasses import replace
from heapq import heapify, heappop, heappush

from drivers.points import PlantgateError
from rules import alarm as alarms
from rules import order as orders
from rules import suppression
from rules.alarm import Alarm, AlarmState, Change, Step, Suppression
from rules.effects import Effects, Row
from rules.evidence import Doing, alarm_fact, decisive, why
from rules.facts import AlarmFact, Why
from rules.inputs import AlarmAct
from rules.model import OnUnknown, Origin, Severity
from rules.order import Order
from rules.plain import to_plain
from rules.rulebook import Rulebook
from rules.state import AlarmRecord, State
from rules.view import View
from rules.watch import Watch


class Annunciator:
    """Remembers nothing itself; everything is in ``State.alarms`` and ``State.orders``."""

    def __init__(self, rulebook: Rulebook, origin: Origin) -> None:
        """Decide the alarms of ``rulebook``."""
        self._rulebook = rulebook
        self._origin = origin

    def decide(self, state: State, watches: Iterable[int], effects: Effects) -> None:
        """Look at these watches, and at those that follow from one that changed."""
        queue = list(watches)
        heapify(queue)
        known = set(queue)
        while queue:
            index = heappop(queue)
            watch = self._rulebook.watches[index]
            before = _explains(watch, state)
            self._look(state, watch, effects)
            if _explains(watch, state) is before:
                continue
            for dependant in set(self._rulebook.dependants[index]) - known:
                known.add(dependant)
                heappush(queue, dependant)

    def act(self, state: State, request: AlarmAct, effects: Effects) -> None:
        """Do what a person asked, or refuse it."""
        index = self._rulebook.by_id.get(request.alarm)
        try:
            if index is None:
                raise PlantgateError("engine.unknown-alarm", alarm=request.alarm)
            watch = self._rulebook.watches[index]
            after, change = suppression.act(_alarm(state, watch), request, state.view.now)
        except PlantgateError as error:
            effects.refused.append(error)
            return
        explained = _explains(watch, state)
        doing = Doing(change, _alarm(state, watch).state, request.by, getattr(request, "reason", ""))
        self._changed(state, watch, after, doing, effects)
        self._arm(state, index, watch)
        if _explains(watch, state) is not explained:
            self.decide(state, self._rulebook.dependants[index], effects)

    # --- one alarm

    def _look(self, state: State, watch: Watch, effects: Effects) -> None:
        raised, cleared = _verdict(watch, state.view)
        if not raised and watch.id not in state.alarms:
            return
        now = state.view.now
        self._step(state, watch, suppression.lapse(_alarm(state, watch), now), effects)
        self._step(state, watch, alarms.advance(_alarm(state, watch), raised, cleared, watch.life, now), effects)
        self._step(state, watch, self._overlaid(state, watch), effects)
        self._step(state, watch, alarms.realarm(_alarm(state, watch), watch.life, now), effects)
        self._arm(state, self._rulebook.by_id[watch.id], watch)

    def _step(self, state: State, watch: Watch, step: Step, effects: Effects) -> None:
        alarm, change = step
        if change is Change.NONE:
            return
        if change is Change.RAISED:
            alarm = self._raised(state, watch, alarm)
        alarm = suppression.quiet(alarm, state.view.now)
        self._changed(state, watch, alarm, Doing(change, _alarm(state, watch).state), effects)

    def _raised(self, state: State, watch: Watch, alarm: Alarm) -> Alarm:
        """A new episode with what was true when it began."""
        cause = next((cause for cause in watch.causes if self._holds(cause, state)), "")
        return replace(
            alarm,
            cause=cause,
            grouped=bool(cause) and _groups(watch),
            inhibited=_inhibited(watch, state.view) is True,
            first_out=not any(_present(key, state) for key in self._rulebook.siblings[alarm.equipment]),
        )

    def _overlaid(self, state: State, watch: Watch) -> Step:
        alarm = _alarm(state, watch)
        # The rule may have become critical since the alarm was raised.
        caused = _groups(watch) and self._holds(alarm.cause, state)
        return suppression.overlay(alarm, _inhibited(watch, state.view), caused)

    def _holds(self, cause: str, state: State) -> bool:
        index = self._rulebook.by_id.get(cause)
        return index is not None and _explains(self._rulebook.watches[index], state)

    def _arm(self, state: State, index: int, watch: Watch) -> None:
        seconds = alarms.seconds_left(_alarm(state, watch), watch.life, state.view.now)
        if seconds is None:
            state.watch_due.pop(index, None)
        else:
            state.watch_due[index] = state.view.now.mono + seconds

    # --- telling

    def _changed(self, state: State, watch: Watch, alarm: Alarm, doing: Doing, effects: Effects) -> None:
        fact = state.alarms[watch.id].fact if watch.id in state.alarms else None
        if doing.change.told:
            alarm, fact = self._told(state, watch, alarm, doing, effects)
        state.alarms[watch.id] = AlarmRecord(alarm, fact)
        effects.rows.append(Row("alarm", watch.id, to_plain(state.alarms[watch.id])))

    def _told(
        self, state: State, watch: Watch, alarm: Alarm, doing: Doing, effects: Effects
    ) -> tuple[Alarm, AlarmFact]:
        calls = _calls(alarm)
        alarm = replace(alarm, announced=alarm.episode) if calls else alarm
        fact = alarm_fact(watch, alarm, doing, self._reasons(state, watch, doing), self._origin, state.view)
        before = state.orders.get(watch.id)
        order = self._order(before, watch, fact, doing.change, calls)
        if order is not None and not order.closed:
            fact = replace(fact, order=order.fact.order)
        effects.events.append(fact)
        if order is not None and order is not before:
            keep_order(state, order, effects)
        return alarm, fact

    def _reasons(self, state: State, watch: Watch, doing: Doing) -> Why:
        # A person's act explains nothing about the plant: the reasons stay those of the last change there.
        record = state.alarms.get(watch.id)
        if doing.by != "engine" and record is not None and record.fact is not None:
            return record.fact.why
        return why(watch, decisive(watch, doing.change), state.view)

    def _order(self, order: Order | None, watch: Watch, fact: AlarmFact, change: Change, calls: bool) -> Order | None:
        if calls and watch.rule.work_order is not None:
            return orders.raised(order, watch.rule, fact, self._origin)
        if change is Change.CLEARED and order is not None and not order.closed:
            return orders.recovered(order, fact.at)
        return order


def keep_order(state: State, order: Order, effects: Effects) -> None:
    """Store an order that changed and tell headquarters."""
    state.orders[order.cause] = order
    effects.rows.append(Row("order", order.cause, to_plain(order)))
    effects.events.append(order.fact)


def _alarm(state: State, watch: Watch) -> Alarm:
    record = state.alarms.get(watch.id)
    return record.alarm if record is not None else Alarm(watch.equipment.id, watch.rule.id)


def _present(key: str, state: State) -> bool:
    record = state.alarms.get(key)
    return record is not None and record.alarm.present


def _calls(alarm: Alarm) -> bool:
    """Whether it is active, nothing suppresses it and nobody was called about this episode yet."""
    return (
        alarm.state is AlarmState.ACTIVE and alarm.suppression is Suppression.NONE and alarm.announced != alarm.episode
    )


def _groups(watch: Watch) -> bool:
    """Whether its alarm calls nobody under its cause."""
    return watch.rule.severity is not Severity.CRITICAL


def _explains(watch: Watch, state: State) -> bool:
    """Whether alarms that follow from ``watch`` need no explanation of their own now.

    Lost data explains from its first moment: its on-delay must not let the alarms through it is there to spare.
    """
    alarm = _alarm(state, watch)
    states = (AlarmState.ACTIVE, AlarmState.PENDING) if watch.rule.data_loss else (AlarmState.ACTIVE,)
    return alarm.state in states and alarm.service is None


def _verdict(watch: Watch, view: View) -> tuple[bool | None, bool | None]:
    """What the condition and the clear condition say; what the rule makes of lost data."""
    raised, cleared = watch.when.run(view), watch.clear.run(view)
    if watch.rule.on_unknown is OnUnknown.HOLD or not _lost(watch, view):
        return raised, cleared
    if watch.rule.on_unknown is OnUnknown.RAISE:
        return (True if raised is None else raised), (False if cleared is None else cleared)
    return (False if raised is None else raised), (True if cleared is None else cleared)


def _lost(watch: Watch, view: View) -> bool:
    # A point not read yet, or a window not full yet, is no lost data: a start must raise and clear nothing.
    readings = (view.readings[slot] for slot in watch.signals)
    return any(reading is not None and not reading.quality.known for reading in readings)


def _inhibited(watch: Watch, view: View) -> bool | None:
    return False if watch.suppressed_when is None else watch.suppressed_when.run(view)
