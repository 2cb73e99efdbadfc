"""Who a device says it is, beside who it should be: two machines may answer at one address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.points import Value

SERIAL = "serial"
"""Names that begin so are a serial number, or a part of one."""


@dataclass(frozen=True, slots=True)
class Identification:
    """What a device told of itself, compared with what was recorded of it."""

    matches: bool | None
    """None: nobody has recorded who it should be."""
    found: Mapping[str, Value | None] = field(default_factory=dict)
    """By name; None where the device does not know the question. Empty: it can be asked nothing."""
    recorded: Mapping[str, Value] = field(default_factory=dict)

    @property
    def serial(self) -> str:
        """The serial number it told; empty when it tells none."""
        return serial_of(self.found)


def compared(recorded: Mapping[str, Value], found: Mapping[str, Value | None]) -> Identification:
    """The device that told ``found``. One that can be asked nothing is taken for the right one.

    What was recorded and is not told any more is another device: that of another make knows other registers.
    """
    if any(found[name] != value for name, value in recorded.items() if name in found):
        return Identification(False, found, recorded)
    return Identification(None if found.keys() - recorded.keys() else True, found, recorded)


def serial_of(told: Mapping[str, Value | None]) -> str:
    """The serial number in ``told``, its parts joined; empty where there is none."""
    return "-".join(str(value) for name, value in told.items() if name.startswith(SERIAL) and value is not None)


def shown(told: Mapping[str, Value | None]) -> str:
    """What was told or recorded, on one line."""
    return ", ".join(f"{name} {'-' if value is None else value}" for name, value in told.items()) or "-"
