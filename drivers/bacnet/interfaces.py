"""Which broadcast address belongs to an address of this machine (Linux)."""

import fcntl
import socket
import struct

_SIOCGIFADDR, _SIOCGIFBRDADDR = 0x8915, 0x8919
"""Requests of netdevice(7)."""
_LOOPBACK = "127."


def broadcast_of(host: str) -> str | None:
    """The broadcast address of the interface whose first address is ``host``; None for loopback and hosts elsewhere."""
    if host.startswith(_LOOPBACK):
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        for _, name in socket.if_nameindex():
            if _ask(wire, _SIOCGIFADDR, name) == host:
                return _ask(wire, _SIOCGIFBRDADDR, name)
    return None


def _ask(wire: socket.socket, request: int, name: str) -> str | None:
    try:
        answer = fcntl.ioctl(wire, request, struct.pack("256s", name.encode()))
    except OSError:  # the interface has no IPv4 address, or is gone since it was listed
        return None
    return socket.inet_ntoa(answer[20:24])
