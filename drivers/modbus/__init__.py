"""Modbus: one connection, one request in flight, every byte of an answer checked by us."""

from collections.abc import Sequence

from drivers.contract import Driver
from drivers.links import parse_link
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import endpoint_of
from drivers.templates import Device


def open_driver(url: str, devices: Sequence[Device]) -> Driver:
    """A driver for the link ``url`` and its ``devices``, not yet open. Raises LinkError."""
    return ModbusDriver(endpoint_of(parse_link(url)), devices)
