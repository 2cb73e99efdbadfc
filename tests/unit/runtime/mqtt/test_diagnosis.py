import errno
import socket
import ssl

import pytest

from config.catalogue import LANGUAGES, Catalogue
from drivers.points import Instant
from runtime.clock import BUILT
from runtime.mqtt.diagnosis import rejected, unreachable

NOW = Instant("boot", 1.0, BUILT + 1.0)


def certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("x")
    error.verify_code, error.verify_message = code, "as OpenSSL says it"
    return error


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "at", "code"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "try again"), NOW, "uplink.dns"),
        (ConnectionRefusedError(), NOW, "uplink.nobody-listens"),
        (ConnectionResetError(), NOW, "uplink.hung-up"),
        (ssl.SSLEOFError(), NOW, "uplink.hung-up"),
        (TimeoutError(), NOW, "uplink.no-answer"),
        (OSError(errno.ENETUNREACH, "unreachable"), NOW, "uplink.no-network"),
        (OSError(errno.EHOSTUNREACH, "no route"), NOW, "uplink.no-network"),
        (OSError(errno.EMFILE, "too many files"), NOW, "uplink.unreachable"),
        (RuntimeError("x"), NOW, "uplink.unreachable"),
        (certificate(10), NOW, "uplink.certificate-expired"),
        (certificate(10), Instant("boot", 1.0, BUILT + 1.0, trusted=False), "uplink.clock-wrong"),
        (certificate(10), Instant("boot", 1.0, 0.0), "uplink.clock-wrong"),
        (certificate(9), NOW, "uplink.clock-wrong"),
        (certificate(62), NOW, "uplink.certificate-name"),
        (certificate(64), NOW, "uplink.certificate-name"),
        (certificate(20), NOW, "uplink.certificate-issuer"),
        (certificate(18), NOW, "uplink.certificate-issuer"),
        (certificate(23), NOW, "uplink.certificate"),
        (tls("WRONG_VERSION_NUMBER"), NOW, "uplink.not-tls"),
        (tls("TLSV1_ALERT_UNKNOWN_CA"), NOW, "uplink.tls"),
    ],
)
def test_each_cause_has_its_own_sentence(error: Exception, at: Instant, code: str) -> None:
    found = unreachable(error, "broker.example", 8883, at)
    assert found.code == code
    for lang in LANGUAGES:
        assert Catalogue.load(lang).error(found)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0x04, "uplink.login"), (0x86, "uplink.login"),
        (0x05, "uplink.not-authorized"), (0x87, "uplink.not-authorized"), (0x8A, "uplink.not-authorized"),
        (0x85, "uplink.client-id"), (0x88, "uplink.busy"), (0x89, "uplink.busy"), (0x97, "uplink.busy"),
        (0x01, "uplink.version"), (0x84, "uplink.version"), (0x80, "uplink.rejected"),
    ],
)  # fmt: skip
def test_each_refusal_of_a_broker_has_its_own_sentence(code: int, expected: str) -> None:
    found = rejected(code, "as the broker says it")
    assert found.code == expected
    for lang in LANGUAGES:
        assert Catalogue.load(lang).error(found)
