"""What must not be written in a procedure, and how steps become actions."""

from dataclasses import replace

import pytest

from drivers.points import Finding, Instant, Place
from rules.engine.rulebook import Tasks, compile_rulebook
from rules.engine.state import EngineState
from rules.model import Binding, Equipment, Source
from rules.procedure.compiled import CompiledProcedure
from rules.procedure.model import Procedure, Step, StepKind
from tests.unit.rules.procedure.room import TESTED, equipment, generator, library, weekly

UNITS = [generator(), equipment("mains", "mains-supply"), equipment("panel", "fire-panel")]


def compiled(procedure: Procedure) -> tuple[dict[str, CompiledProcedure], list[Finding]]:
    rulebook, findings = compile_rulebook(library().classes, UNITS, [], Tasks([procedure]))
    return rulebook.jobs, findings


def command(name: str) -> Step:
    return Step(StepKind.COMMAND, command=name)


def expect(text: str, **more: object) -> Step:
    return Step(StepKind.EXPECT, condition=Source(text), limit=5.0, **more)  # type: ignore[arg-type]


AUTO = (command("auto"), expect("mode == auto"))
MISTAKES = [
    ("no always", {"always": ()}, "procedure.no-always"),
    ("always moves only", {"always": (command("stop"),)}, "procedure.no-always"),
    ("safe command unproven", {"always": (command("auto"),)}, "procedure.no-proof"),
    ("proof left out", {"always": (command("auto"), expect("stopped", unless_handover=True))}, "procedure.no-proof"),
    ("unknown command", {"steps": (command("strat"),)}, "procedure.no-command"),
    ("unknown name", {"steps": (expect("vlotage > 5 V"),)}, "condition.unknown-name"),
    ("wrong unit", {"guard": (Source("coolant < 95 V"),)}, "condition.units"),
    ("unknown relation", {"guard": (Source("mians.healthy"),)}, "condition.unknown-equipment"),
    ("observes and commands", {"observes": Source("stopped")}, "procedure.observes"),
    ("commands a panel", {"for_each": "fire-panel", "needs": ()}, "procedure.read-only"),
    ("no truth", {"requires": (Source("fuel"),)}, "condition.wanted"),
    ("unknown class", {"for_each": "genrator"}, "condition.unknown-class"),
    ("optional role unbound", {"steps": (expect("speed > 100 rpm"),)}, "condition.not-bound"),
]


@pytest.mark.parametrize(("changes", "code"), [row[1:] for row in MISTAKES], ids=[str(row[0]) for row in MISTAKES])
def test_mistake_is_found(changes: dict[str, object], code: str) -> None:
    _, findings = compiled(replace(weekly(), **changes))  # type: ignore[arg-type]
    assert code in [finding.code for finding in findings]


@pytest.mark.parametrize("changes", [{}, {"observes": Source("stopped")}, {"for_each": "fire-panel", "needs": ()}])
def test_what_is_wrong_with_all_commands_is_placed_at_the_first(changes: dict[str, object]) -> None:
    places = [Place("own.yaml", line, 3) for line in (4, 5)]
    steps = tuple(replace(command(verb), place=at) for verb, at in zip(("start", "stop"), places, strict=True))
    _, findings = compiled(replace(weekly(), steps=steps, always=(), **changes))  # type: ignore[arg-type]
    codes = {"procedure.no-always", "procedure.observes", "procedure.read-only"}
    assert [finding.place for finding in findings if finding.code in codes] == [places[0]]


def test_mistake_is_found_without_any_equipment_of_the_class() -> None:
    _, findings = compile_rulebook(library().classes, [], [], Tasks([replace(weekly(), always=())]))
    assert "procedure.no-always" in [finding.code for finding in findings]


def test_command_nothing_carries_out_is_found() -> None:
    units = [replace(UNITS[0], commands={"auto": "genset.auto"}), *UNITS[1:]]
    _, findings = compile_rulebook(library().classes, units, [], Tasks([replace(weekly(), needs=())]))
    assert {finding.code for finding in findings} == {"procedure.no-target"}


def without(role: str) -> list[Equipment]:
    return [replace(UNITS[0], roles={name: to for name, to in UNITS[0].roles.items() if name != role}), *UNITS[1:]]


@pytest.mark.parametrize("role", sorted({*TESTED, "frequency", "battery_voltage"} - {"load"}))
def test_a_set_without_what_its_test_watches_is_refused(role: str) -> None:
    """A part of a guard or of an interlock that dropped out would let the test run blind."""
    _, findings = compile_rulebook(library().classes, without(role), [], Tasks([weekly()]))
    assert {finding.code for finding in findings} <= {"condition.not-bound", "condition.role-unbound", "condition.term"}
    assert findings


