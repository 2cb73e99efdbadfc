"""What people and the clock do to an alarm: the table of ISA-18.2, row by row, and what lies over it."""

from dataclasses import replace

import pytest

from drivers.points import PlantgateError
from rules.alarms import alarm as alarms
from rules.alarms.alarm import Alarm, AlarmState, Life, Note, Shelf, Suppression, Transition
from rules.alarms.suppression import SHELVED_ALLOWED, act, lapse, overlay, quiet
from rules.inputs import Acknowledge, AlarmAct, OutOfService, Reset, Shelve, Unshelve
from rules.timer import RESET, ElapsedTimer
from tests.unit.rules.bench import instant

LATCHING = Life(latched=True)
STATES = {
    "normal": Alarm("e", "r"),
    "pending": Alarm("e", "r", AlarmState.PENDING),
    "unacknowledged": Alarm("e", "r", AlarmState.ACTIVE, acknowledged=False, episode=1, announced=1),
    "acknowledged": Alarm("e", "r", AlarmState.ACTIVE, episode=1, announced=1),
    "returned": Alarm("e", "r", AlarmState.RETURNED, acknowledged=False, episode=1, announced=1),
    "latched": Alarm("e", "r", AlarmState.LATCHED, acknowledged=False, episode=1, announced=1),
    "latched-acknowledged": Alarm("e", "r", AlarmState.LATCHED, episode=1, announced=1),
}
"""The states A to F, and the one before them."""


def name(alarm: Alarm) -> str:
    return next(
        name for name, one in STATES.items() if (one.state, one.acknowledged) == (alarm.state, alarm.acknowledged)
    )


@pytest.mark.parametrize(
    ("state", "life", "raised", "after", "change"),
    [
        ("normal", Life(), True, "unacknowledged", Transition.RAISED),
        ("normal", Life(on=9), True, "pending", Transition.PENDING),
        ("pending", Life(on=9), False, "normal", Transition.CANCELLED),
        ("unacknowledged", Life(), False, "returned", Transition.CLEARED),
        ("acknowledged", Life(), False, "normal", Transition.CLEARED),
        ("unacknowledged", LATCHING, False, "latched", Transition.CLEARED),
        ("acknowledged", LATCHING, False, "latched-acknowledged", Transition.CLEARED),
        ("returned", Life(), True, "unacknowledged", Transition.RAISED),
        ("latched", LATCHING, True, "unacknowledged", Transition.RAISED),
        ("latched-acknowledged", LATCHING, True, "unacknowledged", Transition.RAISED),
        ("latched", LATCHING, False, "latched", Transition.NONE),
        ("latched", LATCHING, None, "latched", Transition.NONE),
    ],
)
def test_what_the_plant_does(state: str, life: Life, raised: bool | None, after: str, change: Transition) -> None:
    cleared = None if raised is None else not raised
    alarm, found = alarms.advance(STATES[state], raised, cleared, life, instant(5))
    assert (name(alarm), found) == (after, change)
    assert alarm.episode == STATES[state].episode + (change is Transition.RAISED)


ACK, RESET_IT = Acknowledge("e/r", "Li"), Reset("e/r", "Li")


@pytest.mark.parametrize(
    ("state", "request_", "after"),
    [
        ("unacknowledged", ACK, "acknowledged"),
        ("returned", ACK, "normal"),
        ("latched", ACK, "latched-acknowledged"),
        ("latched-acknowledged", RESET_IT, "normal"),
        ("latched", RESET_IT, "returned"),
    ],
)
def test_what_people_do(state: str, request_: AlarmAct, after: str) -> None:
    alarm, _ = act(STATES[state], request_, instant(5))
    assert name(alarm) == after


@pytest.mark.parametrize(
    ("state", "request_", "code"),
    [
        *((state, ACK, "engine.nothing-to-acknowledge") for state in ("normal", "pending", "acknowledged")),
        *((state, RESET_IT, "engine.nothing-to-reset") for state in STATES if not state.startswith("latched")),
        ("normal", Unshelve("e/r", "Li"), "engine.not-shelved"),
        ("normal", OutOfService("e/r", "Li", release=True), "engine.not-out-of-service"),
        ("normal", Shelve("e/r", "Li", "  ", 60), "engine.reason-missing"),
        ("normal", OutOfService("e/r", "Li"), "engine.reason-missing"),
        ("normal", Shelve("e/r", "Li", "why", 0), "engine.shelf-time"),
        ("normal", Shelve("e/r", "Li", "why", SHELVED_ALLOWED + 1), "engine.shelf-time"),
        ("normal", Shelve("e/r", "Li", "why", float("nan")), "engine.shelf-time"),
    ],
)
def test_what_people_cannot_do(state: str, request_: AlarmAct, code: str) -> None:
    with pytest.raises(PlantgateError) as refusal:
        act(STATES[state], request_, instant(5))
    assert refusal.value.code == code


