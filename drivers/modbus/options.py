"""A Modbus link URL and its options -> where and how to connect."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.links import LinkError, LinkUrl
from drivers.modbus.rtu import Timing
from drivers.modbus.serialport import BAUDS, Parity, SerialEndpoint
from drivers.modbus.transport import Endpoint, TcpEndpoint, UdpEndpoint

_MOST_PAUSE = 1000
"""Milliseconds; a longer pause between two frames is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of a URL, which must be among ``known``."""

    link: LinkUrl

    def allow(self, *known: str) -> None:
        """Raise LinkError for any other option."""
        for option in self.link.options.keys() - set(known):
            raise LinkError(
                "link.unknown-option", option=option, scheme=self.link.scheme, known=", ".join(known) or "-"
            )

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of ``allowed``; raises LinkError."""
        value = self.link.options.get(name, default)
        if value not in allowed:
            raise LinkError("link.bad-option", option=name, value=value, allowed=", ".join(allowed))
        return value

    def timing(self, bits: int) -> Timing:
        """Options ``baud`` and ``gap`` (milliseconds between frames); raises LinkError."""
        baud = int(self.choice("baud", "9600", tuple(str(baud) for baud in sorted(BAUDS) if baud)))
        return Timing(baud, bits, pause=self.pause())

    def pause(self) -> float:
        """Option ``gap`` in seconds; raises LinkError."""
        gap = self.link.options.get("gap", "0")
        if not gap.isdecimal() or int(gap) > _MOST_PAUSE:
            raise LinkError("link.bad-option", option="gap", value=gap, allowed=f"0 - {_MOST_PAUSE}")
        return int(gap) / 1000


def endpoint_of(link: LinkUrl) -> Endpoint:
    """Where ``link`` leads; raises LinkError for an option that it cannot have."""
    return _ENDPOINTS[link.scheme](link)


def _tcp(link: LinkUrl) -> Endpoint:
    options = _Options(link)
    options.allow("gap")
    return TcpEndpoint(link.host, link.port, pause=options.pause())


def _udp(link: LinkUrl) -> Endpoint:
    options = _Options(link)
    options.allow("gap")
    return UdpEndpoint(link.host, link.port, options.pause())


def _tls(link: LinkUrl) -> Endpoint:
    options = _Options(link)
    options.allow("ca", "cert", "key", "name", "gap")
    context, name = lambda: client_context(link.options), link.options.get("name")
    return TcpEndpoint(link.host, link.port, context, name, pause=options.pause())


def _rtu_tcp(link: LinkUrl) -> Endpoint:
    options = _Options(link)
    options.allow("baud", "gap")
    return TcpEndpoint(link.host, link.port, timing=options.timing(bits=11))


def _rtu(link: LinkUrl) -> Endpoint:
    if not link.path:
        raise LinkError("link.no-port-path", scheme=link.scheme)
    parity, stop = _character(link)
    return SerialEndpoint(link.path, serial_timing(link), parity, stop)


def serial_timing(link: LinkUrl) -> Timing:
    """How long things take on the line of a serial ``link``; raises LinkError."""
    options = _Options(link)
    options.allow("baud", "parity", "stop", "gap")
    parity, stop = _character(link)
    return options.timing(1 + 8 + (parity is not Parity.NONE) + stop)


def _character(link: LinkUrl) -> tuple[Parity, int]:
    """Parity and stop bits."""
    options = _Options(link)
    parity = Parity(options.choice("parity", Parity.EVEN, tuple(Parity)))
    return parity, int(options.choice("stop", "1", ("1", "2")))


def client_context(options: Mapping[str, str]) -> ssl.SSLContext:
    """Trusts ``ca`` or what the system trusts, shows ``cert`` with ``key``; TLS 1.2 or later. Raises OSError."""
    context = ssl.create_default_context(cafile=options.get("ca"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if "cert" in options:
        context.load_cert_chain(options["cert"], options.get("key"))
    return context


_ENDPOINTS: dict[str, Callable[[LinkUrl], Endpoint]] = {
    "modbus-tcp": _tcp,
    "modbus-udp": _udp,
    "modbus-tls": _tls,
    "modbus-rtu-tcp": _rtu_tcp,
    "modbus-rtu": _rtu,
}
