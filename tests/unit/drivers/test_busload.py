"""What polls ask of a serial bus, against sums made by hand."""

from collections.abc import Sequence

import pytest

from drivers.busload import BusLoad, bus_load
from drivers.links import driver_for
from drivers.points import Kind
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint


def unit(number: int, registers: int = 10, *, fast: float = 1.0, polls: Sequence[str] = ("fast",)) -> Device:
    """A unit with ``registers`` registers in each of the classes ``polls``, far apart from each other."""
    points = tuple(
        TemplatePoint(f"{poll}_{n}", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 1000 * place + n), poll=poll)
        for place, poll in enumerate(polls)
        for n in range(registers)
    )
    return Device(f"u{number}", "bus", str(number), Template("t", {}, "modbus", points), polls={"fast": fast})


def load(url: str, *units: Device) -> BusLoad:
    return bus_load(driver_for(url, units), units)


@pytest.mark.parametrize(
    ("options", "character", "gap"),
    [
        ("baud=9600", 11 / 9600, 3.5 * 11 / 9600),
        ("baud=9600&parity=N", 10 / 9600, 3.5 * 10 / 9600),
        ("baud=9600&parity=N&stop=2", 11 / 9600, 3.5 * 11 / 9600),
        ("baud=115200", 11 / 115200, 0.00175),
        ("baud=9600&gap=20", 11 / 9600, 0.02),
    ],
)
def test_a_read_takes_its_characters_two_gaps_and_the_turnaround(options: str, character: float, gap: float) -> None:
    """8 characters to ask, 5 around 20 bytes of data; the device takes 5 ms to begin."""
    one = load(f"modbus-rtu:///dev/ttyUSB0?{options}", unit(1))
    assert one.share == pytest.approx((8 + 5 + 20) * character + 2 * gap + 0.005)


def test_units_and_periods_add_up() -> None:
    one = load("modbus-rtu:///dev/x?baud=9600", unit(1)).share
    both = load("modbus-rtu:///dev/x?baud=9600", unit(1), unit(2), unit(3, fast=2.0, polls=["fast", "slow"]))
    assert [(entry.period, entry.requests) for entry in both.periods] == [(1.0, 2), (2.0, 1), (300.0, 1)]
    assert both.share == pytest.approx(2 * one + one / 2 + one / 300)
    assert [[entry.device for entry in period.units] for period in both.periods] == [["u1", "u2"], ["u3"], ["u3"]]


def test_the_longest_request_of_each_device_is_known() -> None:
    both = load("modbus-rtu:///dev/x?baud=9600", unit(1, 125), unit(2, 1))
    assert both.longest("u1") == pytest.approx((13 + 250) * 11 / 9600 + 7 * 11 / 9600 + 0.005)
    assert both.longest("u2") < 0.04
    assert both.longest("nobody") == 0.0


def test_a_bus_without_devices_is_idle() -> None:
    assert load("modbus-rtu:///dev/x").share == 0


def test_bacnet_devices_do_not_wait_for_each_other() -> None:
    driver = driver_for("bacnet://127.0.0.1:47808", [])
    assert driver.occupies(None) == 0.0
