"""The mains as its meter sees it."""

import pytest

from emulators.physics.mains import Mains
from emulators.physics.model import Building


@pytest.mark.parametrize(
    ("faults", "voltages", "there"),
    [((), (230.0, 230.0), True), (("off",), (0.0, 0.0), False), (("phase-loss",), (230.0, 0.0), False)],
)
def test_faults_show_and_the_building_knows(faults: tuple[str, ...], voltages: tuple[float, ...], there: bool) -> None:
    building = Building()
    values = Mains(building, set(faults)).step(1.0)
    assert ((values["voltage_l1"], values["voltage_l3"]), building.mains) == (voltages, there)


def test_the_building_knows_for_how_long() -> None:
    building = Building()
    mains = Mains(building, {"off"})
    mains.step(1.0)
    mains.step(5.0)
    assert building.mains_for == 5.0
