"""Hold (禁止命令): somebody has forbidden every command of this gateway. It is no emergency stop.

Anybody may hold; an engineer releases. It is latched: nothing goes on by itself when it is released.
"""

from rules.facts import AuditFact
from rules.inputs import Hold, Outcome
from rules.people import INPUT
from rules.procedure.cycle import Cycle
from rules.procedure.standing import CommandHold
from rules.procedure.state import single_row


def act(cycle: Cycle, request: Hold) -> None:
    """Hold, or release. Held again, the first one stays."""
    held, source = cycle.procedures.hold, cycle.book.hold
    if not request.release:
        if held is None:
            _hold(cycle, request.by, request.reason)
    elif source is not None and source.holds(cycle.view):
        cycle.refuse("hold.input", point=source.point)
    elif held is None:
        cycle.refuse("hold.none")
    elif not request.reason:
        cycle.refuse("hold.reason")
    else:
        _put(cycle, None)
        cycle.audit(AuditFact("hold", "unhold", "", request.by, request.reason, Outcome.DONE, detail=held.by))


def look(cycle: Cycle) -> None:
    """Hold when the digital input says so, or is no longer readable. One that was never read holds unlatched."""
    source = cycle.book.hold
    if cycle.procedures.hold is None and source is not None and source.latches(cycle.view):
        _hold(cycle, INPUT, source.point)


def _hold(cycle: Cycle, by: str, reason: str) -> None:
    _put(cycle, CommandHold(by, reason, cycle.moment))
    cycle.audit(AuditFact("hold", "hold", "", by, reason, Outcome.DONE))


def _put(cycle: Cycle, held: CommandHold | None) -> None:
    cycle.procedures.hold = held
    cycle.effects.rows.append(single_row("hold", held))
