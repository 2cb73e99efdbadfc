"""The timer across pauses and reboots."""

import pytest

from drivers.points import Instant
from rules.timer import RESET, Timer
from tests.unit.rules.bench import instant


def test_counts_only_while_running() -> None:
    timer = RESET.run(instant(0)).pause(instant(10)).run(instant(50))
    assert timer.elapsed(instant(55)) == 15


def test_running_again_changes_nothing() -> None:
    timer = RESET.run(instant(3))
    assert timer.run(instant(9)) is timer


def test_ten_tenths_are_a_whole() -> None:
    timer = Timer(sum([0.1] * 9)).run(instant(0))
    assert timer.reached(1.0, instant(0.1))


@pytest.mark.parametrize(("trusted", "seconds"), [(True, 100.0), (False, 0.0)])
def test_time_switched_off_counts_only_when_a_trusted_clock_measured_it(trusted: bool, seconds: float) -> None:
    timer = Timer().run(Instant("one", 500, 1_000, trusted))
    assert timer.elapsed(Instant("two", 3, 1_100, trusted)) == seconds
