"""How far a value may be believed, and why not further."""

from enum import IntEnum, StrEnum


class Quality(IntEnum):
    """Ordered from best to worst, so the worst of several is their ``max``."""

    GOOD = 0
    UNCERTAIN = 1
    """Usable and marked: a neighbour value, a simulated or overridden point."""
    STALE = 2
    """Was good once, too old to be trusted now."""
    BAD = 3

    @property
    def known(self) -> bool:
        """Whether a decision may use the value (good or uncertain)."""
        return self <= Quality.UNCERTAIN


class Reason(StrEnum):
    """Why a reading is not good; the texts are ``reason.*`` in ``config/messages``."""

    NONE = ""
    NO_ANSWER = "no-answer"
    EXCEPTION = "exception"
    DECODE = "decode"
    RANGE = "range"
    SENTINEL = "sentinel"
    SENSOR = "sensor"
    DEVICE_OFFLINE = "device-offline"
    LINK_DOWN = "link-down"
    AMBIGUOUS = "ambiguous"
    """Two devices with one number may have answered."""
    IDENTITY = "identity"
    """Another device answers in its place."""
    NEVER_READ = "never-read"
    OUT_OF_SERVICE = "out-of-service"
    OVERRIDDEN = "overridden"
    NOT_OBSERVED = "not-observed"
    """A window or delay that has not been observed long enough."""
    CLOCK = "clock"
    """The time of day is not known."""
    INPUT = "input"
    """What it is computed from is not known."""
