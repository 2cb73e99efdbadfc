"""The transfer switch follows the sources."""

import pytest

from emulators.physics.model import Building
from emulators.physics.transfer import TransferSwitch


@pytest.mark.parametrize(
    ("building", "position"),
    [
        (Building(), "source_1"),
        (Building(mains=False), "source_1"),
        (Building(mains=False, generator=True), "source_2"),
        (Building(mains_for=10, generator=True, on_generator=True), "source_2"),
        (Building(mains_for=40, generator=True, on_generator=True), "source_1"),
    ],
)
def test_the_load_goes_where_the_supply_is(building: Building, position: str) -> None:
    assert TransferSwitch(building).step(5.0)["position"] == position


@pytest.mark.parametrize("fault", ["not-auto", "stuck"])
def test_a_broken_switch_stays(fault: str) -> None:
    switch = TransferSwitch(Building(mains=False, generator=True), {fault})
    assert (switch.step(60.0)["position"], switch.cycles) == ("source_1", 120)
