"""Service of equipment by its running hours: a person says that it was done, and the hours count from there."""

from rules import points
from rules.effects import Row
from rules.facts import AuditFact
from rules.inputs import Outcome, ServiceDone
from rules.plain import to_plain
from rules.procedure.cycle import Cycle
from rules.procedure.state import ServiceRecord


def act(cycle: Cycle, request: ServiceDone) -> None:
    """Count from now on. It needs the counter: what was counted until now is what the next service counts from."""
    slot = cycle.book.service_counters.get(request.equipment)
    if request.equipment not in cycle.book.equipment:
        cycle.refuse("procedure.no-equipment", equipment=request.equipment)
    elif slot is None:
        cycle.refuse("service.no-counter", equipment=request.equipment)
    elif (since := cycle.view.values[slot]) is None:
        cycle.refuse("service.unread", equipment=request.equipment)
    else:
        _count_from_now(cycle, request, float(since))


def tell(cycle: Cycle) -> None:
    """Let conditions see what is remembered."""
    for name, record in cycle.procedures.services.items():
        cycle.told.append(points.made(points.serviced(name), record.counted, cycle.now))


def _count_from_now(cycle: Cycle, request: ServiceDone, since: float) -> None:
    name, before = request.equipment, cycle.procedures.services.get(request.equipment)
    counted = since + (before.counted if before is not None else 0.0)
    record = ServiceRecord(counted, request.by, request.note, cycle.moment)
    cycle.procedures.services[name] = record
    cycle.effects.rows.append(Row("service", name, to_plain(record)))
    cycle.told.append(points.made(points.serviced(name), counted, cycle.now))
    detail = f"{since:.6g} h"
    cycle.audit(
        AuditFact(f"service/{name}", "serviced", name, request.by, request.note, Outcome.DONE, detail=detail)
    )  # fmt: skip
