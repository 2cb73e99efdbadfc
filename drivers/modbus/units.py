"""Which unit numbers there are: on a line those of the stations, on a network also those of the device itself."""

from drivers.points import PlantgateError

ON_LINE = range(1, 248)
"""0 speaks to every station at once, 248 to 255 are reserved (Modbus over Serial Line V1.02, §2.2)."""
ON_NETWORK = range(256)
"""0 and 255 are the device that has the IP address (Modbus Messaging on TCP/IP V1.0b, §4.4.2.2)."""
_NETWORKS = frozenset({"modbus-tcp", "modbus-tls", "modbus-udp"})
"""Schemes without a line behind the port, as far as the frames tell."""


class UnitNumberError(PlantgateError):
    """The address of a device is not a unit number."""


def units_on(scheme: str) -> range:
    """The unit numbers of a link with this ``scheme``."""
    return ON_NETWORK if scheme in _NETWORKS else ON_LINE


def unit_number(text: str, device: str, known: range = ON_NETWORK) -> int:
    """The unit number that ``text`` is, among those that are ``known``; raises UnitNumberError about ``device``."""
    unit = int(text) if text.isascii() and text.isdecimal() else None
    if unit is None or unit not in known:
        raise UnitNumberError("modbus.bad-unit", device=device, address=text, low=known[0], high=known[-1])
    return unit
