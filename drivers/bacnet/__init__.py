"""BACnet/IP: our own UDP endpoint, the stack of bacpypes3 above it, values decoded by us.

Imports nothing by itself: templates name BACnet sources on every site, the stack (12 MB) is loaded only for a link.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.contract import Driver
    from drivers.templates import Device


def open_driver(url: str, devices: "Sequence[Device]") -> "Driver":
    """A driver for the link ``url`` (our own endpoint) and its ``devices``, not yet open. Raises LinkError."""
    from drivers.bacnet.driver import BacnetDriver
    from drivers.links import parse_link

    link = parse_link(url)
    return BacnetDriver((link.host, link.port), devices)
