"""TLS against a real broker: who is let in, who is not, and what is said about it."""

from pathlib import Path

import pytest

from runtime.clock import ManualClock
from runtime.errors import UplinkError
from runtime.mqtt.client import Broker, Login, publish
from runtime.mqtt.tls import TlsFiles, lifetime
from tests.unit.certificates import Authority, Pair
from tests.unit.conftest import Mosquitto

AGO, AHEAD = "20200101000000Z", "20980101000000Z"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki") / "ours")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki") / "theirs", "a stranger")


@pytest.fixture
def broker(tmp_path: Path) -> Mosquitto:
    return Mosquitto(tmp_path)


async def secured(broker: Mosquitto, authority: Authority, server: Pair, *, ask: bool = False) -> str:
    broker.secure(authority.ca, server, ask=ask)
    await broker.start()
    return broker.url


def client(url: str, trust: TlsFiles, clock: ManualClock | None = None) -> Broker:
    return Broker(url, Login("gw", trust=trust), deadline=10.0, clock=clock)


def file(path: Path) -> str:
    return f"file:{path}"


async def test_a_pinned_authority_and_our_certificate_let_us_in(authority: Authority, broker: Mosquitto) -> None:
    url = await secured(broker, authority, authority.sign("127.0.0.1"), ask=True)
    ours = authority.sign("gw-1")
    trust = TlsFiles(file(authority.ca), file(ours.certificate), file(ours.key))
    try:
        async with client(url, trust).connect() as connection:
            await publish(connection, "a", b"x")
    finally:
        broker.stop()


async def test_two_authorities_are_trusted_while_they_are_rotated(
    authority: Authority, stranger: Authority, broker: Mosquitto, tmp_path: Path
) -> None:
    url = await secured(broker, authority, authority.sign("127.0.0.1"))
    both = tmp_path / "both.pem"
    both.write_text(stranger.ca.read_text() + authority.ca.read_text())
    try:
        async with client(url, TlsFiles(file(both))).connect() as connection:
            await publish(connection, "a", b"x")
    finally:
        broker.stop()


@pytest.mark.parametrize(
    ("name", "begins", "ends", "clock", "code"),
    [
        ("127.0.0.1", AGO, "20210101000000Z", ManualClock(), "uplink.certificate-expired"),
        ("127.0.0.1", AHEAD, "20990101000000Z", ManualClock(), "uplink.clock-wrong"),
        ("127.0.0.1", AGO, "20210101000000Z", ManualClock(wall=0.0), "uplink.clock-wrong"),
        ("broker.example", AGO, "20990101000000Z", ManualClock(), "uplink.certificate-name"),
        ("stranger", "", "", ManualClock(), "uplink.certificate-issuer"),
    ],
    ids=["expired", "not yet", "expired by a wrong clock", "another name", "another authority"],
)
async def test_a_broker_that_cannot_be_trusted_gets_nothing(
    authority: Authority, stranger: Authority, broker: Mosquitto, name: str, begins: str, ends: str,
    clock: ManualClock, code: str,
) -> None:  # fmt: skip
    server = stranger.sign("127.0.0.1") if name == "stranger" else authority.sign(name, begins, ends)
    url = await secured(broker, authority, server)
    try:
        with pytest.raises(UplinkError) as caught:
            async with client(url, TlsFiles(file(authority.ca)), clock).connect():
                pass
    finally:
        broker.stop()
    assert caught.value.code == code


@pytest.mark.parametrize("ours", ["none", "a stranger's", "expired"])
async def test_a_broker_that_asks_for_a_certificate_hangs_up_on_a_wrong_one(
    authority: Authority, stranger: Authority, broker: Mosquitto, ours: str
) -> None:
    url = await secured(broker, authority, authority.sign("127.0.0.1"), ask=True)
    pair = stranger.sign("gw-1") if ours == "a stranger's" else authority.sign("gw-1", AGO, "20210101000000Z")
    trust = TlsFiles(file(authority.ca), file(pair.certificate), file(pair.key))
    try:
        with pytest.raises(UplinkError, match=r"uplink\.(hung-up|tls)"):
            async with client(url, TlsFiles(file(authority.ca)) if ours == "none" else trust).connect():
                pass
    finally:
        broker.stop()


async def test_a_broker_without_tls_is_told_apart(mosquitto: Mosquitto) -> None:
    with pytest.raises(UplinkError, match=r"uplink\.(not-tls|hung-up|tls)"):
        async with client(mosquitto.url.replace("mqtt:", "mqtts:"), TlsFiles()).connect():
            pass


@pytest.mark.parametrize("broken", ["missing", "rubbish", "another's key"])
def test_files_that_cannot_be_used_are_told(authority: Authority, tmp_path: Path, broken: str) -> None:
    ours, other = authority.sign("gw-1"), authority.sign("gw-2")
    if broken == "rubbish":
        ours.certificate.write_text("rubbish")
    key = {"missing": tmp_path / "none", "another's key": other.key}.get(broken, ours.key)
    with pytest.raises(UplinkError, match=r"uplink\.certificate-files"):
        TlsFiles(file(authority.ca), file(ours.certificate), file(key)).context()


def test_tls_is_new_and_checks_the_name() -> None:
    context = TlsFiles().context()
    assert (context.minimum_version.name, context.check_hostname) == ("TLSv1_2", True)


def test_only_the_pinned_authority_is_trusted(authority: Authority) -> None:
    (trusted,) = TlsFiles(file(authority.ca)).context().get_ca_certs()
    assert trusted["subject"] == ((("commonName", "plantgate test authority"),),)


@pytest.mark.parametrize(
    ("ends", "expected"), [("20300102030405Z", 1893553445.0), ("20560708091011Z", 2730273011.0)], ids=["UTC", "general"]
)
def test_the_lifetime_of_a_certificate_is_read(authority: Authority, ends: str, expected: float) -> None:
    pair = authority.sign("gw-1", AGO, ends)
    assert lifetime(pair.certificate.read_text()) == (1577836800.0, expected)
    assert TlsFiles("", file(pair.certificate), file(pair.key)).valid_until() == expected


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_the_lifetime_of_rubbish_is_unknown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rubbish.pem"
    path.write_text(text)
    assert TlsFiles("", file(path), file(path)).valid_until() is None
    assert TlsFiles().valid_until() is None
