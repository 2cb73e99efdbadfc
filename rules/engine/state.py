"""Everything the engine remembers between steps, and how it comes back after a restart."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

from drivers.points import Instant
from rules.alarms.alarm import Alarm, remove
from rules.alarms.flood import Flood
from rules.alarms.order import Order
from rules.condition.scope import Instance
from rules.effects import Effects, Row
from rules.engine.dues import Dues
from rules.engine.evaluation_queue import EvaluationQueue
from rules.engine.memories import BUCKET, MEMORIES, NOTHING, memory_of, memory_rows, numbers, owner, renamed
from rules.engine.moments import Rebasing
from rules.engine.rulebook import Rulebook
from rules.errors import PlainError
from rules.facts import AlarmFact, moment
from rules.plain import from_plain, to_plain
from rules.procedure.state import ProcedureState
from rules.view import View

OBSERVED = "observed"
"""Table of the one row that says until when windows had looked, and that the box was on."""


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """An alarm with the last fact told about it, so that lists and removals can say why even after a restart."""

    alarm: Alarm
    fact: AlarmFact | None = None


@dataclass(slots=True)
class EngineState:
    """Owned by one caller, who hands it to ``Engine.step`` and goes on with the one returned.

    The step changes it in place; the old reference must not be used again.
    """

    view: View
    alarms: dict[str, AlarmRecord] = field(default_factory=dict)
    """By ``equipment/rule``; an alarm that was never anything but normal is not in it."""
    orders: dict[str, Order] = field(default_factory=dict)
    """The latest order of each cause, by ``equipment/rule``."""
    flood: Flood = field(default_factory=Flood)
    """The latest raises on the whole site."""
    procedures: ProcedureState = field(default_factory=ProcedureState)
    """What procedures remember."""
    watch_due: Dues = field(default_factory=Dues)
    """When the delay of each watch ends."""
    instance_due: Dues = field(default_factory=Dues)
    """Until when the value of each function is valid."""
    undecided: EvaluationQueue = field(default_factory=EvaluationQueue)
    """Watches to be looked at; what the last step left to the next one."""
    dirty: set[int] = field(default_factory=set)
    """Functions to be stored at the next checkpoint."""
    stored: dict[int, range] = field(default_factory=dict)
    """Function -> numbers of its buckets that are stored."""
    checkpoint: float | None = None
    """Monotonic seconds of the last checkpoint."""
    observed: Instant | None = None
    """Until when windows had looked before the restart, at the latest; a restart counts the time until then."""
    failures_told: int = 0
    """How many failures of conditions headquarters has heard of."""
    fresh: bool = True
    """Nothing was evaluated yet since start or reload: the next step looks at everything."""

    @classmethod
    def initial(cls, rulebook: Rulebook, at: Instant) -> "EngineState":
        """Nothing known, nothing active."""
        memories = [instance.function.memory() for instance in rulebook.instances]
        return cls(View(rulebook.size, memories, at))

    @classmethod
    def restore(cls, rows: Iterable[Row], rulebook: Rulebook, at: Instant) -> tuple["EngineState", Effects]:
        """The state the rows tell, every point unread. Alarms whose rule or equipment has gone are closed.

        A row that cannot be read, and the memory of a function that is in no condition any more, is reported in
        ``refused``; the rest is used.
        """
        state, effects = cls.initial(rulebook, at), Effects()
        functions = {instance.function.key: index for index, instance in enumerate(rulebook.instances)}
        rows, effects.rows = renamed(rows, functions)
        buckets, others = _buckets_apart(rows)
        for row in others:
            if row.table in MEMORIES and row.key not in functions:
                effects.rows.append(Row(row.table, row.key, None))
                effects.refused.append(PlainError("engine.memory-dropped", function=row.key))
                continue
            try:
                if row.table in MEMORIES:
                    index = functions[row.key]
                    state._remember(index, rulebook.instances[index], row, buckets.get(row.key, []))
                else:
                    state._take(row)
            except PlainError as error:
                effects.refused.append(
                    PlainError("engine.row-unreadable", table=row.table, key=row.key, why=str(error))
                )
        used = {rulebook.instances[index].function.key for index in state.stored}
        lost = [row for key, found in buckets.items() if key not in used for row in found]
        effects.rows += [Row(row.table, row.key, None) for row in lost]
        state._go_on(rows, rulebook, effects, at)
        state.close_unknown(rulebook, effects, at)
        return state, effects

    def close_unknown(self, rulebook: Rulebook, effects: Effects, at: Instant) -> None:
        """Close every alarm whose rule or equipment is not in ``rulebook``."""
        for key in [key for key in self.alarms if key not in rulebook.by_id]:
            self._remove(key, effects, at)

    def rows(self, rulebook: Rulebook) -> list[Row]:
        """Everything durable as rows: what a store holds that got every row of every step, checkpoints included."""
        kept = zip(rulebook.instances, self.view.memories, strict=True)
        memories = [row for instance, memory in kept for row in memory_rows(instance, memory)]
        return [*self._plain_rows(), observed_row(self.view.now), *memories]

    def checkpoint_rows(self, rulebook: Rulebook) -> list[Row]:
        """What changed in the windows since the last checkpoint; from now on it counts as stored."""
        rows = []
        for index in sorted(self.dirty):
            memory = self.view.memories[index]
            rows += memory_rows(rulebook.instances[index], memory, self.stored.get(index, NOTHING))
            self.stored[index] = numbers(memory)
        self.dirty.clear()
        return [*rows, observed_row(self.view.now)]

    @property
    def changes_with_time(self) -> bool:
        """Whether anything in it depends on how long ago something was."""
        return bool(self.alarms or self.flood.raises or self.procedures.changes_with_time)

    def _plain_rows(self) -> list[Row]:
        rows = [Row("alarm", key, to_plain(record)) for key, record in self.alarms.items()]
        rows += [Row("order", key, to_plain(order)) for key, order in self.orders.items()]
        rows += [flood_row(self.flood)] if self.flood.raises else []
        return rows + self.procedures.rows()

    def _go_on(self, rows: list[Row], rulebook: Rulebook, effects: Effects, at: Instant) -> None:
        """Bring every moment restored onto the clock of this boot, and let the functions resume.

        The rows changed by that are stored at once: what time a second restart counts is told by them.
        """
        told = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "view"}
        rebasing = Rebasing([*told.values(), *(self.view.memories[index] for index in self.stored)], at)
        for name, value in told.items():
            setattr(self, name, rebasing(value))
        for index in self.stored:
            function, memory = rulebook.instances[index].function, rebasing(self.view.memories[index])
            self.view.memories[index] = function.resume(memory, self.observed)
        if rebasing.needed:
            known = {(row.table, row.key): row.body for row in rows}
            effects.rows += [row for row in self._plain_rows() if row.body != known.get((row.table, row.key))]
            self.dirty.update(self.stored)
            effects.rows += self.checkpoint_rows(rulebook)

    def _take(self, row: Row) -> None:
        if row.body is None:
            return
        if row.table == OBSERVED:
            self.observed = from_plain(Instant, row.body)
        elif row.table == "alarm":
            self.alarms[row.key] = from_plain(AlarmRecord, row.body)
        elif row.table == "flood":
            self.flood = from_plain(Flood, row.body)
        elif row.table == "order":
            self.orders[row.key] = from_plain(Order, row.body)
        elif not self.procedures.take(row):
            raise PlainError("engine.misfit", type="Row", value=row.table)

    def _remember(self, index: int, instance: Instance, head: Row, buckets: list[Row]) -> None:
        if head.body is None:
            return
        memory = memory_of(instance.function, head.body, [row.body for row in buckets])
        # Before it goes on: what changes from here is not stored.
        self.stored[index] = numbers(memory) if buckets else NOTHING
        self.view.memories[index] = memory

    def _remove(self, key: str, effects: Effects, at: Instant) -> None:
        record = self.alarms.pop(key)
        effects.rows.append(Row("alarm", key, None))
        if record.fact is None or not (record.alarm.present or record.alarm.suppression):
            return
        alarm, change = remove(record.alarm, at)
        told = replace(record.fact, previous=record.alarm.state, state=alarm.state, acknowledged=alarm.acknowledged)
        over = replace(told, transition=change, suppression=alarm.suppression, cause="", shelved_for=0.0)
        effects.events.append(replace(over, by="configuration", at=moment(at)))


def observed_row(at: Instant) -> Row:
    """The durable row that says until when windows saw what they hold: a quiet one is not stored again for ever."""
    return Row(OBSERVED, "", to_plain(at))


def flood_row(flood: Flood) -> Row:
    """The durable row of the latest raises on the site."""
    return Row("flood", "site", to_plain(flood))


def _buckets_apart(rows: Iterable[Row]) -> tuple[dict[str, list[Row]], list[Row]]:
    """Rows of buckets by the function they belong to, and all others."""
    buckets: dict[str, list[Row]] = {}
    others = []
    for row in rows:
        if row.table == BUCKET:
            buckets.setdefault(owner(row), []).append(row)
        else:
            others.append(row)
    return buckets, others
