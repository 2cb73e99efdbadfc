"""Points the engine makes itself: what procedures and plans left behind, as readings conditions can ask for.

No device point looks like one: these hold ``/`` or ``!``.
"""

from drivers.points import Instant, Quality, Reading, Reason, Value


def done(key: str) -> str:
    """Sampled when ``equipment/procedure`` (or plan) last passed, or was first seen; its value are the Unix seconds."""
    return f"{key}!done"


def failed(key: str) -> str:
    """Whether the last run of ``equipment/procedure`` failed."""
    return f"{key}!failed"


def reason(key: str) -> str:
    """Why it failed, in a few words of the procedure."""
    return f"{key}!reason"


def run(key: str) -> str:
    """Identity of the run that failed."""
    return f"{key}!run"


def unverified(equipment: str) -> str:
    """Whether the equipment was not yet seen to be back where a safe command should have put it."""
    return f"{equipment}!unverified"


def finish_by_hand(equipment: str) -> str:
    """Whether what it owes is not given again, because a person has moved it: people finish at the machine."""
    return f"{equipment}!by-hand"


def serviced(equipment: str) -> str:
    """What its counter of running hours had counted when it was last serviced."""
    return f"{equipment}!serviced"


def made(point: str, value: Value, at: Instant) -> Reading:
    """A reading of such a point."""
    return Reading(point, value, Quality.GOOD, Reason.NONE, at)
