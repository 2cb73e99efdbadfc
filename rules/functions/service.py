"""``since_service(hours)``: how far a counter of running hours has come since the equipment was serviced."""

from dataclasses import dataclass, replace

from drivers.points import Instant
from rules.functions.contract import Answer
from rules.view import View


@dataclass(frozen=True, slots=True)
class CounterMemory:
    """A counter that goes on where another begins anew."""

    last: float | None = None
    """What it showed when it was last known."""
    former: float = 0.0
    """What counters before it had counted, which were replaced or began anew."""


@dataclass(frozen=True, slots=True)
class SinceService:
    """The counter in ``slot`` less what it had counted when ``serviced`` was told; as it is where nobody ever did."""

    key: str
    slot: int
    serviced: int
    table: str = "held"
    memory: type[CounterMemory] = CounterMemory

    def update(self, memory: CounterMemory, view: View) -> Answer:
        """Unknown while the counter is."""
        value = view.values[self.slot]
        if value is None:
            return Answer(memory, None)
        shown = float(value)
        if memory.last is None or shown != memory.last:
            fell = max(0.0, memory.last - shown) if memory.last is not None else 0.0
            memory = replace(memory, last=shown, former=memory.former + fell)
        return Answer(memory, memory.former + shown - float(view.values[self.serviced] or 0.0))

    def resume(self, memory: CounterMemory, observed: Instant | None) -> CounterMemory:
        """What ran while nobody looked is in the counter."""
        return memory