@pytest.mark.parametrize("state", STATES)
def test_any_alarm_can_be_shelved_and_taken_out_of_service(state: str) -> None:
    shelved, _ = act(STATES[state], Shelve("e/r", "Li", "why", 60), instant(0))
    both, _ = act(shelved, OutOfService("e/r", "Wang", "sensor"), instant(1))
    assert (shelved.suppression, both.suppression) == (Suppression.SHELVED, Suppression.OUT_OF_SERVICE)
    assert name(both) == state
    back, _ = act(both, OutOfService("e/r", "Wang", release=True), instant(2))
    assert act(back, Unshelve("e/r", "Li"), instant(3)) == (STATES[state], Transition.UNSHELVED)


@pytest.mark.parametrize(
    ("seconds", "change"), [(59, Transition.NONE), (60, Transition.EXPIRED), (99, Transition.EXPIRED)]
)
def test_the_shelf_is_limited(seconds: float, change: Transition) -> None:
    shelved = replace(STATES["normal"], shelf=Shelf("Li", "why", instant(0), 60))
    assert lapse(shelved, instant(seconds))[1] is change


def test_time_switched_off_counts_on_the_shelf_only_when_measured() -> None:
    shelf = Shelf("Li", "why", instant(0), 60)
    assert shelf.left(instant(40, boot="b2")) == 20
    assert shelf.left(instant(40, boot="b2", trusted=False)) == 60


@pytest.mark.parametrize(
    ("state", "seconds", "change"),
    [
        ("acknowledged", 99, Transition.NONE),
        ("acknowledged", 100, Transition.REALARMED),
        ("unacknowledged", 500, Transition.NONE),
        ("latched-acknowledged", 500, Transition.NONE),
    ],
)
def test_an_acknowledged_alarm_calls_again(state: str, seconds: float, change: Transition) -> None:
    alarm = replace(STATES[state], acknowledged_at=instant(0), delay=ElapsedTimer(3))
    after, found = alarms.realarm(alarm, Life(realarm=100), instant(seconds))
    assert found is change
    assert after.acknowledged is (alarm.acknowledged and change is Transition.NONE)
    assert after.delay == ElapsedTimer(3)


def test_the_next_moment_is_the_nearest_of_all_timers() -> None:
    alarm = replace(STATES["acknowledged"], acknowledged_at=instant(0), shelf=Shelf("Li", "why", instant(0), 60))
    life = Life(off=30, realarm=100)
    assert alarms.seconds_left(alarm, life, instant(10)) == 50
    assert alarms.seconds_left(replace(alarm, delay=ElapsedTimer(0, instant(5))), life, instant(10)) == 25
    assert alarms.seconds_left(replace(alarm, shelf=None), life, instant(10)) == 90


@pytest.mark.parametrize(
    ("before", "inhibited", "caused", "after", "change"),
    [
        ({}, True, False, Suppression.SUPPRESSED, Transition.SUPPRESSED),
        ({"inhibited": True}, False, False, Suppression.NONE, Transition.UNSUPPRESSED),
        ({"grouped": True}, False, True, Suppression.SUPPRESSED, Transition.NONE),
        ({"grouped": True}, False, False, Suppression.NONE, Transition.UNSUPPRESSED),
        ({"grouped": True}, True, False, Suppression.SUPPRESSED, Transition.TIMED),
        ({}, False, True, Suppression.NONE, Transition.NONE),
        ({}, None, False, Suppression.NONE, Transition.NONE),
        ({"inhibited": True}, None, False, Suppression.SUPPRESSED, Transition.NONE),
    ],
)
def test_overlay(
    before: dict[str, bool], inhibited: bool | None, caused: bool, after: Suppression, change: Transition
) -> None:
    alarm, found = overlay(replace(STATES["unacknowledged"], **before), inhibited, caused)
    assert (alarm.suppression, found) == (after, change)


def test_a_normal_alarm_is_never_suppressed_by_design() -> None:
    assert overlay(STATES["normal"], True, True) == (STATES["normal"], Transition.NONE)


def test_what_called_nobody_needs_no_acknowledgement() -> None:
    assert name(quiet(replace(STATES["returned"], announced=0), instant(5))) == "normal"
    assert name(quiet(STATES["returned"], instant(5))) == "returned"


def test_an_alarm_that_ends_leaves_nothing_of_its_episode() -> None:
    alarm = replace(STATES["acknowledged"], cause="x/y", grouped=True, inhibited=True, first_out=True, delay=RESET)
    after, _ = alarms.advance(alarm, False, True, Life(), instant(5))
    assert (after.cause, after.grouped, after.inhibited, after.first_out) == ("", False, False, False)


def test_removal_forgets_everything_but_the_count() -> None:
    alarm = replace(STATES["latched"], service=Note("Li", "why", instant(0)), shelf=Shelf("Li", "w", instant(0), 9))
    assert alarms.remove(alarm, instant(5)) == (Alarm("e", "r", episode=1, since=instant(5)), Transition.REMOVED)