UNTOLD = [
    ("running", 225.0, None),
    ("stopped", 225.0, False),
    ("stopped", None, None),
    ("running", 0.0, True),
    (None, 225.0, None),
]


@pytest.mark.parametrize(("state", "mains", "needed"), UNTOLD)
def test_of_a_set_that_tells_no_load_nobody_knows_while_it_runs(
    state: str | None, mains: float | None, needed: bool | None
) -> None:
    """Its test is not refused: it hands the set over where it would have stopped it."""
    rulebook, findings = compile_rulebook(library().classes, without("load"), [], Tasks([weekly()]))
    assert findings == []
    known = EngineState.initial(rulebook, Instant("b", 0.0, 0.0))
    values = {f"mains.voltage_l{phase}": mains for phase in (1, 2, 3)} | {"mains.frequency": 50.0}
    for point, value in {**values, "generator-1.state": state}.items():
        for feed in rulebook.feeds[point]:
            known.view.values[feed.slot] = value
    for job in (rulebook.jobs["generator-1/generator-weekly"], rulebook.command_sets["generator-1"]):
        assert job.handover is not None
        assert job.handover.run(known.view) is needed


@pytest.mark.parametrize("field", ["requires", "guard", "handover", "steps"])
def test_a_test_leaves_out_no_part_of_a_condition(field: str) -> None:
    text = "not stopped or oil_pressure < speed * 1 kPa / 1 rpm or speed > 1 rpm"
    given = {"steps": (expect(text),), "handover": Source(text)}.get(field, (Source(text),))
    _, findings = compiled(replace(weekly(), **{field: given}))  # type: ignore[arg-type]
    found = [finding for finding in findings if finding.code == "condition.not-bound"]
    assert found[0].arguments == {"name": "speed", "equipment": "generator-1"}


def test_a_term_may_have_its_meaning_from_other_roles() -> None:
    contacts = {name: Binding(f"generator-1.{name}") for name in ("in_auto", "in_manual")}
    units = without("mode")
    units[0] = replace(units[0], roles=units[0].roles | contacts)
    rulebook, findings = compile_rulebook(library().classes, units, [], Tasks([weekly()]))
    assert (findings, list(rulebook.jobs)) == ([], ["generator-1/generator-weekly"])


@pytest.mark.parametrize("command", ["manual", "start", "auto"])
def test_a_set_that_takes_no_commands_is_watched_and_not_tested(command: str) -> None:
    commands = {name: to for name, to in UNITS[0].commands.items() if name != command}
    units = [replace(UNITS[0], commands=commands), *UNITS[1:]]
    rulebook, findings = compile_rulebook(library().classes, units, library().rules, library().tasks)
    watched = {watch.rule.id for watch in rulebook.watches if watch.equipment.id == "generator-1"}
    assert (findings, list(rulebook.jobs)) == ([], [])
    assert {"G01", "G02", "G03"} <= watched
    assert not watched & {"G05", "G07"}


def test_an_interlock_nobody_can_judge_forbids_a_command_by_hand() -> None:
    rulebook, findings = compile_rulebook(library().classes, without("fuel"), [], Tasks([]))
    view = EngineState.initial(rulebook, Instant("b", 0.0, 0.0)).view
    unknown = [lock for lock in rulebook.command_sets["generator-1"].locks if lock.when is None]
    assert (findings, [lock.interlock.id for lock in unknown]) == ([], ["fuel-low"])
    assert unknown[0].holds(view)


def test_shipped_procedures_are_right() -> None:
    units = [*UNITS, equipment("exit-1", "emergency-luminaire", relations={"mains": "mains"})]
    _, findings = compile_rulebook(library().classes, units, library().rules, library().tasks)
    assert findings == []


def test_branches_become_jumps() -> None:
    wait = Step(StepKind.WAIT, limit=1.0)
    branch = Step(StepKind.BRANCH, condition=Source("stopped"), then=(wait, wait), otherwise=(wait,))
    jobs, _ = compiled(replace(weekly(), steps=(branch, wait), always=AUTO))
    main = jobs["generator-1/generator-weekly"].main
    assert [(action.verb, action.jump) for action in main] == [
        (StepKind.BRANCH, 4), (StepKind.WAIT, -1), (StepKind.WAIT, -1),
        (StepKind.BRANCH, 5), (StepKind.WAIT, -1), (StepKind.WAIT, -1),
    ]  # fmt: skip


def test_safe_command_knows_its_proof() -> None:
    jobs, _ = compiled(weekly())
    always = jobs["generator-1/generator-weekly"].always
    assert (always[0].proof, always[1].proves, always[2].proves) == (1, "auto", "")


def test_neighbours_are_related_either_way() -> None:
    jobs, _ = compiled(weekly())
    assert jobs["generator-1/generator-weekly"].neighbours == {"generator-1", "mains"}
