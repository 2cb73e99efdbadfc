"""The booster set behaves as water does, the same each time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.physics import BoosterSet


def _after(seconds: float, *faults: str, level: float = 60.0) -> dict[str, object]:
    return BoosterSet(level=level, faults=set(faults)).step(seconds)


def test_a_stuck_closed_valve_halves_the_tank_in_five_minutes() -> None:
    assert _after(300, "fill-valve-stuck-closed")["level"] == pytest.approx(30, abs=1)


def test_a_stuck_open_valve_overflows() -> None:
    values = _after(600, "fill-valve-stuck-open")
    assert (values["overflow"], values["level"]) == (True, 100.0)


def test_the_float_valve_keeps_the_level_between_its_limits() -> None:
    model = BoosterSet(level=60.0)
    levels = [model.step(5.0)["level"] for _ in range(2000)]
    assert min(levels) == pytest.approx(50, abs=1)
    assert max(levels) == pytest.approx(80, abs=1)


@pytest.mark.parametrize(
    ("faults", "running", "pressure"),
    [
        ((), (True, False), 4.0),
        (("pump-1-fault",), (False, True), 4.0),
        (("pump-1-fault", "pump-2-fault"), (False, False), 0.5),
    ],
)
def test_the_standby_pump_takes_over(faults: tuple[str, ...], running: tuple[bool, bool], pressure: float) -> None:
    values = _after(120, *faults)
    assert (values["pump_1_running"], values["pump_2_running"]) == running
    assert values["outlet_pressure"] == pytest.approx(pressure, abs=0.01)
    assert values["pump_1_fault"] is ("pump-1-fault" in faults)


def test_a_dry_tank_stops_the_pumps() -> None:
    values = _after(1200, "fill-valve-stuck-closed")
    assert (values["pump_1_running"], values["flow"], values["power"]) == (False, 0.0, 0.0)


def test_hours_count_for_the_pump_that_runs() -> None:
    values = _after(7300, "pump-1-fault")
    assert (values["pump_1_hours"], values["pump_2_hours"]) == (1200, 1182)


@given(st.lists(st.sampled_from([1.0, 2.0, 7.0]), max_size=30))
@settings(max_examples=30)
def test_the_same_time_gives_the_same_values_however_it_is_cut(steps: list[float]) -> None:
    model = BoosterSet()
    for seconds in steps:
        model.step(seconds)
    assert model.step(0.0) == pytest.approx(BoosterSet().step(sum(steps)))


def test_derived_values_cannot_be_put() -> None:
    model = BoosterSet()
    assert (model.put("level", 25.0), model.put("flow", 1.0)) == (True, False)
    assert model.step(0.0)["level"] == 25.0
