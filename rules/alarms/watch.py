"""One rule on one equipment, compiled."""

from dataclasses import dataclass

from rules.alarms.alarm import Life
from rules.condition import Condition
from rules.facts import Limit
from rules.model import Equipment, Rule, Severity


@dataclass(frozen=True, slots=True)
class AlarmWatch:
    """What the engine looks at to decide one alarm."""

    rule: Rule
    equipment: Equipment
    when: Condition
    clear: Condition
    """What ends the alarm; the opposite of ``when`` if the rule says nothing else."""
    life: Life
    suppressed_when: Condition | None = None
    limits: tuple[Limit, ...] = ()
    """The parameters its conditions compare with."""
    signals: tuple[int, ...] = ()
    """The slots of the points ``when`` reads, directly or through functions."""
    severities: tuple[tuple[Severity, Condition], ...] = ()
    """What makes it more or less bad, the first that holds counts."""
    causes: tuple[str, ...] = ()
    """The alarms it may follow from, ``equipment/rule`` each."""

    @property
    def id(self) -> str:
        """``equipment/rule``, the identity of its alarm."""
        return f"{self.equipment.id}/{self.rule.id}"

    @property
    def slots(self) -> tuple[int, ...]:
        """The slots whose change can change the alarm."""
        conditions = (self.when, self.clear, self.suppressed_when, *(when for _, when in self.severities))
        return tuple(slot for condition in conditions if condition is not None for slot in condition.slots)
