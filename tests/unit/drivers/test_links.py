"""Link URLs as people write them."""

import pytest

from drivers.bacnet.driver import BacnetDriver
from drivers.links import LinkError, driver_for, parse_link
from drivers.modbus.driver import ModbusDriver


@pytest.mark.parametrize(
    ("url", "host", "port", "options"),
    [
        ("bacnet://10.0.0.2", "10.0.0.2", 47808, {}),
        ("bacnet://10.0.0.2:47900?broadcast=10.0.0.255", "10.0.0.2", 47900, {"broadcast": "10.0.0.255"}),
        ("modbus-tcp://10.0.0.5:5020", "10.0.0.5", 5020, {}),
        ("modbus-tcp://pumps", "pumps", 502, {}),
        ("modbus-tcp://[::1]:502", "::1", 502, {}),
        ("modbus-tcp://pumps?gap=5", "pumps", 502, {"gap": "5"}),
    ],
)
def test_parts(url: str, host: str, port: int, options: dict[str, str]) -> None:
    link = parse_link(url)
    assert (link.scheme, link.host, link.port, link.options) == (url.partition(":")[0], host, port, options)


@pytest.mark.parametrize(
    ("url", "path", "options"),
    [
        ("modbus-rtu:///dev/ttyUSB0", "/dev/ttyUSB0", {}),
        (
            "modbus-rtu:///dev/serial/by-id/usb-a_b-if00?baud=9600&parity=N",
            "/dev/serial/by-id/usb-a_b-if00",
            {"baud": "9600", "parity": "N"},
        ),
        ("modbus-rtu://", "", {}),
    ],
)
def test_a_serial_port_has_a_path(url: str, path: str, options: dict[str, str]) -> None:
    link = parse_link(url)
    assert (link.scheme, link.host, link.port, link.path, link.options) == ("modbus-rtu", "", 0, path, options)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("modbus-tpc://pumps", "link.unknown-scheme"),
        ("pumps:502", "link.unknown-scheme"),
        ("modbus-tcp://", "link.bad-url"),
        ("modbus-tcp://pumps:99999", "link.bad-url"),
        ("modbus-tcp://pumps:abc", "link.bad-url"),
        ("modbus-tcp://pumps/1", "link.bad-url"),
    ],
)
def test_mistakes_have_a_code(url: str, code: str) -> None:
    with pytest.raises(LinkError) as caught:
        parse_link(url)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("url", "driver"), [("bacnet://127.0.0.1", BacnetDriver), ("modbus-tcp://pumps", ModbusDriver)]
)
def test_the_scheme_chooses_the_driver(url: str, driver: type) -> None:
    assert isinstance(driver_for(url, []), driver)
