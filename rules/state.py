"""Everything the engine remembers between steps, and how it comes back after a restart."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from drivers.points import Instant
from rules.alarm import Alarm, remove
from rules.condition.scope import Instance
from rules.effects import Effects, Row
from rules.errors import PlainError
from rules.facts import AlarmFact, moment
from rules.flood import Flood
from rules.order import Order
from rules.plain import from_plain, to_plain
from rules.procedure.duty import Duty
from rules.rulebook import Rulebook
from rules.view import View

OBSERVED = "observed"
"""Table of the one row that says until when windows had looked."""
MEMORIES = ("held", "window")
"""The tables in which functions remember."""


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """An alarm with the last fact told about it, so that lists and removals can say why even after a restart."""

    alarm: Alarm
    fact: AlarmFact | None = None


@dataclass(slots=True)
class State:
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
    duty: Duty = field(default_factory=Duty)
    """What procedures remember."""
    watch_due: dict[int, float] = field(default_factory=dict)
    """Watch -> monotonic seconds when its delay ends."""
    instance_due: dict[int, float] = field(default_factory=dict)
    """Function -> monotonic seconds until which its value is valid."""
    dirty: set[int] = field(default_factory=set)
    """Functions to be stored at the next checkpoint."""
    checkpoint: float | None = None
    """Monotonic seconds of the last checkpoint."""
    observed: Instant | None = None
    """Until when windows had looked before the restart."""
    failures_told: int = 0
    """How many failures of conditions headquarters has heard of."""
    fresh: bool = True
    """Nothing was evaluated yet since start or reload: the next step looks at everything."""

    @classmethod
    def initial(cls, rulebook: Rulebook, at: Instant) -> "State":
        """Nothing known, nothing active."""
        memories = [instance.function.memory() for instance in rulebook.instances]
        return cls(View(rulebook.size, memories, at))

    @classmethod
    def restore(cls, rows: Iterable[Row], rulebook: Rulebook, at: Instant) -> tuple["State", Effects]:
        """The state the rows tell, every point unread. Alarms whose rule or equipment has gone are closed.

        A row that cannot be read, and the memory of a function that is in no condition any more, is reported in
        ``refused``; the rest is used.
        """
        state, effects = cls.initial(rulebook, at), Effects()
        functions = {instance.function.key: index for index, instance in enumerate(rulebook.instances)}
        # First until when windows had looked: their memories are read by it.
        for row in sorted(rows, key=lambda row: row.table != OBSERVED):
            if row.table in MEMORIES and row.key not in functions:
                effects.rows.append(Row(row.table, row.key, None))
                effects.refused.append(PlainError("engine.memory-dropped", function=row.key))
                continue
            try:
                state._take(row, functions, rulebook.instances)
            except PlainError as error:
                effects.refused.append(
                    PlainError("engine.row-unreadable", table=row.table, key=row.key, why=str(error))
                )
        state.close_unknown(rulebook, effects, at)
        return state, effects

    def close_unknown(self, rulebook: Rulebook, effects: Effects, at: Instant) -> None:
        """Close every alarm whose rule or equipment is not in ``rulebook``."""
        for key in [key for key in self.alarms if key not in rulebook.by_id]:
            self._remove(key, effects, at)

    def rows(self, rulebook: Rulebook) -> list[Row]:
        """Everything durable as rows: what a store holds that got every row of every step, checkpoints included."""
        rows = [Row("alarm", key, to_plain(record)) for key, record in self.alarms.items()]
        rows += [Row("order", key, to_plain(order)) for key, order in self.orders.items()]
        rows += [flood_row(self.flood)] if self.flood.raises else []
        rows += self.duty.rows()
        rows += [observed_row(self.view.now)] if rulebook.instances else []
        return rows + [memory_row(instance, self.view.memories[i]) for i, instance in enumerate(rulebook.instances)]

    def _take(self, row: Row, functions: dict[str, int], instances: tuple[Instance, ...]) -> None:
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
        elif not self.duty.take(row):
            index = functions[row.key]
            function = instances[index].function
            memory: Any = from_plain(function.memory, row.body)
            self.view.memories[index] = function.resume(memory, self.observed)

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


def memory_row(instance: Instance, memory: object) -> Row:
    """The durable row of one function's memory."""
    return Row(instance.function.table, instance.function.key, to_plain(memory))
