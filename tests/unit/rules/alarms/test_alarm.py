"""Alarm life as step tables: time, what the condition says, what the clear condition says, the state after."""

import pytest

from rules.alarms.alarm import Alarm, AlarmState, Life, Transition, acknowledge, advance, remove, seconds_left
from rules.timer import ElapsedTimer
from tests.unit.rules.bench import instant

LIFE = Life(60, 30)
LOOKS = {
    "on": (True, False),
    "off": (False, True),
    "between": (False, False),
    "both": (True, True),
    "lost": (None, None),
}
"""What the condition and the clear condition say at one look."""


def run(steps: str, life: Life = LIFE, alarm: Alarm | None = None) -> Alarm:
    """Each step is ``second look state``."""
    alarm = alarm or Alarm("tank-1", "W01")
    for step in steps.split(", "):
        second, look, state = step.split()
        alarm, _ = advance(alarm, *LOOKS[look], life, instant(float(second)))
        assert alarm.state == state, step
    return alarm


RAISED = "0 on pending, 60 on active, "


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param("0 on pending, 59 on pending, 60 on active", id="on-delay"),
        pytest.param("0 on pending, 50 off normal, 51 on pending, 110 on pending", id="false resets"),
        pytest.param(
            "0 on pending, 50 lost pending, 500 on pending, 509 on pending, 510 on active", id="unknown pauses"
        ),
        pytest.param("0 lost normal, 100 lost normal", id="unknown does not raise"),
        pytest.param(RAISED + "61 lost active, 999 lost active", id="unknown does not clear"),
        pytest.param(RAISED + "61 off active, 91 off returned", id="off-delay"),
        pytest.param(
            RAISED + "61 off active, 90 between active, 91 off active, 120 off active, 121 off returned",
            id="clear starts anew",
        ),
        pytest.param(
            RAISED + "61 off active, 71 lost active, 171 off active, 190 off active, 191 off returned",
            id="clear pauses",
        ),
        pytest.param(RAISED + "61 between active, 999 between active", id="hysteresis"),
        pytest.param(RAISED + "61 both active, 999 both active", id="contradiction does not flap"),
        pytest.param(RAISED + "61 off active, 91 off returned, 92 on returned, 152 on active", id="comes back unseen"),
    ],
)
def test_life(steps: str) -> None:
    run(steps)


def test_without_delays_it_follows_the_condition() -> None:
    alarm = run("0 on active, 1 off returned, 2 on active", Life())
    assert (alarm.episode, alarm.acknowledged) == (2, False)


ACTIVE = Alarm("tank-1", "W01", AlarmState.ACTIVE, acknowledged=False, episode=1)


@pytest.mark.parametrize(
    ("alarm", "state", "change"),
    [
        (Alarm("e", "r"), "normal", Transition.REFUSED),
        (Alarm("e", "r", AlarmState.PENDING), "pending", Transition.REFUSED),
        (ACTIVE, "active", Transition.ACKNOWLEDGED),
        (Alarm("e", "r", AlarmState.ACTIVE), "active", Transition.REFUSED),
        (Alarm("e", "r", AlarmState.RETURNED, False), "normal", Transition.ACKNOWLEDGED),
        (Alarm("e", "r", AlarmState.RETURNED, False, delay=ElapsedTimer(5)), "pending", Transition.ACKNOWLEDGED),
    ],
)
def test_acknowledge(alarm: Alarm, state: str, change: Transition) -> None:
    after, why = acknowledge(alarm, instant(9))
    assert (after.state, after.acknowledged, why) == (state, True, change)


def test_acknowledged_alarm_clears_to_normal() -> None:
    alarm, _ = acknowledge(ACTIVE, instant(0))
    run("1 off active, 31 off normal", alarm=alarm)


def test_acknowledging_twice_changes_nothing() -> None:
    alarm, _ = acknowledge(ACTIVE, instant(0))
    assert acknowledge(alarm, instant(1)) == (alarm, Transition.REFUSED)


def test_removed_alarm_is_normal() -> None:
    alarm, change = remove(ACTIVE, instant(5))
    assert (alarm.state, alarm.episode, change) == ("normal", 1, Transition.REMOVED)


def test_seconds_left_only_while_a_delay_runs() -> None:
    pending, _ = advance(Alarm("e", "r"), *LOOKS["on"], LIFE, instant(0))
    paused, _ = advance(pending, *LOOKS["lost"], LIFE, instant(20))
    assert [seconds_left(alarm, LIFE, instant(20)) for alarm in (pending, paused, ACTIVE)] == [40, None, None]
