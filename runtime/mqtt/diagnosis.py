"""Why the broker cannot be reached, told apart so that the right person looks at the right thing."""

import errno
import socket
import ssl
from datetime import UTC, datetime

from drivers.points import Instant
from runtime.clock import BUILT
from runtime.errors import UplinkError

_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
_EXPIRED, _NOT_YET, _WRONG_NAME, _WRONG_ADDRESS = 10, 9, 62, 64
"""X509_V_ERR codes of OpenSSL (x509_vfy.h)."""
_UNKNOWN_ISSUER = {2, 18, 19, 20, 21, 24}
_CONNACK = {
    0x04: "uplink.login", 0x86: "uplink.login",
    0x05: "uplink.not-authorized", 0x87: "uplink.not-authorized", 0x8A: "uplink.not-authorized",
    0x02: "uplink.client-id", 0x85: "uplink.client-id",
    0x03: "uplink.busy", 0x88: "uplink.busy", 0x89: "uplink.busy", 0x97: "uplink.busy", 0x9F: "uplink.busy",
    0x01: "uplink.version", 0x84: "uplink.version",
}  # fmt: skip
"""CONNACK return codes of MQTT 3.1.1 (3.2.2.3) and reason codes of MQTT 5 (3.2.2.2)."""


def unreachable(error: BaseException, host: str, port: int, at: Instant) -> UplinkError:
    """Why no connection came about. ``at`` tells whether our clock is to be believed."""
    where: dict[str, object] = {"host": host, "port": port}
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, where, at)
    if isinstance(error, ConnectionResetError | BrokenPipeError | ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return UplinkError("uplink.hung-up", **where)
    if isinstance(error, ssl.SSLError):
        plain = error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
        return UplinkError("uplink.not-tls" if plain else "uplink.tls", reason=error.reason or str(error), **where)
    if isinstance(error, socket.gaierror):
        return UplinkError("uplink.dns", reason=error.strerror or str(error), **where)
    if isinstance(error, ConnectionRefusedError):
        return UplinkError("uplink.nobody-listens", **where)
    if isinstance(error, TimeoutError):
        return UplinkError("uplink.no-answer", **where)
    if isinstance(error, OSError) and error.errno in _NO_WAY:
        return UplinkError("uplink.no-network", reason=error.strerror, **where)
    return UplinkError("uplink.unreachable", reason=str(error) or type(error).__name__, **where)


def rejected(code: int, reason: str) -> UplinkError:
    """Why the broker answered and did not let us in: its CONNACK said ``code``."""
    return UplinkError(_CONNACK.get(code, "uplink.rejected"), reason=reason)


def _certificate(error: ssl.SSLCertVerificationError, where: dict[str, object], at: Instant) -> UplinkError:
    reason = error.verify_message
    if error.verify_code == _NOT_YET or (error.verify_code == _EXPIRED and not _believable(at)):
        # No certificate is given out for the future: it is our clock that is behind, or far ahead.
        return UplinkError("uplink.clock-wrong", clock=_utc(at.wall), reason=reason, **where)
    if error.verify_code == _EXPIRED:
        return UplinkError("uplink.certificate-expired", **where)
    if error.verify_code in (_WRONG_NAME, _WRONG_ADDRESS):
        return UplinkError("uplink.certificate-name", reason=reason, **where)
    if error.verify_code in _UNKNOWN_ISSUER:
        return UplinkError("uplink.certificate-issuer", reason=reason, **where)
    return UplinkError("uplink.certificate", reason=reason, **where)


def _utc(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _believable(at: Instant) -> bool:
    return at.trusted and at.wall >= BUILT
