"""Options of link URLs."""

import pytest

from drivers.links import LinkError, parse_link
from drivers.modbus.options import endpoint_of
from drivers.modbus.serialport import Parity, SerialEndpoint
from drivers.modbus.transport import TcpEndpoint
from drivers.planner import ROUND_TRIP


@pytest.mark.parametrize(
    ("options", "parity", "stop", "bits"),
    [
        ("", Parity.EVEN, 1, 11),
        ("?parity=N", Parity.NONE, 1, 10),
        ("?parity=N&stop=2", Parity.NONE, 2, 11),
        ("?parity=O&baud=19200", Parity.ODD, 1, 11),
    ],
)
def test_a_serial_port(options: str, parity: Parity, stop: int, bits: int) -> None:
    endpoint = endpoint_of(parse_link(f"modbus-rtu:///dev/serial/by-id/a{options}"))
    assert isinstance(endpoint, SerialEndpoint)
    assert (endpoint.path, endpoint.parity, endpoint.stop_bits) == ("/dev/serial/by-id/a", parity, stop)
    assert endpoint.timing.bits == bits


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("modbus-tcp://pumps?baud=9600", "link.unknown-option"),
        ("modbus-udp://pumps?x=1", "link.unknown-option"),
        ("modbus-tls://pumps?verify=no", "link.unknown-option"),
        ("modbus-rtu-tcp://pumps:4001?parity=N", "link.unknown-option"),
        ("modbus-rtu-tcp://pumps", "link.bad-url"),
        ("modbus-rtu:///dev/a?baud=9601", "link.bad-option"),
        ("modbus-rtu:///dev/a?parity=X", "link.bad-option"),
        ("modbus-rtu:///dev/a?stop=0", "link.bad-option"),
        ("modbus-rtu:///dev/a?gap=-1", "link.bad-option"),
        ("modbus-rtu:///dev/a?gap=5000", "link.bad-option"),
        ("modbus-rtu://", "link.no-port-path"),
        ("modbus-rtu://dev/ttyUSB0", "link.bad-url"),
    ],
)
def test_mistakes_have_a_code(url: str, code: str) -> None:
    with pytest.raises(LinkError) as caught:
        endpoint_of(parse_link(url))
    assert caught.value.code == code


def test_what_a_read_costs_depends_on_the_wire() -> None:
    assert endpoint_of(parse_link("modbus-tcp://pumps")).cost == ROUND_TRIP
    behind = endpoint_of(parse_link("modbus-rtu-tcp://pumps:4001?baud=2400&gap=50"))
    assert isinstance(behind, TcpEndpoint)
    assert behind.cost.byte == pytest.approx(11 / 2400)
    assert behind.cost.request > 0.1


def test_tls_port() -> None:
    assert parse_link("modbus-tls://pumps").port == 802
