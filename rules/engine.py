"""The decision: ``step(state, inputs, at) -> (state, effects)``. Pure; time, data and identity are arguments."""

from collections.abc import Iterable
from dataclasses import replace
from heapq import heapify, heappop, heappush
from math import isfinite

from drivers.points import Instant, PlantgateError, Quality, Reading, Reason, Value
from rules import alarm as alarms
from rules import order as orders
from rules.alarm import Alarm, AlarmState, Change
from rules.condition.scope import Feed
from rules.effects import Effects, Row
from rules.evidence import alarm_fact, decisive, why
from rules.facts import AlarmFact, moment
from rules.inputs import Acknowledge, CloseOrder, Input, OrderStatus, Request
from rules.model import Origin
from rules.order import Order
from rules.plain import to_plain
from rules.procedure.conductor import Conductor
from rules.rulebook import Rulebook, Watch
from rules.state import AlarmRecord, State, memory_row
from rules.timer import TOLERANCE

CHECKPOINT = 60.0
"""Seconds between two times the memories of windows are stored."""


class Engine:
    """A rulebook and an identity; remembers nothing itself."""

    def __init__(self, rulebook: Rulebook, origin: Origin) -> None:
        """Decide by ``rulebook``; every identity made begins with ``origin``."""
        self.rulebook = rulebook
        self.origin = origin
        self._conductor = Conductor(rulebook, origin)

    def step(self, state: State, inputs: Iterable[Input], at: Instant) -> tuple[State, Effects]:
        """Take every input, then decide once. ``state`` is consumed: go on with the one returned.

        What people ask is done before anything is decided: they cannot have seen the alarm this step will raise.
        """
        effects, fresh = Effects(), state.fresh
        watches, instances = self._due(state, at)
        state.view.now = at
        told: list[Reading] = []
        requests: list[Request] = []
        for entry in inputs:
            if isinstance(entry, Reading):
                self._read(state, entry, watches, instances)
            elif isinstance(entry, Acknowledge | CloseOrder):
                told += self._ask(state, entry, effects)
            else:
                requests.append(entry)
        self._update(state, instances, watches, effects)
        told += self._conductor.step(state, requests, fresh, effects)
        self._hear(state, told, watches, effects)
        for index in sorted(watches):
            self._decide(state, index, effects)
        self._checkpoint(state, effects)
        return state, effects

    def next_due(self, state: State) -> float | None:
        """Monotonic seconds of the next timer; None while nothing can change by itself."""
        if state.fresh:
            return state.view.now.mono
        own = () if state.duty.due is None else (state.duty.due,)
        return min((*state.watch_due.values(), *state.instance_due.values(), *own), default=None)

    # --- what to look at

    def _due(self, state: State, at: Instant) -> tuple[set[int], set[int]]:
        if state.fresh:
            state.fresh = False
            return set(range(len(self.rulebook.watches))), set(range(len(self.rulebook.instances)))
        limit = at.mono + TOLERANCE
        watches = {index for index, due in state.watch_due.items() if due <= limit}
        return watches, {index for index, due in state.instance_due.items() if due <= limit}

    def _read(self, state: State, reading: Reading, watches: set[int], instances: set[int]) -> None:
        for feed in self.rulebook.feeds.get(reading.point, ()):
            if _take(state, feed, reading):
                watches.update(self.rulebook.slot_watches[feed.slot])
                instances.update(self.rulebook.slot_instances[feed.slot])

    def _hear(self, state: State, told: list[Reading], watches: set[int], effects: Effects) -> None:
        # What procedures left behind is read like any other point.
        instances: set[int] = set()
        for reading in told:
            self._read(state, reading, watches, instances)
        self._update(state, instances, watches, effects)

    # --- functions

    def _update(self, state: State, instances: set[int], watches: set[int], effects: Effects) -> None:
        queue = list(instances)
        heapify(queue)
        while queue:
            index = heappop(queue)
            if not self._remember(state, index, effects):
                continue
            slot = self.rulebook.instances[index].slot
            watches.update(self.rulebook.slot_watches[slot])
            for reader in self.rulebook.slot_instances[slot]:
                if reader not in instances:
                    instances.add(reader)
                    heappush(queue, reader)

    def _remember(self, state: State, index: int, effects: Effects) -> bool:
        instance = self.rulebook.instances[index]
        view, before = state.view, state.view.memories[index]
        memory, value, valid, uncertain, reason = instance.function.update(before, view)
        view.memories[index] = memory
        _arm(state.instance_due, index, valid, view.now)
        uncertain = uncertain or view.doubts(instance.inputs)
        changed = value != view.values[instance.slot] or uncertain is not (instance.slot in view.doubtful)
        view.mark(instance.slot, uncertain, reason or (Reason.INPUT if value is None else Reason.NONE))
        if instance.function.table != "held":
            state.dirty.add(index)
        elif memory is not before:
            effects.rows.append(memory_row(instance, memory))
        view.values[instance.slot] = value
        return changed

    def _checkpoint(self, state: State, effects: Effects) -> None:
        now = state.view.now.mono
        if state.checkpoint is None:
            state.checkpoint = now
        if not state.dirty or now - state.checkpoint < CHECKPOINT:
            return
        instances, memories = self.rulebook.instances, state.view.memories
        effects.rows.extend(memory_row(instances[index], memories[index]) for index in sorted(state.dirty))
        state.dirty.clear()
        state.checkpoint = now

    # --- alarms

    def _decide(self, state: State, index: int, effects: Effects) -> None:
        watch, view = self.rulebook.watches[index], state.view
        record = state.alarms.get(watch.id)
        raised = watch.when.run(view)
        if record is None and not raised:
            return
        before = record.alarm if record is not None else Alarm(watch.equipment.id, watch.rule.id)
        after, change = alarms.advance(before, raised, watch.clear.run(view), watch.delays, view.now)
        _arm(state.watch_due, index, alarms.seconds_left(after, watch.delays, view.now), view.now)
        if change is not Change.NONE:
            self._changed(state, watch, before, after, change, effects)

    def _changed(
        self, state: State, watch: Watch, before: Alarm, after: Alarm, change: Change, effects: Effects
    ) -> None:
        fact = state.alarms[watch.id].fact if watch.id in state.alarms else None
        if change.told:
            reasons = why(watch, decisive(watch, before.state), state.view)
            fact = alarm_fact(watch, before, after, reasons, self.origin, state.view)
            fact = self._with_order(state, watch, fact, change, effects)
        self._keep(state, AlarmRecord(after, fact), effects)

    def _keep(self, state: State, record: AlarmRecord, effects: Effects) -> None:
        state.alarms[record.alarm.id] = record
        effects.rows.append(Row("alarm", record.alarm.id, to_plain(record)))

    def _with_order(self, state: State, watch: Watch, fact: AlarmFact, change: Change, effects: Effects) -> AlarmFact:
        order = state.orders.get(watch.id)
        after = self._order(order, watch, fact, change)
        named = replace(fact, order=after.fact.order) if after is not None and not after.closed else fact
        effects.events.append(named)
        if after is not None and after is not order:
            self._keep_order(state, after, effects)
        return named

    def _order(self, order: Order | None, watch: Watch, fact: AlarmFact, change: Change) -> Order | None:
        if change is Change.RAISED and watch.rule.work_order is not None:
            return orders.raised(order, watch.rule, fact, self.origin)
        if change is Change.CLEARED and order is not None and not order.closed:
            return orders.recovered(order, fact.at)
        return order

    def _keep_order(self, state: State, order: Order, effects: Effects) -> None:
        state.orders[order.cause] = order
        effects.rows.append(Row("order", order.cause, to_plain(order)))
        effects.events.append(order.fact)

    # --- people

    def _ask(self, state: State, request: Acknowledge | CloseOrder, effects: Effects) -> list[Reading]:
        if isinstance(request, Acknowledge):
            self._acknowledge(state, request, effects)
            return []
        return self._close(state, request, effects)

    def _acknowledge(self, state: State, request: Acknowledge, effects: Effects) -> None:
        record = state.alarms.get(request.alarm)
        if record is None or record.fact is None:
            code = "engine.nothing-to-acknowledge" if request.alarm in self.rulebook.by_id else "engine.unknown-alarm"
            effects.refused.append(PlantgateError(code, alarm=request.alarm))
            return
        alarm, change = alarms.acknowledge(record.alarm, state.view.now)
        if change is Change.REFUSED:
            effects.refused.append(PlantgateError("engine.nothing-to-acknowledge", alarm=request.alarm))
            return
        # The reasons stay those of the raise: a person's act explains nothing about the plant.
        told = replace(record.fact, previous=record.alarm.state, state=alarm.state, acknowledged=True)
        fact = replace(told, by=request.by, at=moment(state.view.now))
        effects.events.append(fact)
        self._keep(state, AlarmRecord(alarm, fact), effects)

    def _close(self, state: State, request: CloseOrder, effects: Effects) -> list[Reading]:
        order = next((one for one in state.orders.values() if one.fact.order == request.order), None)
        if order is None or order.fact.status == OrderStatus.CLOSED:
            effects.refused.append(PlantgateError("engine.no-open-order", order=request.order))
            return []
        self._keep_order(state, orders.closed(order, request, moment(state.view.now)), effects)
        return self._conductor.closed(state, order.cause, effects)


def _take(state: State, feed: Feed, reading: Reading) -> bool:
    """Put a reading where it belongs; whether anything a condition sees has changed."""
    view, before = state.view, state.view.readings[feed.slot]
    value = _as_role(reading.value, feed) if reading.quality.known else None
    requalified = before is None or before.quality != reading.quality
    changed = requalified or value != view.values[feed.slot]
    if requalified:
        view.mark(feed.slot, reading.quality is Quality.UNCERTAIN)
    view.readings[feed.slot] = reading
    view.values[feed.slot] = value
    return changed


def _as_role(value: Value | None, feed: Feed) -> Value | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value
    if not isfinite(value):
        return None
    return value if (feed.factor, feed.offset) == (1.0, 0.0) else value * feed.factor + feed.offset


def _arm(timers: dict[int, float], index: int, seconds: float | None, now: Instant) -> None:
    if seconds is None:
        timers.pop(index, None)
    else:
        timers[index] = now.mono + seconds


def active(state: State) -> list[AlarmFact]:
    """The last fact of every alarm that is active or returned, for lists."""
    shown = (AlarmState.ACTIVE, AlarmState.RETURNED)
    return [record.fact for record in state.alarms.values() if record.fact is not None and record.alarm.state in shown]
