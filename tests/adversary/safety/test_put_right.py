"""Files that were wrong while a machine was owed something, and are put right by a reload."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rules.engine.reload import carry, objections
from rules.inputs import Lockout
from rules.procedure.target import Target
from tests.adversary.safety.test_orphans import (
    CHANGES,
    DEBTS,
    FIRST,
    SECOND,
    SET,
    WIRES,
    Change,
    Site,
    drop_panel,
    locked,
    moving,
    other_unit,
    prepared,
    readdress,
    rebind_whole,
    reload_with,
    remove,
    swap_machines,
    swap_wires,
    under_test,
)


def right(site: Site) -> None:
    """The files and what stands on the wires are as they were when all began."""
    site.equipment[:] = Site().equipment
    site.wires, site.told = dict(WIRES), [FIRST, SECOND]


def reloaded(site: Site, edit: Callable[[Site], object]) -> list[tuple[str, str]]:
    """Reload, then hear who answers wherever somebody is looked for in another place; what forbids it."""
    before = site.engine
    found = reload_with(site, edit)
    if found:
        site.engine = before
        return found
    carried = carry(site.state, before.rulebook, site.engine.rulebook, site.now)
    site.state = carried.state
    site._commit(carried.effects)
    site.put()
    site.identify()
    return []


def mended(site: Site) -> None:
    site.machine.faults.clear()
    site.live(400)


WRONG = [row for row in CHANGES if row[0] != "machines swapped"]


@pytest.mark.parametrize("prepare", [row[1] for row in DEBTS], ids=[row[0] for row in DEBTS])
@pytest.mark.parametrize("change", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
def test_files_put_right_are_reloaded_and_it_is_no_orphan_any_more(
    change: Change, prepare: Callable[[Site], object]
) -> None:
    site = prepared(prepare, change)
    site.live(60)
    assert reloaded(site, right) == []
    assert site.debts() == []
    mended(site)
    assert site.debts() == []
    if prepare is locked:
        assert "procedure.locked-out" in moving(site, SET)
    else:
        assert (site.machine.mode, site.obligations(), site.run) == ("auto", [], None)


def test_a_test_found_again_does_not_go_on_where_it_was() -> None:
    """Nobody watched the machine meanwhile."""
    site = prepared(under_test, swap_wires)
    site.live(60)
    reloaded(site, right)
    mended(site)
    assert site.records() == ["aborted"]
    assert [cause.code for cause in site.record.reasons] == ["procedure.machine-lost"]
    assert "start" not in site.acted


def right_and(edit: Callable[[Site], object]) -> Callable[[Site], object]:
    def both(site: Site) -> None:
        right(site)
        edit(site)

    return both


def unresolved(site: Site) -> None:
    del site.wires[SET]


def other_supply(site: Site) -> None:
    site.equipment[0] = replace(site.equipment[0], supply="elsewhere")


def neighbour_elsewhere(site: Site) -> None:
    site.wires["generator-2"] = Target("tcp:10.0.0.77:502", "1")


def other_role(site: Site) -> None:
    roles = site.equipment[0].roles
    site.equipment[0] = replace(site.equipment[0], roles=roles | {"fuel": roles["load"]})


STILL_WRONG: list[tuple[str, Change, Callable[[Site], object], tuple[str, str]]] = [
    ("nothing", swap_wires, lambda site: None, ("reload.orphan", "")),
    ("another place", readdress, other_unit, ("reload.orphan", "")),
    ("gone", readdress, remove, ("reload.orphan", "")),
    ("not resolved", readdress, right_and(unresolved), ("reload.orphan", "")),
    ("machines swapped", swap_machines, lambda site: None, ("reload.orphan", "")),
    ("machines swapped, read anew", swap_machines, right_and(swap_machines), ("reload.orphan", "")),
    ("right, and no fire panel", readdress, right_and(drop_panel), ("reload.bound", "interlock")),
    ("right, and another role", rebind_whole, right_and(other_role), ("reload.bound", "equipment")),
    ("right, and another supply", swap_wires, right_and(other_supply), ("reload.bound", "equipment")),
]


@pytest.mark.parametrize("prepare", [row[1] for row in DEBTS], ids=[row[0] for row in DEBTS])
@pytest.mark.parametrize(
    ("change", "edit", "refusal"), [row[1:] for row in STILL_WRONG], ids=[row[0] for row in STILL_WRONG]
)
def test_files_that_do_not_put_it_right_are_refused(
    refusal: tuple[str, str], edit: Callable[[Site], object], change: Change, prepare: Callable[[Site], object]
) -> None:
    site = prepared(prepare, change)
    site.live(5)
    before = site.debts()
    assert refusal in reloaded(site, edit)
    assert site.debts() == before != []


def test_a_neighbour_reached_by_a_lock_out_does_not_move_with_it() -> None:
    """It stands in nobody's place, so nothing has to move it for the files to be right."""
    site = prepared(locked, readdress)
    site.live(5)
    assert ("reload.bound", "machine") in reloaded(site, right_and(neighbour_elsewhere))


def both_locked(site: Site) -> None:
    locked(site)
    site.put(Lockout("generator-2", "Wang", "belt"))


def both_readdressed(site: Site) -> None:
    readdress(site)
    neighbour_elsewhere(site)


def right_but_for_the_neighbour(site: Site) -> None:
    right(site)
    neighbour_elsewhere(site)


@pytest.mark.parametrize(
    ("edit", "refused"),
    [
        (right, []),
        (right_but_for_the_neighbour, [("reload.orphan", "lockout/generator-2/Wang")]),
    ],
    ids=["both", "one"],
)
def test_of_two_orphans_both_are_put_right(edit: Callable[[Site], object], refused: list[tuple[str, str]]) -> None:
    site = prepared(both_locked, both_readdressed)
    site.live(5)
    assert len(site.debts()) == 2
    before = site.engine.rulebook
    edit(site)
    site._load()
    found = [
        (error.code, error.arguments["debt"])
        for error in objections(site.state, before, site.engine.rulebook)
        if "debt" in error.arguments
    ]
    assert found == refused


def readdress_and_nobody_tells(site: Site) -> None:
    readdress(site)
    site.told = []


def test_who_answered_elsewhere_is_not_known_after_a_reload() -> None:
    """Nothing is bound, so it may be looked for elsewhere; who answers there has to be read before it is commanded."""
    site = Site()
    site.live(5)
    assert reloaded(site, readdress_and_nobody_tells) == []
    assert "identity.unknown" in moving(site, SET)
    assert "identity.unknown" not in moving(site, "generator-2")
