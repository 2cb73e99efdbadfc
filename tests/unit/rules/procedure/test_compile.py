"""What must not be written in a procedure, and how steps become actions."""

from dataclasses import replace

import pytest

from drivers.points import Finding
from rules.model import Source
from rules.procedure.job import Job
from rules.procedure.model import Procedure, Step, Verb
from rules.rulebook import Tasks, compile_rulebook
from tests.unit.rules.procedure.room import equipment, generator, library, weekly

UNITS = [generator(), equipment("mains", "mains-supply"), equipment("panel", "fire-panel")]


def compiled(procedure: Procedure) -> tuple[dict[str, Job], list[Finding]]:
    rulebook, findings = compile_rulebook(library().classes, UNITS, [], Tasks([procedure]))
    return rulebook.jobs, findings


def command(name: str) -> Step:
    return Step(Verb.COMMAND, command=name)


def expect(text: str, **more: object) -> Step:
    return Step(Verb.EXPECT, condition=Source(text), limit=5.0, **more)  # type: ignore[arg-type]


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
    ("commands a panel", {"for_each": "fire-panel"}, "procedure.read-only"),
    ("no truth", {"requires": (Source("fuel"),)}, "condition.wanted"),
    ("unknown class", {"for_each": "genrator"}, "condition.unknown-class"),
    ("optional role unbound", {"steps": (expect("speed > 100 rpm"),)}, "procedure.step-absent"),
]


@pytest.mark.parametrize(("changes", "code"), [row[1:] for row in MISTAKES], ids=[str(row[0]) for row in MISTAKES])
def test_mistake_is_found(changes: dict[str, object], code: str) -> None:
    _, findings = compiled(replace(weekly(), **changes))  # type: ignore[arg-type]
    assert code in [finding.code for finding in findings]


def test_mistake_is_found_without_any_equipment_of_the_class() -> None:
    _, findings = compile_rulebook(library().classes, [], [], Tasks([replace(weekly(), always=())]))
    assert "procedure.no-always" in [finding.code for finding in findings]


def test_command_nothing_carries_out_is_found() -> None:
    units = [replace(UNITS[0], commands={"auto": "genset.auto"}), *UNITS[1:]]
    _, findings = compile_rulebook(library().classes, units, [], Tasks([weekly()]))
    assert {finding.code for finding in findings} == {"procedure.no-target"}


def test_shipped_procedures_are_right() -> None:
    units = [*UNITS, equipment("exit-1", "emergency-luminaire", relations={"mains": "mains"})]
    _, findings = compile_rulebook(library().classes, units, library().rules, library().tasks)
    assert findings == []


def test_branches_become_jumps() -> None:
    wait = Step(Verb.WAIT, limit=1.0)
    branch = Step(Verb.BRANCH, condition=Source("stopped"), then=(wait, wait), otherwise=(wait,))
    jobs, _ = compiled(replace(weekly(), steps=(branch, wait), always=AUTO))
    main = jobs["generator-1/generator-weekly"].main
    assert [(action.verb, action.jump) for action in main] == [
        (Verb.BRANCH, 4), (Verb.WAIT, -1), (Verb.WAIT, -1), (Verb.BRANCH, 5), (Verb.WAIT, -1), (Verb.WAIT, -1),
    ]  # fmt: skip


def test_safe_command_knows_its_proof() -> None:
    jobs, _ = compiled(weekly())
    always = jobs["generator-1/generator-weekly"].always
    assert (always[0].proof, always[1].proves, always[2].proves) == (1, "auto", "")


def test_neighbours_are_related_either_way() -> None:
    jobs, _ = compiled(weekly())
    assert jobs["generator-1/generator-weekly"].neighbours == {"generator-1", "mains"}
