"""What stands against commands on the whole gateway, as points of the gateway that rules ask for."""

from drivers.points import Value
from rules import points
from rules.procedure.round import Round


def tell(round_: Round) -> None:
    """Let rules see what changed."""
    procedures, gateway = round_.procedures, round_.origin.gateway
    commanded, source = bool(round_.book.command_sets), round_.book.hold
    now: dict[str, Value] = {
        "held": procedures.hold is not None or (source is not None and source.holds(round_.view)),
        "disarmed": procedures.disarmed is not None and commanded,
        "orphans": float(len(procedures.orphans)),
        "unarmed": float(len(round_.book.unarmed)),
    }
    for role, value in now.items():
        if procedures.told.get(role) != value:
            round_.told.append(points.made(f"{gateway}.{role}", value, round_.now))
    procedures.told = now
