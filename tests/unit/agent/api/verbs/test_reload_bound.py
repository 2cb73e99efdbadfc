"""Real files reloaded under a machine that is locked out: what may change in plant.yaml, and what may not."""

import shutil
from pathlib import Path

import pytest

import config
from agent.api.verbs.reload import check_reload
from agent.links.targets import Targets
from config.plant import Plant
from config.site import compile_site
from drivers.points import Instant, PlantgateError
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.facts import moment
from rules.procedure.orphan import machines_of, orphans
from rules.procedure.standing import LockedOut
from runtime.clock import ManualClock

EXAMPLE = Path(config.__file__).parent / "examples" / "harbour-tower"
ONE, TWO = "id: genset-1, link: power-bus, unit: 2", "id: genset-2, link: power-bus, unit: 3"
SWAPPED = (
    (ONE, ONE.replace("2", "9")),
    (TWO, TWO.replace("3", "2", 1)),
    (ONE.replace("2", "9"), ONE.replace("2", "3")),
)
AWAY = ((ONE, ONE.replace("2", "9")),)
FIRE = (("47901/2001", "47901/2009"),)
SLOW = (("unit: 2, template", "unit: 2, timeout: 2 s, template"),)
OFFSET = (("unit: 2, template", "unit: 2, offset: 100, template"),)
REBOUND = (
    ("device: genset-1", "device: genset-2"),
    ("voltage: genset-1.voltage_l1_l2", "voltage: genset-2.voltage_l1_l2"),
)
Changes = tuple[tuple[str, str], ...]


def read(directory: Path, *changes: tuple[str, str]) -> tuple[Plant, Rulebook]:
    """The example with these changes, its machines resolved."""
    shutil.copytree(EXAMPLE, directory)
    file = directory / "plant.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    plant, rulebook = compile_site(directory)
    return plant, rulebook.resolved(Targets(lambda: plant, ManualClock(), lambda _: None).of(plant))


def refusal(tmp_path: Path, wrong: Changes, edited: Changes) -> tuple[str, str]:
    """Generator 1 was locked out under the example, restarted under ``wrong`` and is to be reloaded."""
    at = Instant("boot-1", 1.0, 1_800_000_000.0)
    _, true = read(tmp_path / "true")
    (running, before), (plant, after) = read(tmp_path / "wrong", *wrong), read(tmp_path / "edited", *edited)
    state = EngineState.initial(before, at)
    machines = machines_of("generator-1", true, state.procedures)
    locked = LockedOut("generator-1", "Li", "oil", moment(at), machines)
    state.procedures.lockouts[locked.key] = locked
    state.procedures.orphans = orphans(before, state.procedures)
    assert bool(state.procedures.orphans) == bool(wrong)
    try:
        check_reload(running, plant, state, before, after)
    except PlantgateError as error:
        return error.code, str(error.arguments.get("device", error.arguments.get("what", "")))
    return "", ""


@pytest.mark.parametrize(
    ("wrong", "edited", "refused"),
    [
        pytest.param((), AWAY, ("reload.bound", "machine"), id="taken away"),
        pytest.param((), FIRE, ("reload.bound-device", "fire-controller"), id="its fire panel elsewhere"),
        pytest.param((), SLOW, ("reload.bound-device", "genset-1"), id="asked otherwise"),
        pytest.param(SWAPPED, (), ("", ""), id="units swapped, put right"),
        pytest.param(AWAY, (), ("", ""), id="another unit, put right"),
        pytest.param((), OFFSET, ("reload.bound", "machine"), id="another offset"),
        pytest.param(OFFSET, (), ("", ""), id="another offset, put right"),
        pytest.param(REBOUND, (), ("", ""), id="bound to the other device, put right"),
        pytest.param(
            REBOUND, FIRE, ("reload.bound-device", "fire-controller"), id="bound to it, put right, fire panel elsewhere"
        ),
        pytest.param(SWAPPED, SWAPPED, ("reload.orphan", ""), id="units swapped, as it was"),
        pytest.param(SWAPPED, AWAY, ("reload.orphan", ""), id="units swapped, then elsewhere"),
        pytest.param(SWAPPED, FIRE, ("reload.bound-device", "fire-controller"), id="put right, fire panel elsewhere"),
        pytest.param(AWAY, SLOW, ("reload.bound-device", "genset-1"), id="put right, and asked otherwise"),
    ],
)
def test_what_a_lock_out_lets_a_reload_change(
    tmp_path: Path, wrong: Changes, edited: Changes, refused: tuple[str, str]
) -> None:
    assert refusal(tmp_path, wrong, edited) == refused


@pytest.mark.parametrize("wrong", [OFFSET, REBOUND, SWAPPED, AWAY, FIRE, SLOW])
def test_under_nothing_everything_is_put_right(tmp_path: Path, wrong: Changes) -> None:
    (running, before), (plant, after) = read(tmp_path / "wrong", *wrong), read(tmp_path / "edited")
    check_reload(running, plant, EngineState.initial(before, Instant("boot-1", 1.0, 1.0)), before, after)
