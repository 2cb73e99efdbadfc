"""Stores what became of an alarm, tells headquarters, and raises the work order of an alarm that calls."""

from dataclasses import replace

from rules.alarms import chatter
from rules.alarms import order as orders
from rules.alarms.alarm import Alarm, AlarmState, Suppression, Transition
from rules.alarms.evidence import AlarmEvent, alarm_fact, decisive, why
from rules.alarms.order import Order
from rules.alarms.watch import AlarmWatch
from rules.effects import Effects, Row
from rules.engine.state import AlarmRecord, EngineState
from rules.facts import AlarmFact, SystemFact, Why, moment
from rules.inputs import OrderStatus
from rules.model import Origin
from rules.plain import to_plain


class Announcer:
    """Remembers nothing itself."""

    def __init__(self, origin: Origin) -> None:
        """Speak as ``origin``."""
        self._origin = origin

    def changed(self, state: EngineState, watch: AlarmWatch, alarm: Alarm, doing: AlarmEvent, effects: Effects) -> None:
        """``alarm`` is what became of the one of ``watch``, by ``doing``."""
        fact = state.alarms[watch.id].fact if watch.id in state.alarms else None
        if doing.change.told and not (chatter.silent(alarm) and doing.change in _COUNTED):
            alarm, fact = self._told(state, watch, alarm, doing, effects)
        state.alarms[watch.id] = AlarmRecord(alarm, fact)
        effects.rows.append(Row("alarm", watch.id, to_plain(state.alarms[watch.id])))

    def mend(self, state: EngineState, watch: AlarmWatch, effects: Effects) -> None:
        """Have somebody mend a chattering alarm, unless that is under way."""
        rule, fact = chatter.mending(watch.rule), state.alarms[watch.id].fact
        order = state.orders.get(f"{watch.equipment.id}/{rule.id}")
        if fact is not None and (order is None or order.closed):
            keep_order(state, orders.raised(order, rule, fact, self._origin), effects)

    def flood(self, state: EngineState, code: str, effects: Effects) -> None:
        """Tell that a flood began or ended."""
        flood = state.flood
        arguments = {"root": flood.root, "alarms": str(flood.members or len(flood.raises))}
        effects.events.append(SystemFact(code, arguments, moment(state.view.now), self._origin.simulated))

    def _told(
        self, state: EngineState, watch: AlarmWatch, alarm: Alarm, doing: AlarmEvent, effects: Effects
    ) -> tuple[Alarm, AlarmFact]:
        calls = _calls(alarm)
        doing = replace(doing, repeats=_repeats(state, watch) if alarm.shelf is None else 0)
        alarm = replace(alarm, announced=alarm.episode) if calls else alarm
        fact = alarm_fact(watch, alarm, doing, self._reasons(state, watch, alarm, doing), self._origin, state.view)
        before = state.orders.get(watch.id)
        order = self._order(before, watch, fact, calls)
        if order is not None and not order.closed:
            fact = replace(fact, order=order.fact.order)
        effects.events.append(fact)
        if order is not None and order is not before:
            keep_order(state, order, effects)
        return alarm, fact

    def _reasons(self, state: EngineState, watch: AlarmWatch, alarm: Alarm, doing: AlarmEvent) -> Why:
        # A person's act explains nothing about the plant: the reasons stay those of the last change there.
        record = state.alarms.get(watch.id)
        if doing.by != "engine" and record is not None and record.fact is not None:
            return record.fact.why
        return why(watch, decisive(watch, alarm, doing.change), state.view)

    def _order(self, order: Order | None, watch: AlarmWatch, fact: AlarmFact, calls: bool) -> Order | None:
        if calls and watch.rule.work_order is not None:
            return orders.raised(order, watch.rule, fact, self._origin)
        if order is not None and order.fact.status == OrderStatus.OPEN and fact.transition in _REGRADED:
            return orders.regraded(order, fact)
        # While it chatters its clears are not told: the first change after that finds it gone.
        if fact.state != AlarmState.ACTIVE and order is not None and order.fact.status == OrderStatus.OPEN:
            return orders.recovered(order, fact.at)
        return order


def keep_order(state: EngineState, order: Order, effects: Effects) -> None:
    """Store an order that changed and tell headquarters."""
    state.orders[order.cause] = order
    effects.rows.append(Row("order", order.cause, to_plain(order)))
    effects.events.append(order.fact)


def alarm_of(state: EngineState, watch: AlarmWatch) -> Alarm:
    """The alarm of ``watch`` as it stands."""
    record = state.alarms.get(watch.id)
    return record.alarm if record is not None else Alarm(watch.equipment.id, watch.rule.id)


_COUNTED = (Transition.RAISED, Transition.CLEARED, Transition.REALARMED)
"""What is counted instead of told while an alarm chatters."""

_REGRADED = (Transition.ESCALATED, Transition.LOWERED)


def _repeats(state: EngineState, watch: AlarmWatch) -> int:
    shelf = alarm_of(state, watch).shelf
    return shelf.repeats or 0 if shelf is not None else 0


def _calls(alarm: Alarm) -> bool:
    """Whether it is active, nothing suppresses it and nobody was called about this episode yet."""
    return (
        alarm.state is AlarmState.ACTIVE and alarm.suppression is Suppression.NONE and alarm.announced != alarm.episode
    )
