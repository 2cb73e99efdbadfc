"""The decision: ``step(state, inputs, at) -> (state, effects)``. Pure; time, data and identity are arguments."""

from collections.abc import Iterable
from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import islice

from drivers.points import Instant, PlantgateError, Reading, Reason
from rules.alarms import order as orders
from rules.alarms.alarm import AlarmState
from rules.effects import Command, Effects
from rules.engine.announcer import keep_order
from rules.engine.annunciator import LOOKS, Annunciator
from rules.engine.conductor import Conductor
from rules.engine.intake import take
from rules.engine.memories import memory_rows
from rules.engine.rulebook import Rulebook
from rules.engine.state import AlarmRecord, EngineState
from rules.facts import AlarmFact, Objection, SystemFact, moment
from rules.functions.contract import Answer, Function, Memory
from rules.inputs import AlarmAct, CloseOrder, Input, OrderStatus, ProcedureInput
from rules.model import Origin
from rules.procedure import last_look
from rules.timer import TOLERANCE
from rules.view import View

CHECKPOINT = 60.0
"""Seconds between two times the memories of windows are stored, and that the box was on."""


class Engine:
    """A rulebook and an identity; remembers nothing itself."""

    def __init__(self, rulebook: Rulebook, origin: Origin) -> None:
        """Decide by ``rulebook``; every identity made begins with ``origin``."""
        self.rulebook = rulebook
        self.origin = origin
        self._windows = any(instance.function.table == "window" for instance in rulebook.instances)
        self._annunciator = Annunciator(rulebook, origin)
        self._conductor = Conductor(rulebook, origin)

    def step(self, state: EngineState, inputs: Iterable[Input], at: Instant) -> tuple[EngineState, Effects]:
        """Take every input, then decide once. ``state`` is consumed: go on with the one returned.

        What people ask is done before anything is decided: they cannot have seen the alarm this step will raise. A
        step that would take long leaves alarms to the next one, which ``next_due`` then wants at once.
        """
        effects, fresh = Effects(), state.fresh
        watches, instances = self._due(state, at)
        state.view.now = at
        told: list[Reading] = []
        requests: list[ProcedureInput] = []
        for entry in inputs:
            if isinstance(entry, Reading):
                self._read(state, entry, watches, instances)
            elif isinstance(entry, AlarmAct | CloseOrder):
                told += self._ask(state, entry, effects)
            else:
                requests.append(entry)
        self._update(state, instances, watches, effects)
        told += self._conductor.step(state, requests, fresh, effects)
        self._hear(state, told, watches, effects)
        self._annunciator.decide(state, watches, effects)
        self._report_failures(state, effects)
        self._checkpoint(state, effects)
        return state, effects

    def may_still(self, state: EngineState, command: Command) -> list[Objection]:
        """Why a command that was decided must not act any more; to be asked in the same turn as it is written."""
        return last_look.objections(command, self.rulebook, state.procedures, state.view)

    def next_due(self, state: EngineState) -> float | None:
        """Monotonic seconds of the next timer; None while nothing can change by itself."""
        if state.fresh or state.undecided:
            return state.view.now.mono
        ebb = state.flood.left(state.view.now)
        dues = (
            state.watch_due.earliest(),
            state.instance_due.earliest(),
            state.procedures.due,
            None if ebb is None else state.view.now.mono + ebb,
            None if state.checkpoint is None else state.checkpoint + CHECKPOINT,
        )
        return min((due for due in dues if due is not None), default=None)

    # --- what to look at

    def _due(self, state: EngineState, at: Instant) -> tuple[set[int], set[int]]:
        if state.fresh:
            state.fresh = False
            return set(range(len(self.rulebook.watches))), set(range(len(self.rulebook.instances)))
        limit = at.mono + TOLERANCE
        return {*islice(state.watch_due.take(limit), LOOKS)}, {*state.instance_due.take(limit)}

    def _read(self, state: EngineState, reading: Reading, watches: set[int], instances: set[int]) -> None:
        for feed in self.rulebook.feeds.get(reading.point, ()):
            if take(state.view, feed, reading):
                watches.update(self.rulebook.slot_watches[feed.slot])
                instances.update(self.rulebook.slot_instances[feed.slot])

    def _hear(self, state: EngineState, told: list[Reading], watches: set[int], effects: Effects) -> None:
        # What procedures left behind is read like any other point.
        instances: set[int] = set()
        for reading in told:
            self._read(state, reading, watches, instances)
        self._update(state, instances, watches, effects)

    # --- functions

    def _update(self, state: EngineState, instances: set[int], watches: set[int], effects: Effects) -> None:
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

    def _remember(self, state: EngineState, index: int, effects: Effects) -> bool:
        instance = self.rulebook.instances[index]
        view, before = state.view, state.view.memories[index]
        memory, value, valid, uncertain, reason = _ask_function(instance.function, before, view)
        view.memories[index] = memory
        state.instance_due.arm(index, None if valid is None else view.now.mono + valid)
        uncertain = uncertain or view.doubts(instance.inputs)
        changed = value != view.values[instance.slot] or uncertain is not (instance.slot in view.doubtful)
        view.set_doubt(instance.slot, uncertain, reason or (Reason.INPUT if value is None else Reason.NONE))
        if instance.function.table != "held":
            state.dirty.add(index)
        elif memory is not before:
            effects.rows += memory_rows(instance, memory)
        view.values[instance.slot] = value
        return changed

    def _report_failures(self, state: EngineState, effects: Effects) -> None:
        for name, error in list(state.view.failures.items())[state.failures_told :]:
            at = moment(state.view.now)
            arguments = {"condition": name, "error": error}
            effects.events.append(SystemFact("rule.failed", arguments, at, self.origin.simulated))
        state.failures_told = len(state.view.failures)

    def _checkpoint(self, state: EngineState, effects: Effects) -> None:
        if not (self._windows or state.changes_with_time):
            state.checkpoint = None
            return
        now = state.view.now.mono
        if state.checkpoint is None:
            state.checkpoint = now
        if now < state.checkpoint + CHECKPOINT - TOLERANCE:
            return
        effects.rows += state.checkpoint_rows(self.rulebook)
        state.checkpoint = now

    # --- people

    def _ask(self, state: EngineState, request: AlarmAct | CloseOrder, effects: Effects) -> list[Reading]:
        if isinstance(request, CloseOrder):
            return self._close(state, request, effects)
        self._annunciator.act(state, request, effects)
        return []

    def _close(self, state: EngineState, request: CloseOrder, effects: Effects) -> list[Reading]:
        order = next((one for one in state.orders.values() if one.fact.order == request.order), None)
        if order is None or order.fact.status == OrderStatus.CLOSED:
            effects.refused.append(PlantgateError("engine.no-open-order", order=request.order))
            return []
        if _stands(order.cause, state) and not self.rulebook.plans_of(order.cause):
            effects.refused.append(PlantgateError("engine.order-needed", order=request.order, alarm=order.cause))
            return []
        keep_order(state, orders.closed(order, request, moment(state.view.now)), effects)
        return self._conductor.closed(state, order.cause, effects)


def _stands(alarm: str, state: EngineState) -> bool:
    record = state.alarms.get(alarm)
    return record is not None and record.alarm.state is AlarmState.ACTIVE


def _ask_function(function: Function, memory: Memory, view: View) -> Answer:
    # As conditions do (Condition.run): what fails is unknown from then on, and alone.
    if function.key in view.failures:
        return Answer(memory, None)
    try:
        return function.update(memory, view)
    except Exception as error:
        view.failures[function.key] = f"{type(error).__name__}: {error}"
        return Answer(memory, None)


def standing(alarms: Iterable[AlarmRecord]) -> list[AlarmFact]:
    """The last fact of every alarm that waits for the plant or a person, or that something keeps from calling.

    Where it stands is as of now: while an alarm chatters its comings and goings are not told.
    """
    records = (record for record in alarms if record.alarm.present or record.alarm.suppression)
    return [
        replace(record.fact, state=record.alarm.state, acknowledged=record.alarm.acknowledged)
        for record in records
        if record.fact is not None
    ]
