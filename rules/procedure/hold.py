"""Hold (禁止命令): somebody has forbidden every command of this gateway. It is no emergency stop.

Anybody may hold; an engineer releases. It is latched: nothing goes on by itself when it is released.
"""

from rules.facts import AuditFact
from rules.inputs import Hold, Outcome
from rules.procedure.round import Round
from rules.procedure.standing import CommandHold
from rules.procedure.state import single_row

INPUT = "input"
"""Who holds when the digital input does."""


def act(round_: Round, request: Hold) -> None:
    """Hold, or release. Held again, the first one stays."""
    held, source = round_.procedures.hold, round_.book.hold
    if not request.release:
        if held is None:
            _hold(round_, request.by, request.reason)
    elif source is not None and source.holds(round_.view):
        round_.refuse("hold.input", point=source.point)
    elif held is None:
        round_.refuse("hold.none")
    elif not request.reason:
        round_.refuse("hold.reason")
    else:
        _put(round_, None)
        round_.audit(AuditFact("hold", "unhold", "", request.by, request.reason, Outcome.DONE, detail=held.by))


def look(round_: Round) -> None:
    """Hold when the digital input says so, or is no longer readable. One that was never read holds unlatched."""
    source = round_.book.hold
    if round_.procedures.hold is None and source is not None and source.latches(round_.view):
        _hold(round_, INPUT, source.point)


def _hold(round_: Round, by: str, reason: str) -> None:
    _put(round_, CommandHold(by, reason, round_.moment))
    round_.audit(AuditFact("hold", "hold", "", by, reason, Outcome.DONE))


def _put(round_: Round, held: CommandHold | None) -> None:
    round_.procedures.hold = held
    round_.effects.rows.append(single_row("hold", held))
