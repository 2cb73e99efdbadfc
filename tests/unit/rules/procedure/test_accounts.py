"""The login behind an act stands in its audit rows, and in those of the run it started."""

import pytest

from rules.facts import AuditFact
from rules.inputs import AbortRun, GiveCommand, Lockout, StartRun
from tests.unit.rules.procedure.room import OURS, Room, weekly


@pytest.fixture
def room() -> Room:
    return Room(weekly()).live(120)


def accounts(room: Room) -> list[tuple[str, str, str, str]]:
    facts = [fact for fact in room.events if isinstance(fact, AuditFact)]
    return [(fact.action, fact.outcome, fact.by, fact.account) for fact in facts]


def test_each_act_names_the_login(room: Room) -> None:
    room.put(Lockout("generator-1", "Li", "oil", account="duty"))
    room.put(Lockout("generator-1", "Li", release=True, account="duty"))
    assert {account for action, _, by, account in accounts(room) if by == "Li"} == {"duty"}
    assert [action for action, _, by, _ in accounts(room) if by == "Li"][-1] == "release"


def test_a_command_by_hand_keeps_it_to_its_outcome(room: Room) -> None:
    room.put(GiveCommand("h-1", "generator-1", "start", "Li", account="duty"))
    room.carry_out()
    assert ("start", "issued", "Li", "duty") in accounts(room)
    assert ("start", "done", "Li", "duty") in accounts(room)


def test_a_run_keeps_it_over_a_restart(room: Room) -> None:
    room.put(StartRun("generator-weekly", "generator-1", "Li", "duty"))
    room.live(3)
    room.kill().live(60)
    told = [row for row in accounts(room) if row[2] == "Li"]
    assert len(told) > 2
    assert {account for *_, account in told} == {"duty"}


def test_what_nobody_asked_for_names_no_login(room: Room) -> None:
    room.put(StartRun("generator-weekly", "generator-1", "schedule"))
    room.live(3)
    room.put(AbortRun(OURS + "/1", "Li", "noise", account="duty"))
    room.live(30)
    told = [row for row in accounts(room) if row[2] == "schedule"]
    assert told
    assert {account for *_, account in told} == {""}
