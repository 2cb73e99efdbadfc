"""What is owed, locked or under test, and then the names, addresses or machines change while nobody looks."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.points import Effect, PlantgateError
from rules.engine.reload import objections
from rules.inputs import AbortRun, Extend, GiveCommand, Identified, Lockout, Settle, Shutdown, StartRun
from rules.model import Binding, Equipment
from rules.procedure.admission import grounds
from rules.procedure.orphan import machines_of
from rules.procedure.run import Phase
from rules.procedure.target import Target
from tests.unit.rules.procedure.room import Room, equipment, generator

SET = "generator-1"
WIRES = {
    "generator-1": Target("tcp:10.0.0.5:502", "1"),
    "generator-2": Target("tcp:10.0.0.6:502", "1"),
    "mains": Target("tcp:10.0.0.7:502", "1"),
}
MACHINE = "tcp:10.0.0.5:502/1 #A1"
FIRST, SECOND = Identified(SET, "A1", True), Identified("generator-2", "B2", True)


class Site(Room):
    """A room whose machines are resolved and identified, and whose files can be edited while it is off."""

    def __init__(self) -> None:
        self.wires, self.told = dict(WIRES), [FIRST, SECOND]
        super().__init__()
        self.refused_at_restart = {"engine.memory-dropped"}
        self.identify()

    def _load(self) -> None:
        super()._load()
        self.engine.rulebook = self.engine.rulebook.resolved(dict(self.wires))
        self.engine._conductor._rulebook = self.engine.rulebook

    def identify(self) -> None:
        for one in self.told:
            self.put(one)

    def kill(self, off: float = 5.0) -> "Site":
        super().kill(off)
        self.identify()
        return self

    def debts(self) -> list[str]:
        return [one.debt for one in self.state.procedures.orphans]


Change = Callable[[Site], object]


def rename(site: Site) -> None:
    """The same machine under another name; the device is named anew too."""
    site.equipment[0] = generator("genset-a")
    site.wires["genset-a"] = site.wires.pop(SET)
    site.told = [replace(FIRST, device="genset-a"), SECOND]


def rename_equipment_only(site: Site) -> None:
    site.equipment[0] = replace(site.equipment[0], id="genset-a")


def readdress(site: Site) -> None:
    site.wires[SET] = Target("tcp:10.0.0.99:502", "1")


def other_unit(site: Site) -> None:
    site.wires[SET] = Target("tcp:10.0.0.5:502", "2")


def swap_wires(site: Site) -> None:
    site.wires[SET], site.wires["generator-2"] = site.wires["generator-2"], site.wires[SET]
    site.told = [replace(FIRST, serial="B2"), replace(SECOND, serial="A1")]


def swap_machines(site: Site) -> None:
    """The controllers were exchanged while the box was off: the files are as they were."""
    site.told = [replace(FIRST, serial="B2"), replace(SECOND, serial="A1")]


def rebind(site: Site) -> None:
    """The equipment takes its commands from the other device."""
    commands = {verb: f"generator-2.{verb}" for verb in site.equipment[0].commands}
    site.equipment[0] = replace(site.equipment[0], commands=commands)


def rebind_whole(site: Site) -> None:
    """As ``device:`` of the other one does: commands and roles."""
    rebind(site)
    roles = {name: Binding(f"generator-2.{name}") for name in site.equipment[0].roles}
    site.equipment[0] = replace(site.equipment[0], roles=roles)


def other_offset(site: Site) -> None:
    site.wires[SET] = Target("tcp:10.0.0.5:502", "1+100")


def remove(site: Site) -> None:
    site.equipment[:] = [one for one in site.equipment if one.id != SET]


CHANGES: list[tuple[str, Change]] = [
    ("renamed", rename),
    ("equipment renamed", rename_equipment_only),
    ("readdressed", readdress),
    ("another unit", other_unit),
    ("wires swapped", swap_wires),
    ("machines swapped", swap_machines),
    ("another offset", other_offset),
    ("commands of the other device", rebind),
    ("bound to the other device", rebind_whole),
    ("removed", remove),
]


def locked(site: Site) -> None:
    site.live(5)
    site.put(Lockout(SET, "Li", "oil"))


def owing(site: Site) -> None:
    site.machine.faults.add("ignores-auto")
    site.start()
    site.until("", 600)


def under_test(site: Site) -> None:
    site.start()
    site.until("main/6")


DEBTS: list[tuple[str, Callable[[Site], object], str]] = [
    ("locked", locked, "lockout/generator-1/Li"),
    ("owed", owing, "owed/"),
    ("under test", under_test, "run/"),
]


def prepared(prepare: Callable[[Site], object], change: Change) -> Site:
    site = Site()
    prepare(site)
    change(site)
    before = len(site.acted)
    site.kill()
    site.acted[:before] = []
    return site


def moving(site: Site, equipment: str, verb: str = "start") -> list[str]:
    return [error.code for error in site.put(GiveCommand("h", equipment, verb, "Li")).refused]


def against(site: Site, equipment: str) -> list[str]:
    book = site.engine.rulebook
    found = grounds(book.command_sets[equipment], book, site.state.procedures, site.state.view)
    return [one.cause.code for one in found if Effect.SIGNAL in one.forbids]


@pytest.mark.parametrize(("prepare", "debt"), [row[1:] for row in DEBTS], ids=[row[0] for row in DEBTS])
@pytest.mark.parametrize("change", [row[1] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_it_is_kept_and_forbids_its_machine(change: Change, prepare: Callable[[Site], object], debt: str) -> None:
    site = prepared(prepare, change)
    site.live(60)
    assert any(one.startswith(debt) for one in site.debts())
    assert site.acted == []
    # By whatever name the old machine can be commanded now, nothing reaches it: not even a safe command.
    old = site.state.procedures.orphans[0]
    book, procedures = site.engine.rulebook, site.state.procedures
    for name in book.command_sets:
        if any(old.reaches(machine) for machine in machines_of(name, book, procedures)):
            assert "orphan.standing" in against(site, name)
            assert all(moving(site, name, verb) for verb in ("start", "auto"))
    assert site.pending == []
    told = [error.code for error in objections(site.state, site.engine.rulebook, site.engine.rulebook)]
    assert "reload.orphan" in told


@pytest.mark.parametrize(("prepare", "debt"), [row[1:] for row in DEBTS], ids=[row[0] for row in DEBTS])
@pytest.mark.parametrize("again", ["kill", "kill under another boot"])
def test_it_survives_and_ends_when_the_files_are_put_right(
    again: str, prepare: Callable[[Site], object], debt: str
) -> None:
    site = prepared(prepare, readdress)
    if again != "kill":
        site.boot, site.trusted = "b2", False
    site.kill()
    assert any(one.startswith(debt) for one in site.debts())
    site.wires = dict(WIRES)
    site.machine.faults.clear()
    site.kill().live(400)
    assert site.debts() == []
    if prepare is locked:
        assert "generator-1/Li" in site.state.procedures.lockouts
    else:
        assert (site.machine.mode, site.obligations()) == ("auto", [])


@pytest.mark.parametrize(("prepare", "debt"), [row[1:] for row in DEBTS], ids=[row[0] for row in DEBTS])
def test_it_is_settled_by_an_engineer_who_did_not_begin_it(prepare: Callable[[Site], object], debt: str) -> None:
    site = prepared(prepare, remove)
    for name in list(site.debts()):
        assert [error.code for error in site.put(Settle(name, "Li", "seen")).refused] == ["settle.own"]
        assert [error.code for error in site.put(Settle(name, "Wang", "")).refused] == ["settle.reason"]
        assert site.put(Settle(name, "Wang", "in auto, seen")).refused == []
    assert (site.debts(), site.obligations(), site.state.procedures.lockouts, site.run) == ([], [], {}, None)
    told = [(e.by, e.why, e.machine) for e in site.events if e.kind == "audit" and e.action == "settle"]
    assert told
    assert set(told) == {("Wang", "in auto, seen", MACHINE)}
    site.kill()
    assert site.debts() == []


def test_what_is_no_orphan_is_not_settled_away() -> None:
    site = Site().live(5)
    assert isinstance(site, Site)
    site.put(Lockout(SET, "Li", "oil"))
    refused = [error.code for error in site.put(Settle("lockout/generator-1/Li", "Wang", "seen")).refused]
    assert (refused, list(site.state.procedures.lockouts)) == (["settle.unknown"], ["generator-1/Li"])


def test_a_run_that_is_lost_is_not_told_as_over() -> None:
    site = prepared(under_test, remove)
    assert [run.phase for run in site.state.procedures.runs.values()] == [Phase.MAIN]
    assert site.records() == []


def test_a_run_that_is_lost_is_neither_shut_down_nor_aborted() -> None:
    """Nothing can be carried out for it, and the engine must not stumble over it when the agent stops."""
    site = prepared(under_test, remove)
    run = next(iter(site.state.procedures.runs.values()))
    assert [error.code for error in site.put(AbortRun(run.id, "Li")).refused] == ["orphan.standing"]
    assert site.put(Shutdown("system")).refused == []
    assert [one.phase for one in site.state.procedures.runs.values()] == [Phase.MAIN]


def test_nothing_is_settled_while_a_command_to_it_is_under_way() -> None:
    """It would act after that, and nobody would take it back."""
    site = Site()
    site.live(5)
    site.held.add("manual")
    assert moving(site, SET, "manual") == []
    debt = next(f"owed/{key}" for key in site.state.procedures.obligations)
    assert [error.code for error in site.put(Settle(debt, "Wang", "seen")).refused] == ["settle.command-open"]
    queued = site.pending[0]
    assert site.engine.may_still(site.state, queued) == []
    site.state.procedures.obligations.clear()
    assert [cause.code for cause in site.engine.may_still(site.state, queued)] == ["command.withdrawn"]


def test_a_run_under_a_reserved_machine_keeps_others_off_it() -> None:
    """Another set, of another supply, turns out to be the machine under test when its name is resolved."""
    site = Site()
    site.equipment[1] = generator("generator-2", supply="elsewhere")
    site._load()
    site.start()
    site.until("main/6")
    site.wires["generator-2"] = site.wires[SET]
    site._load()
    refused = [error.code for error in site.put(StartRun("generator-weekly", "generator-2", "Li")).refused]
    assert "procedure.busy" in refused


def test_each_row_about_a_command_names_its_machine() -> None:
    """Names are edited; which machine was moved is found in the audit by its place and serial number."""
    site = Site()
    site.live(5)
    assert moving(site, SET, "manual") == []
    site.live(5)
    told = [(e.outcome, e.machine) for e in site.events if e.kind == "audit" and e.action == "manual"]
    assert [outcome for outcome, _ in told] == ["issued", "done", "verified"]
    assert {machine for _, machine in told} == {MACHINE}
    assert list(site.state.procedures.obligations) == [f"{SET}/auto@tcp:10.0.0.5:502/1/"]
    site.put(Extend(next(iter(site.state.procedures.obligations)), 600.0, "Wang", "load test"))
    site.put(Lockout(SET, "Li", "oil"))
    site.live(300)
    site.put(Lockout(SET, "Li", "oil", release=True))
    rows = [e for e in site.events if e.kind == "audit"]
    assert {e.action for e in rows} >= {"manual", "extend", "lockout", "auto", "release"}
    assert {(e.action, e.machine) for e in rows if e.machine != MACHINE} == set()


# --- reload while something is bound


def reload_with(site: Site, edit: Callable[[Site], object]) -> list[tuple[str, str]]:
    before = site.engine.rulebook
    edit(site)
    site._load()
    found: list[PlantgateError] = objections(site.state, before, site.engine.rulebook)
    return [(error.code, str(error.arguments.get("what", ""))) for error in found]


def unit(change: Callable[[Equipment], Equipment], index: int = 0) -> Callable[[Site], object]:
    def edit(site: Site) -> None:
        site.equipment[index] = change(site.equipment[index])

    return edit


def drop_panel(site: Site) -> None:
    site.equipment[:] = [one for one in site.equipment if one.id != "panel"]


ELSEWHERE = Binding("mains.zone_1")
FORBIDDEN: list[tuple[str, Callable[[Site], object], str]] = [
    ("removed", remove, "equipment"),
    ("readdressed", readdress, "machine"),
    ("other unit", other_unit, "machine"),
    ("other device", rebind, "equipment"),
    ("other parameter", unit(lambda one: replace(one, parameters=one.parameters | {"fuel_low": 1.0})), "equipment"),
    ("other supply", unit(lambda one: replace(one, supply="elsewhere")), "equipment"),
    ("fire panel gone", drop_panel, "interlock"),
    ("fire panel read elsewhere", unit(lambda one: replace(one, roles={"zone_1": ELSEWHERE}), 3), "interlock"),
]
ALLOWED: list[tuple[str, Callable[[Site], object]]] = [
    ("nothing", lambda site: None),
    ("a title", unit(lambda one: replace(one, title={"en": "Set one", "zh": "一号机"}))),
    ("another equipment", lambda site: site.equipment.append(equipment("tank", "water-tank"))),
]


@pytest.mark.parametrize("prepare", [row[1] for row in DEBTS], ids=[row[0] for row in DEBTS])
@pytest.mark.parametrize(("edit", "what"), [row[1:] for row in FORBIDDEN], ids=[row[0] for row in FORBIDDEN])
def test_reload_is_refused_under_what_is_bound(
    edit: Callable[[Site], object], what: str, prepare: Callable[[Site], object]
) -> None:
    site = Site()
    prepare(site)
    assert ("reload.bound", what) in reload_with(site, edit)


@pytest.mark.parametrize("prepare", [row[1] for row in DEBTS], ids=[row[0] for row in DEBTS])
@pytest.mark.parametrize("edit", [row[1] for row in ALLOWED], ids=[row[0] for row in ALLOWED])
def test_reload_of_what_is_not_bound_is_allowed(
    edit: Callable[[Site], object], prepare: Callable[[Site], object]
) -> None:
    site = Site()
    prepare(site)
    assert reload_with(site, edit) == []
