"""What stands against commands on the whole gateway, as points of the gateway that rules ask for."""

from drivers.points import Value
from rules import points
from rules.procedure.round import Round


def tell(round_: Round) -> None:
    """Let rules see what changed."""
    duty, gateway = round_.duty, round_.origin.gateway
    commanded, source = bool(round_.book.hands), round_.book.hold
    now: dict[str, Value] = {
        "held": duty.hold is not None or (source is not None and source.holds(round_.view)),
        "disarmed": duty.disarmed is not None and commanded,
        "orphans": float(len(duty.orphans)),
        "unarmed": float(len(round_.book.unarmed)),
    }
    for role, value in now.items():
        if duty.told.get(role) != value:
            round_.told.append(points.made(f"{gateway}.{role}", value, round_.now))
    duty.told = now
