"""Link URLs, such as ``modbus-tcp://192.168.1.20:502``, and which driver package opens which scheme."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import cast
from urllib.parse import SplitResult, parse_qsl, urlsplit

from drivers.contract import Driver
from drivers.points import PlantgateError
from drivers.templates import Device

DRIVERS: dict[str, str] = {
    "bacnet": "drivers.bacnet",
    "modbus-tcp": "drivers.modbus",
    "modbus-rtu": "drivers.modbus",
    "modbus-rtu-tcp": "drivers.modbus",
    "modbus-tls": "drivers.modbus",
    "modbus-udp": "drivers.modbus",
}
"""Scheme -> the package whose ``open_driver(url, devices)`` serves it. A new driver is a folder and one line here."""

DEFAULT_PORTS: dict[str, int] = {"bacnet": 47808, "modbus-tcp": 502, "modbus-tls": 802, "modbus-udp": 502}
"""Port when the URL names none (IANA: bacnet 47808, mbap 502, mbap-s 802); RTU over TCP has no port of its own."""

SERIAL = "modbus-rtu"
"""The scheme whose URL has the path of a port instead of a host: ``modbus-rtu:///dev/ttyUSB0``."""


class LinkError(PlantgateError):
    """The URL is not one of a link."""


@dataclass(frozen=True, slots=True)
class LinkUrl:
    """A link URL in its parts."""

    scheme: str
    host: str
    """Empty on a serial port."""
    port: int
    """0 on a serial port."""
    options: dict[str, str] = field(default_factory=dict)
    path: str = ""
    """Of a serial port, such as ``/dev/ttyUSB0``."""


def parse_link(url: str) -> LinkUrl:
    """The parts of ``url``; raises LinkError (unknown scheme, no host, bad port)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise LinkError("link.bad-url", url=url) from error
    if parts.scheme not in DRIVERS:
        raise LinkError("link.unknown-scheme", url=url, scheme=parts.scheme, known=", ".join(DRIVERS))
    if parts.scheme == SERIAL:
        return _serial(url, parts)
    if not parts.hostname or parts.path not in ("", "/") or parts.username or parts.fragment:
        raise LinkError("link.bad-url", url=url)
    chosen = DEFAULT_PORTS.get(parts.scheme) if port is None else port
    if chosen is None:
        raise LinkError("link.bad-url", url=url)
    return LinkUrl(parts.scheme, parts.hostname, chosen, dict(parse_qsl(parts.query)))


def _serial(url: str, parts: SplitResult) -> LinkUrl:
    """The parts of a serial URL; an empty path leaves the choice to an emulator."""
    if parts.netloc or parts.fragment:
        raise LinkError("link.bad-url", url=url)
    return LinkUrl(parts.scheme, "", 0, dict(parse_qsl(parts.query)), parts.path)


def driver_for(url: str, devices: Sequence[Device]) -> Driver:
    """A driver for the link ``url``, not yet open; imports only the package it needs. Raises LinkError."""
    package = import_module(DRIVERS[parse_link(url).scheme])
    return cast(Driver, package.open_driver(url, devices))
