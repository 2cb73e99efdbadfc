"""Which loads of a bus are a mistake, and how a share reads."""

from pathlib import Path

import pytest

from config.assembly.buses import load_of, loads, percent
from config.errors import ConfigError
from config.site import load_site

OVERLOADED, TIMEOUT = "plant.bus-overloaded", "plant.timeout-too-short"


def found(site: Path, url: str, polls: str, timeout: str = "1 s") -> list[str]:
    """The codes of what is wrong with a booster set at ``url`` that is polled so."""
    plant = site / "plant.yaml"
    text = plant.read_text(encoding="utf-8").replace("modbus-tcp://127.0.0.1:5020", url)
    text = text.replace("polls: {fast: 2 s}", f"timeout: {timeout}, polls: {polls}")
    plant.write_text(text, encoding="utf-8")
    try:
        load_site(site)
    except ConfigError as error:
        return [finding.code for finding in error.findings]
    return []


@pytest.mark.parametrize(
    ("url", "polls", "codes"),
    [
        ("modbus-rtu:///dev/x?baud=1200", "{fast: 1 s}", []),
        ("modbus-rtu:///dev/x?baud=1200", "{fast: 200 ms}", [OVERLOADED]),
        ("modbus-rtu:///dev/x?baud=9600", "{fast: 200 ms}", []),
        ("modbus-rtu:///dev/x?baud=9600", "{fast: 1 s, normal: 30 ms}", [OVERLOADED]),
        ("modbus-rtu-tcp://10.0.0.1:4001?baud=1200", "{fast: 200 ms}", [OVERLOADED]),
        ("modbus-rtu-tcp://10.0.0.1:4001", "{fast: 10 ms}", []),
        ("modbus-tcp://10.0.0.1:502", "{fast: 1 ms}", []),
    ],
    ids=["fits", "too often", "faster line", "every class counts", "behind a gateway", "speed unknown", "no bus"],
)
def test_a_bus_is_asked_no_more_than_it_has_time_for(site: Path, url: str, polls: str, codes: list[str]) -> None:
    assert found(site, url, polls) == codes


@pytest.mark.parametrize(("timeout", "codes"), [("220 ms", [TIMEOUT]), ("230 ms", [])])
def test_a_request_must_be_over_before_its_deadline(site: Path, timeout: str, codes: list[str]) -> None:
    assert found(site, "modbus-rtu:///dev/x?baud=1200", "{fast: 10 s}", timeout) == codes


def test_only_serial_buses_have_a_load(site: Path) -> None:
    plant = load_site(site)
    assert list(loads(plant.links, plant.devices)) == []
    assert load_of("modbus-rtu:///dev/x", plant.devices) is not None


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0.0 %"), (0.004, "0.4 %"), (0.01, "1 %"), (0.426, "43 %"), (1.15, "115 %")]
)
def test_a_share_reads_as_percent(share: float, text: str) -> None:
    assert percent(share) == text
