"""A luminaire tests itself and tells the truth about it."""

import pytest

from emulators.physics.luminaire import Luminaire
from emulators.physics.model import Building


def due(test: str, *faults: str) -> Luminaire:
    luminaire = Luminaire(Building(), set(faults))
    luminaire.put(f"next_{test}_test", 0.0)
    return luminaire


@pytest.mark.parametrize(("faults", "failed"), [((), False), (("lamp",), True), (("battery",), True)])
def test_a_function_test_finds_what_is_broken(faults: tuple[str, ...], failed: bool) -> None:
    values = due("function", *faults).step(60.0)
    assert (values["function_test_failed"], values["function_test"]) == (failed, False)
    assert float(values["next_function_test"]) == pytest.approx(720, abs=1)


@pytest.mark.parametrize(("faults", "minutes"), [((), 90.0), (("weak-battery",), 45.0)])
def test_a_duration_test_measures_the_battery(faults: tuple[str, ...], minutes: float) -> None:
    luminaire = due("duration", *faults)
    assert luminaire.step(60.0)["duration_test"] is True
    values = luminaire.step(6000.0)
    assert values["duration_result"] == pytest.approx(minutes, abs=1)
    assert values["duration_test_failed"] is (minutes < 90)


def test_without_mains_it_lights_until_the_battery_is_empty() -> None:
    luminaire = Luminaire(Building(mains=False))
    assert luminaire.step(60.0)["emergency_mode"] is True
    assert luminaire.step(6000.0)["rest_mode"] is True


def test_a_failed_lamp_shows_at_once_and_the_battery_recharges() -> None:
    luminaire = Luminaire(Building(), {"lamp"}, battery=50.0)
    values = luminaire.step(3600.0)
    assert values["lamp_failure"] is True
    assert values["battery"] == pytest.approx(50 + 100 / 24, abs=0.1)
