"""TLS towards the broker: whom we trust, who we are, and how long our own certificate lasts."""

import base64
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from runtime.credentials import secret_path
from runtime.errors import AgentError, UplinkError

_PEM_BEGIN, _PEM_END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_EXPLICIT_0, _UTC_TIME = 0xA0, 0x17
"""DER tags (X.690): the optional version of a certificate, and a time with two digits of year."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Files of TLS by reference (``file:PATH`` or ``credential:NAME``); empty means: the system's, or none."""

    ca: str = ""
    """The only authorities a broker's certificate may come from; two of them in one file while they are rotated."""
    certificate: str = ""
    key: str = ""

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, name and certificate of the broker checked; made anew, so a renewed file counts at once.

        Raises UplinkError when a file cannot be used.
        """
        try:
            for reference in filter(None, (self.ca, self.certificate, self.key)):
                secret_path(reference).open("rb").close()  # names the file; ssl tells only that there is none
            context = ssl.create_default_context(cafile=secret_path(self.ca) if self.ca else None)
            context.sslsocket_class = _Socket
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.certificate:
                # An empty password: a key that is locked by one must fail, not ask the terminal of a daemon.
                context.load_cert_chain(secret_path(self.certificate), secret_path(self.key), password="")
        except AgentError as error:
            raise UplinkError(error.code, **error.arguments) from error
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise UplinkError("uplink.certificate-files", reason=str(error)) from error
        return context

    def valid_until(self) -> float | None:
        """UTC seconds at which our own certificate expires; None without one, or when it cannot be read."""
        if not self.certificate:
            return None
        try:
            return lifetime(secret_path(self.certificate).read_text(encoding="ascii"))[1]
        except (AgentError, OSError, ValueError, IndexError):
            return None


class _Socket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho leaves that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except Exception:
            self.close()
            raise


def lifetime(pem: str) -> tuple[float, float]:
    """UTC seconds between which the first certificate of ``pem`` is valid (RFC 5280, 4.1).

    The standard library reads this of the other side's certificate only. Raises ValueError or IndexError.
    """
    text = pem[pem.index(_PEM_BEGIN) + len(_PEM_BEGIN) : pem.index(_PEM_END)]
    (_, certificate), *_ = _parts(base64.b64decode(text))
    (_, signed), *_ = _parts(certificate)
    fields = [part for part in _parts(signed) if part[0] != _EXPLICIT_0]
    _serial, _algorithm, _issuer, (_, validity), *_ = fields
    begins, ends = (_time(tag, value) for tag, value in _parts(validity))
    return begins, ends


def _parts(der: bytes) -> list[tuple[int, bytes]]:
    """(tag, content) of each element, one after the other."""
    parts, at = [], 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            digits = length & 0x7F
            length, at = int.from_bytes(der[at : at + digits], "big"), at + digits
        parts.append((tag, der[at : at + length]))
        at += length
    return parts


def _time(tag: int, value: bytes) -> float:
    form = "%y%m%d%H%M%SZ" if tag == _UTC_TIME else "%Y%m%d%H%M%SZ"
    return datetime.strptime(value.decode("ascii"), form).replace(tzinfo=UTC).timestamp()
