"""What a command does to a machine: on this hangs what may forbid it, and what it leaves owed."""

from enum import StrEnum


class Effect(StrEnum):
    """The effect of a command, as its template and its class both declare it."""

    START = "start"
    """Sets the machine running."""
    STOP = "stop"
    """Brings it to a stop in a mode that does not start by itself."""
    SWITCH = "switch"
    """Moves it in any other way: another mode, another position."""
    TEST = "test"
    """Lets the machine test itself."""
    SAFE = "safe"
    """Gives it back to its duty (automatic, cancel, relinquish): repeated until verified."""
    SET = "set"
    """Sets a value."""
    SIGNAL = "signal"
    """A lamp or a buzzer: moves nothing."""

    @property
    def moves(self) -> bool:
        """Whether a machine may begin or cease to move by it."""
        return self in (Effect.START, Effect.STOP, Effect.SWITCH, Effect.TEST)


COMMANDING = (Effect.START, Effect.STOP, Effect.SWITCH, Effect.TEST, Effect.SET)
"""Every effect that an interlock may forbid: giving back and signalling are never forbidden by one."""
