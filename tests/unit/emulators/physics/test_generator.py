"""A generating set behaves as its controller's manual says, the same each time."""

import itertools

import pytest

from emulators.physics.generator import KEY_ADDRESS, Generator
from emulators.physics.mains import Mains
from emulators.physics.model import Building
from emulators.physics.transfer import TransferSwitch

STOP, AUTO, MANUAL, START, CANCEL = 35700, 35701, 35702, 35705, 35733


def press(model: Generator, *keys: int) -> None:
    for key in keys:
        model.write(KEY_ADDRESS, (key, 65535 - key))


def room(*faults: str) -> tuple[Building, Mains, Generator, TransferSwitch]:
    building = Building()
    return building, Mains(building), Generator(building, set(faults)), TransferSwitch(building)


def pass_time(seconds: int, *models: Mains | Generator | TransferSwitch) -> None:
    for _ in range(seconds):
        for model in models:
            model.step(1.0)


@pytest.mark.parametrize(
    ("seconds", "state", "running"),
    [(3, "pre_start", False), (9, "warm_up", True), (30, "running", True), (600, "running", True)],
)
def test_a_start_by_key_runs_up(seconds: int, state: str, running: bool) -> None:
    model = Generator(Building())
    press(model, MANUAL, START)
    values = model.step(float(seconds))
    assert (values["state"], float(values["speed"]) > 300) == (state, running)


def test_a_running_set_shows_rated_values() -> None:
    model = Generator(Building())
    press(model, MANUAL, START)
    values = model.step(30.0)
    assert values["voltage_l1_l2"] == pytest.approx(398, abs=2)
    assert values["frequency"] == pytest.approx(50, abs=0.1)
    assert values["oil_pressure"] == pytest.approx(420, abs=5)


def test_the_battery_dips_while_cranking_and_charges_after() -> None:
    model = Generator(Building())
    press(model, MANUAL, START)
    dips = [model.step(0.5)["battery_voltage"] for _ in range(40)]
    assert float(min(dips)) < 22
    assert model.step(20.0)["battery_voltage"] == pytest.approx(28.2, abs=0.1)


@pytest.mark.parametrize(
    "words", [(START, 0), (START,), (START, 65534 - START)], ids=["no complement", "one word", "wrong complement"]
)
def test_a_key_without_its_complement_does_nothing(words: tuple[int, ...]) -> None:
    model = Generator(Building())
    press(model, MANUAL)
    model.write(KEY_ADDRESS, words)
    assert model.step(60.0)["state"] == "stopped"


@pytest.mark.parametrize("mode", [AUTO, STOP])
def test_start_needs_manual_mode(mode: int) -> None:
    model = Generator(Building())
    press(model, mode, START)
    assert model.step(60.0)["speed"] == 0.0


def test_back_in_auto_it_cools_down_and_stops() -> None:
    model = Generator(Building())
    press(model, MANUAL, START)
    model.step(120.0)
    press(model, AUTO)
    assert model.step(30.0)["state"] == "cool_down"
    values = model.step(90.0)
    assert (values["mode"], values["state"], values["speed"]) == ("auto", "stopped", 0.0)


def test_it_gives_up_after_three_attempts_until_mended() -> None:
    model = Generator(Building(), {"fails-to-start"})
    press(model, MANUAL, START)
    phases = [model.phase for _ in range(120) if model.step(1.0)]
    attempts = sum(phase == "crank" and before != "crank" for before, phase in itertools.pairwise(phases))
    assert (attempts, model.phase) == (3, "locked")
    model.faults.clear()
    press(model, AUTO)
    assert model.step(5.0)["state"] == "stopped"
    assert model.phase == "idle"


def test_low_oil_trips_after_the_safety_delay() -> None:
    model = Generator(Building(), {"low-oil"})
    press(model, MANUAL, START)
    model.step(60.0)
    assert model.phase == "locked"


def test_a_set_that_fails_to_stop_goes_on() -> None:
    model = Generator(Building(), {"fails-to-stop"})
    press(model, MANUAL, START)
    model.step(60.0)
    press(model, AUTO)
    values = model.step(300.0)
    assert (values["state"], float(values["speed"]) > 1400) == ("post_run", True)


def test_it_ignores_auto_when_told_to() -> None:
    model = Generator(Building(), {"ignores-auto"})
    press(model, MANUAL, AUTO)
    assert model.step(1.0)["mode"] == "manual"


def test_low_fuel_shows_and_running_burns_fuel() -> None:
    assert float(Generator(Building(), {"low-fuel"}).step(1.0)["fuel"]) <= 15
    model = Generator(Building())
    press(model, MANUAL, START)
    assert float(model.step(3600.0)["fuel"]) < 80


def test_in_auto_it_carries_the_building_through_an_outage() -> None:
    building, mains, generator, switch = room()
    mains.faults.add("off")
    pass_time(60, mains, generator, switch)
    assert (building.on_generator, generator.load) == (True, 0.45)
    mains.faults.clear()
    pass_time(20, mains, generator, switch)
    assert building.on_generator
    pass_time(60, mains, generator, switch)
    assert (building.on_generator, generator.step(0.0)["state"]) == (False, "cool_down")
    pass_time(120, mains, generator, switch)
    assert generator.step(0.0)["state"] == "stopped"


def test_a_test_run_becomes_duty_when_the_mains_fails() -> None:
    building, mains, generator, switch = room()
    press(generator, MANUAL, START)
    pass_time(60, mains, generator, switch)
    mains.faults.add("off")
    pass_time(5, mains, generator, switch)
    press(generator, AUTO)
    pass_time(300, mains, generator, switch)
    assert (building.on_generator, generator.mode, generator.phase) == (True, "auto", "run")
