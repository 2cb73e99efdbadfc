"""Work orders: one open order per cause (gateway, equipment, rule).

open --alarm gone--> recovered --person--> closed; a recurrence before that re-opens the same order.
"""

from dataclasses import dataclass, replace

from rules.facts import AlarmFact, OrderFact, When
from rules.inputs import CloseOrder, OrderStatus
from rules.model import Origin, Rule


@dataclass(frozen=True, slots=True)
class Order:
    """The latest order of one cause."""

    number: int
    """Counts the orders of this cause from 1."""
    fact: OrderFact
    """Its full state as headquarters knows it."""

    @property
    def closed(self) -> bool:
        """Whether the next raise makes a new one."""
        return self.fact.status == OrderStatus.CLOSED

    @property
    def cause(self) -> str:
        """``equipment/rule``: with the gateway, what it is about."""
        return f"{self.fact.equipment}/{self.fact.rule}"


def raised(previous: Order | None, rule: Rule, alarm: AlarmFact, origin: Origin) -> Order:
    """The order after its alarm became active: the same one again while it is not closed, else the next."""
    if previous is not None and not previous.closed:
        times = previous.fact.times_recurred + 1
        fact = replace(previous.fact, status=OrderStatus.OPEN, times_recurred=times, at=alarm.at, by="engine")
        return replace(previous, fact=replace(fact, why=alarm.why))
    number = previous.number + 1 if previous is not None else 1
    return Order(number, _new(number, rule, alarm, origin))


def regraded(order: Order, alarm: AlarmFact) -> Order:
    """The order of an alarm that is more or less bad now."""
    return replace(order, fact=replace(order.fact, severity=alarm.severity, at=alarm.at, by="engine", why=alarm.why))


def recovered(order: Order, at: When) -> Order:
    """The measured cause has gone."""
    return replace(order, fact=replace(order.fact, status=OrderStatus.RECOVERED, at=at, by="engine"))


def closed(order: Order, close: CloseOrder, at: When) -> Order:
    """A person has accepted the work."""
    fact = replace(order.fact, status=OrderStatus.CLOSED, at=at, by=close.by, note=close.note)
    return replace(order, fact=fact)


def _new(number: int, rule: Rule, alarm: AlarmFact, origin: Origin) -> OrderFact:
    template = rule.work_order
    if template is None:
        raise ValueError(f"rule {rule.id} raises no work order")
    return OrderFact(
        order=f"{origin.gateway}/{origin.epoch}/{alarm.equipment}/{rule.id}/{number}",
        status=OrderStatus.OPEN,
        equipment=alarm.equipment,
        rule=rule.id,
        alarm=alarm.alarm,
        title=rule.title,
        order_class=template.order_class,
        skill=template.skill,
        materials=list(template.materials),
        severity=alarm.severity,
        raised=alarm.at,
        at=alarm.at,
        by="engine",
        times_recurred=0,
        why=alarm.why,
        equipment_title=alarm.equipment_title,
        location=alarm.location,
        asset=alarm.asset,
        action=rule.action,
        deadlines=dict(template.deadlines),
        simulated=origin.simulated,
    )
