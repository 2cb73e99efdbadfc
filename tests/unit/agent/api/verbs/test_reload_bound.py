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
from rules.inputs import Identified
from rules.procedure.orphan import machines_of, orphans
from rules.procedure.standing import LockedOut
from runtime.clock import ManualClock
from tests.adversary.safety.sites import TWO_SETS, Case, grouped, site_of

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
    files = {name: (directory / name).read_text(encoding="utf-8") for name in ("plant.yaml", "identity.yaml")}
    for old, new in changes:
        (name,) = (name for name, text in files.items() if old in text)
        files[name] = files[name].replace(old, new, 1)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    return resolved(directory)


def resolved(directory: Path) -> tuple[Plant, Rulebook]:
    plant, rulebook = compile_site(directory)
    return plant, rulebook.resolved(Targets(lambda: plant, ManualClock(), lambda _: None).of(plant))


Site = tuple[Plant, Rulebook]


def locked_out(site: Site, *told: Identified) -> EngineState:
    """Generator 1 is locked out there, and these devices have told who they are."""
    at = Instant("boot-1", 1.0, 1_800_000_000.0)
    state = EngineState.initial(site[1], at)
    state.procedures.identities = {one.device: one for one in told}
    machines = machines_of("generator-1", site[1], state.procedures)
    locked = LockedOut("generator-1", "Li", "oil", moment(at), machines)
    state.procedures.lockouts[locked.key] = locked
    return state


def refused_by(state: EngineState, running: Site, edited: Site) -> tuple[str, str]:
    """Why ``state`` is not carried from the one site to the other, restarted under the first."""
    (plant, before), (other, after) = running, edited
    state.procedures.orphans = orphans(before, state.procedures)
    try:
        check_reload(plant, other, state, before, after)
    except PlantgateError as error:
        return error.code, str(error.arguments.get("device", error.arguments.get("what", "")))
    return "", ""


def refusal(tmp_path: Path, wrong: Changes, edited: Changes) -> tuple[str, str]:
    """Generator 1 was locked out under the example, restarted under ``wrong`` and is to be reloaded."""
    state = locked_out(read(tmp_path / "true"))
    found = refused_by(state, read(tmp_path / "wrong", *wrong), read(tmp_path / "edited", *edited))
    assert bool(state.procedures.orphans) == bool(wrong)
    return found


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


UNLIKE = (("serial: 1100101", "serial: 1100109"),)
UNRECORDED = (("  genset-1: {manufacturer: 1, model: 32840, serial: 1100101}\n", ""),)
NEIGHBOUR = (("serial: 1100102", "serial: 1100109"),)


@pytest.mark.parametrize(
    ("wrong", "edited", "matches", "refused"),
    [
        pytest.param(UNLIKE, (), False, ("", ""), id="of another machine, put right"),
        pytest.param(UNRECORDED, (), None, ("", ""), id="not yet, recorded"),
        pytest.param(UNLIKE, UNRECORDED, False, ("", ""), id="of another machine, taken away"),
        pytest.param((), UNLIKE, True, ("reload.bound-device", "genset-1"), id="right, made wrong"),
        pytest.param((), UNRECORDED, True, ("reload.bound-device", "genset-1"), id="right, taken away"),
        pytest.param(UNLIKE, SLOW, False, ("reload.bound-device", "genset-1"), id="put right, and asked otherwise"),
        pytest.param(UNLIKE, AWAY, False, ("reload.bound", "machine"), id="put right, and another unit"),
        pytest.param(UNLIKE, NEIGHBOUR, False, ("", ""), id="put right, and of a device that nothing hangs on"),
    ],
)
def test_who_is_on_record_is_put_right_under_a_lock_out(
    tmp_path: Path, wrong: Changes, edited: Changes, matches: bool | None, refused: tuple[str, str]
) -> None:
    """As a restart would: the lock-out keeps the serial number of its machine whatever is on record."""
    told = Identified("genset-1", "1100101", matches), Identified("genset-2", "1100102", True)
    running = read(tmp_path / "wrong", *wrong)
    assert refused_by(locked_out(running, *told), running, read(tmp_path / "edited", *edited)) == refused


PARTED = grouped(start_a="a", auto_a="a", start_b="b", auto_b="b")
ELSEWHERE = PARTED.replace("coil 70", "coil 90")
READ_ELSEWHERE = PARTED.replace("holding 3000", "holding 3100")


@pytest.mark.parametrize(
    ("wrong", "edited", "refused"),
    [
        pytest.param(grouped(), PARTED, ("", ""), id="no groups, put right"),
        pytest.param(ELSEWHERE, PARTED, ("", ""), id="writes elsewhere, put right"),
        pytest.param(ELSEWHERE, grouped(), ("reload.orphan", ""), id="writes elsewhere, then no groups"),
        pytest.param(PARTED, grouped(), ("reload.bound", "machine"), id="right, then no groups"),
        pytest.param(PARTED, ELSEWHERE, ("reload.bound-device", "set-1"), id="right, then elsewhere"),
        pytest.param(grouped(), READ_ELSEWHERE, ("reload.bound-device", "set-1"), id="put right, and read elsewhere"),
    ],
)
def test_what_a_template_moves_is_put_right_under_a_lock_out(
    tmp_path: Path, wrong: str, edited: str, refused: tuple[str, str]
) -> None:
    def site(name: str, template: str) -> Site:
        (tmp_path / name).mkdir()
        return resolved(site_of(Case(name, TWO_SETS, {"templates/copy.yaml": template}), tmp_path / name))

    assert refused_by(locked_out(site("true", PARTED)), site("wrong", wrong), site("edited", edited)) == refused


@pytest.mark.parametrize("wrong", [OFFSET, REBOUND, SWAPPED, AWAY, FIRE, SLOW])
def test_under_nothing_everything_is_put_right(tmp_path: Path, wrong: Changes) -> None:
    (running, before), (plant, after) = read(tmp_path / "wrong", *wrong), read(tmp_path / "edited")
    check_reload(running, plant, EngineState.initial(before, Instant("boot-1", 1.0, 1.0)), before, after)
