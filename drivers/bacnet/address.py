"""The address of a BACnet device: where its datagrams go and which instance number it carries."""

import ipaddress
from dataclasses import dataclass

from drivers.bacnet.names import MAX_INSTANCE
from drivers.points import PlantgateError

DEFAULT_PORT = 47808
"""0xBAC0 (ASHRAE 135 Annex J.1.2)."""


class BacnetAddressError(PlantgateError):
    """The address of a device is not ``host[:port]/instance``."""


@dataclass(frozen=True, slots=True)
class Address:
    """A device on BACnet/IP."""

    host: str
    """IPv4 address in digits."""
    port: int
    instance: int

    @property
    def place(self) -> tuple[str, int]:
        """Where its datagrams go."""
        return self.host, self.port

    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{self.instance}"


def parse_address(text: str) -> Address:
    """The parts of ``192.168.1.30:47808/2001``; raises BacnetAddressError."""
    place, _, instance = text.partition("/")
    host, _, port = place.partition(":")
    try:
        address = Address(str(ipaddress.IPv4Address(host)), int(port or DEFAULT_PORT), int(instance))
    except ValueError as error:
        raise BacnetAddressError("bacnet.bad-address", address=text) from error
    if not (0 < address.port < 65536 and 0 <= address.instance <= MAX_INSTANCE):
        raise BacnetAddressError("bacnet.bad-address", address=text)
    return address
