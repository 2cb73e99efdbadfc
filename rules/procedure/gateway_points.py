"""What stands against commands on the whole gateway, as points of the gateway that rules ask for."""

from drivers.points import Value
from rules import points
from rules.procedure.cycle import Cycle


def tell(cycle: Cycle) -> None:
    """Let rules see what changed."""
    procedures, gateway = cycle.procedures, cycle.origin.gateway
    commanded, source = bool(cycle.book.command_sets), cycle.book.hold
    now: dict[str, Value] = {
        "held": procedures.hold is not None or (source is not None and source.holds(cycle.view)),
        "disarmed": procedures.disarmed is not None and commanded,
        "orphans": float(len(procedures.orphans)),
        "unarmed": float(len(cycle.book.unarmed)),
    }
    for role, value in now.items():
        if procedures.told.get(role) != value:
            cycle.told.append(points.made(f"{gateway}.{role}", value, cycle.now))
    procedures.told = now
