"""The timer across pauses and reboots."""

import pytest

from drivers.points import Instant
from rules.timer import RESET, TOLERANCE, ElapsedTimer
from tests.unit.rules.bench import instant


def test_counts_only_while_running() -> None:
    timer = RESET.run(instant(0)).pause(instant(10)).run(instant(50))
    assert timer.elapsed(instant(55)) == 15


def test_running_again_changes_nothing() -> None:
    timer = RESET.run(instant(3))
    assert timer.run(instant(9)) is timer


def test_ten_tenths_are_a_whole() -> None:
    timer = ElapsedTimer(sum([0.1] * 9)).run(instant(0))
    assert timer.reached(1.0, instant(0.1))


@pytest.mark.parametrize(("trusted", "seconds"), [(True, 100.0), (False, 0.0)])
def test_time_switched_off_counts_only_when_a_trusted_clock_measured_it(trusted: bool, seconds: float) -> None:
    timer = ElapsedTimer().run(Instant("one", 500, 1_000, trusted))
    assert timer.elapsed(Instant("two", 3, 1_100, trusted)) == seconds


@pytest.mark.parametrize(
    ("timer", "at", "remaining"),
    [
        (RESET, 5.0, None),
        (RESET.run(instant(0)), 4.0, 6.0),
        (RESET.run(instant(0)), 10.0, 0.0),
        (RESET.run(instant(0)), 99.0, 0.0),
        (ElapsedTimer(3.0).run(instant(0)), 4.0, 3.0),
        (ElapsedTimer(3.0), 4.0, None),
    ],
)
def test_what_remains_of_ten_seconds(timer: ElapsedTimer, at: float, remaining: float | None) -> None:
    assert timer.remaining(10.0, instant(at)) == remaining


@pytest.mark.parametrize(("short", "reached"), [(0.0, True), (TOLERANCE, True), (3 * TOLERANCE, False)])
def test_it_has_ended_this_close_to_its_end(short: float, reached: bool) -> None:
    # At 0 s nothing is rounded.
    assert ElapsedTimer(-short).reached(0.0, instant(0)) is reached
