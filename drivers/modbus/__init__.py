"""Modbus: one connection, one request in flight, every byte of an answer checked by us.

Imports nothing by itself: every command of the command line asks which unit numbers there are, few open a link.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.contract import Driver
    from drivers.templates import Device


def open_driver(url: str, devices: "Sequence[Device]") -> "Driver":
    """A driver for the link ``url`` and its ``devices``, not yet open. Raises LinkError."""
    from drivers.links import parse_link
    from drivers.modbus.driver import ModbusDriver
    from drivers.modbus.options import endpoint_of

    return ModbusDriver(endpoint_of(parse_link(url)), devices)
