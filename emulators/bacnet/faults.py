"""The lies a BACnet device tells below its application: one honest datagram becomes what is really sent. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

LATE_SECONDS = 1.5
"""How long ``late`` holds an answer back."""
_BVLC, _NPCI = 4, 2
"""Octets before the APDU of a local message (Annex J.2, clause 6.2)."""
_COMPLEX_ACK = 3


@dataclass(frozen=True, slots=True)
class DelayedDatagram:
    """One datagram to send after ``delay`` seconds."""

    data: bytes
    delay: float = 0.0


DatagramFault = Callable[[bytes], list[DelayedDatagram]]


def _silent(_: bytes) -> list[DelayedDatagram]:
    return []


def _late(data: bytes) -> list[DelayedDatagram]:
    return [DelayedDatagram(data, LATE_SECONDS)]


def _nonsense(_: bytes) -> list[DelayedDatagram]:
    return [DelayedDatagram(b"\x81\x0a\x00\x09\xff\xff\xff\xff\xff"), DelayedDatagram(b"HTTP/1.1 400 Bad Request\r\n")]


def _duplicate(data: bytes) -> list[DelayedDatagram]:
    return [DelayedDatagram(data), DelayedDatagram(data)]


def _wrong_invoke(data: bytes) -> list[DelayedDatagram]:
    """An answer to a question nobody asked."""
    place = _BVLC + _NPCI + 1
    return [DelayedDatagram(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])]


def _malformed(data: bytes) -> list[DelayedDatagram]:
    """An acknowledgement that stops in the middle of a tag, in a datagram that agrees with itself."""
    apdu = _BVLC + _NPCI
    if data[apdu] >> 4 != _COMPLEX_ACK:
        return [DelayedDatagram(data)]
    cut = data[: max(apdu + 4, len(data) - 4)]
    return [DelayedDatagram(cut[:2] + len(cut).to_bytes(2, "big") + cut[4:])]


LIES: dict[str, DatagramFault] = {
    "duplicate": _duplicate,
    "late": _late,
    "malformed": _malformed,
    "nonsense": _nonsense,
    "silent": _silent,
    "wrong-invoke": _wrong_invoke,
}
"""Every lie by its name."""

REFUSALS = frozenset({"abort", "buffer-overflow", "error", "max-apdu", "no-rpm", "reject", "rpm-abort", "rpm-silent"})
"""Faults in which the application refuses: ``abort:4``, ``reject:9`` and ``error:31`` name the reason or code,
``buffer-overflow:10`` the most objects one ReadPropertyMultiple may ask, ``no-rpm`` refuses the service, ``rpm-abort``
aborts it, ``rpm-silent`` does not answer it; ``max-apdu:206``, from the start, is the longest message it takes."""


def tell(data: bytes, faults: set[str]) -> list[DelayedDatagram]:
    """What is sent for the honest ``data``; the first lie in alphabetical order wins."""
    for fault in sorted(faults):
        if fault in LIES:
            return LIES[fault](data)
    return [DelayedDatagram(data)]


def number_of(faults: set[str], name: str, default: int) -> int | None:
    """The number behind the fault ``name`` (``default`` where it has none), or None when it is not switched on."""
    for fault in faults:
        head, _, argument = fault.partition(":")
        if head == name:
            return int(argument) if argument.isdecimal() else default
    return None
