"""What is planned, and why it would not begin: what the agenda says is what happens when the time comes."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.points import Finding, Instant
from rules.engine.agenda import AgendaEntry, Begins, agenda, agenda_of_files, dated_rules, scheduled_tests
from rules.engine.rulebook import compile_rulebook
from rules.facts import Objection
from rules.inputs import Disarm, Hold, Lockout, StorageState
from rules.model import Severity, Source
from rules.procedure.model import Schedule
from tests.unit.rules.bench import Bench, low_level
from tests.unit.rules.procedure.room import JOB, MONDAY, Room, weekly
from tests.unit.rules.procedure.test_plans import DAY, Electrode

SHANGHAI = "Asia/Shanghai"
WEEK = 7 * DAY
REFUSED = Objection("safety.schedule", {"procedure": "generator-weekly"})


def scheduled(**changes: object) -> Room:
    """The weekly test on a Monday one minute before its time."""
    return Room(weekly(schedule=Schedule("0 10 * * 1", SHANGHAI), **changes)).live(10)


def entry(room: Room, job: str = JOB) -> AgendaEntry:
    return next(one for one in agenda(room.engine.rulebook, room.state, room.now) if one.key == job)


def fire(room: Room) -> None:
    room.fire = "alarm"


def mains_lost(room: Room) -> None:
    room.mains.faults.add("off")


def no_clock(room: Room) -> None:
    room.trusted = False


def by_hand(room: Room) -> None:
    room.trusted, room.by_hand = False, True


def unarmed(room: Room) -> None:
    rulebook = replace(room.engine.rulebook, unarmed={"generator-1": (Finding("safety.always"),)})
    room.engine = type(room.engine)(rulebook, room.engine.origin)


SITUATIONS: list[tuple[str, Callable[[Room], object], set[str]]] = [
    ("nothing", lambda room: None, set()),
    ("hold", lambda room: room.put(Hold("Li", "people in the shaft")), {"hold.standing"}),
    ("lock-out", lambda room: room.put(Lockout("generator-1", "Li", "oil")), {"procedure.locked-out"}),
    ("lock-out of a board", lambda room: room.put(Lockout("mains", "Li", "bus bar")), {"procedure.locked-out"}),
    ("disarmed", lambda room: room.put(Disarm("e2", "restored")), {"disarmed.standing"}),
    ("dead storage", lambda room: room.put(StorageState(False)), {"procedure.not-durable"}),
    ("fire", fire, {"procedure.interlock"}),
    ("mains lost", mains_lost, {"procedure.interlock", "procedure.guard", "procedure.handover"}),
    ("a safety finding", unarmed, {"unarmed.equipment"}),
    ("no trusted clock", no_clock, {"procedure.clock"}),
    ("a clock set by hand", by_hand, {"procedure.clock-by-hand"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "codes"), [row[1:] for row in SITUATIONS], ids=[row[0] for row in SITUATIONS])
def test_what_stands_against_a_test_is_what_keeps_it_from_beginning(
    change: Callable[[Room], object], codes: set[str]
) -> None:
    room = scheduled()
    change(room)
    room.live(20)
    against = {cause.code for cause in entry(room).against}
    assert codes <= against
    assert bool(codes) is bool(against)
    room.live(40)
    assert (room.run is None) is bool(against)


def test_a_schedule_that_is_refused_shows_its_times_and_starts_nothing() -> None:
    room = scheduled(withheld=REFUSED)
    shown = entry(room)
    assert (shown.begins, shown.next[0], shown.against) == (Begins.SCHEDULE, MONDAY, (REFUSED,))
    assert scheduled_tests(room.engine.rulebook) == []
    room.live(300)
    assert (room.run, room.records()) == (None, [])


def test_a_start_that_was_dealt_with_is_not_among_the_next() -> None:
    room = scheduled()
    assert entry(room).next == (MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK)
    room.live(60).until("")
    assert entry(room).next == (MONDAY + WEEK, MONDAY + 2 * WEEK, MONDAY + 3 * WEEK)
    # The clock is put back over the start: it does not come again.
    room.wall -= 3_600.0
    assert entry(room).next[0] == MONDAY + WEEK


def test_without_any_clock_there_are_no_times() -> None:
    room = scheduled()
    room.trusted = False
    room.live(70)
    assert entry(room).next == ()
    assert entry(room, "generator-2/generator-weekly").next == ()


def test_a_test_without_schedule_waits_for_a_person() -> None:
    room = Room().live(10)
    assert (entry(room).begins, entry(room).next, scheduled_tests(room.engine.rulebook)) == (Begins.PERSON, (), [])


def test_a_plan_shows_the_dates_after_it_was_done() -> None:
    electrode = Electrode()
    electrode.on(0)
    (plan,) = agenda(electrode.rulebook, electrode.state, electrode.now)
    assert (plan.key, plan.begins) == ("earth-1/lightning-test", Begins.WORK)
    assert [when / DAY for when in plan.next] == [90, 365 + 90, 2 * 365 + 91]


FILES = [
    ("all on record", {"generator-1": True, "generator-2": True}, {}, set()),
    ("one not on record", {"generator-1": False, "generator-2": True}, {}, {"identity.unknown"}),
    ("a safety finding", {"generator-1": True}, {"generator-1": (Finding("safety.always"),)}, {"unarmed.equipment"}),
]


@pytest.mark.parametrize(("recorded", "findings", "codes"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_files_alone_tell_what_stands_whatever_the_plant_does(
    recorded: dict[str, bool], findings: dict[str, tuple[Finding, ...]], codes: set[str]
) -> None:
    room = scheduled()
    rulebook = replace(room.engine.rulebook, unarmed=findings)
    found = agenda_of_files(rulebook, recorded, Instant("desk", 0.0, MONDAY - 60.0))
    (shown,) = [one for one in found if one.key == JOB]
    assert ({cause.code for cause in shown.against}, shown.next[0]) == (codes, MONDAY)


def test_rules_that_ask_for_the_time_are_told_also_through_a_function() -> None:
    rules = [
        replace(low_level(), id=name, when=Source(when), severity=Severity.LOW)
        for name, when in [
            ("N01", "level < 30 %"),
            ("N02", "level < 30 % and hour_between(22:00..06:00)"),
            ("N03", "held(hour_between(22:00..06:00), 10 min)"),
            ("N04", "daily(avg(level), 02:00..04:00) < 30 %"),
        ]
    ]
    assert dated_rules(Bench(*rules).engine.rulebook) == ["tank-1/N02", "tank-1/N03", "tank-1/N04"]


def test_an_empty_site_plans_nothing() -> None:
    rulebook, _ = compile_rulebook({}, [], [])
    assert agenda_of_files(rulebook, {}, Instant("desk", 0.0, MONDAY)) == []
