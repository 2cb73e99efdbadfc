"""An electrode drifts with the season and rises when it corrodes."""

import pytest

from emulators.physics.electrode import Electrode

DAY = 86400.0


def test_the_season_moves_it_by_a_quarter() -> None:
    electrode = Electrode()
    year = [float(electrode.step(10 * DAY)["resistance"]) for _ in range(37)]
    assert (max(year), min(year)) == (pytest.approx(2.5, abs=0.02), pytest.approx(1.5, abs=0.02))


def test_corroding_joints_make_it_rise_until_mended() -> None:
    electrode = Electrode(faults={"rising"})
    assert float(electrode.step(DAY)["resistance"]) == pytest.approx(10, abs=0.1)
    electrode.faults.clear()
    assert float(electrode.step(1.0)["resistance"]) == pytest.approx(2, abs=0.1)


def test_a_set_value_stays() -> None:
    electrode = Electrode()
    assert (electrode.put("resistance", 3.5), electrode.put("limit", 1.0)) == (True, False)
    assert electrode.step(1.0)["resistance"] == pytest.approx(3.5, abs=0.01)
