import random

import pytest

from agent.links.breaker import Breaker, BreakerState, breaker_for
from runtime.supervisor import Backoff


def breaker(jitter: float = 0.0) -> Breaker:
    return Breaker(Backoff(10, 40, lambda: jitter), quiet=3)


def known(loss: float = 0.0) -> Breaker:
    """Of a device that has answered, and leaves this share without answer."""
    subject = breaker()
    subject.answered()
    subject.loss = loss
    return subject


def test_one_silence_of_a_device_never_heard_is_forgiven_two_are_not() -> None:
    subject = breaker()
    assert not subject.failed(100)
    assert subject.closed
    assert subject.failed(101)
    assert subject.state is BreakerState.OPEN
    assert subject.retry_at == 106


def test_after_one_silence_a_late_answer_has_time_to_pass() -> None:
    subject = breaker()
    subject.failed(100)
    assert (subject.silent, subject.retry_at) == (True, 103)


def test_an_answer_between_two_silences_starts_the_count_again() -> None:
    subject = breaker()
    subject.failed(100)
    assert subject.answered()
    assert not subject.answered()
    assert not subject.failed(102)
    assert subject.closed


def test_failed_probes_wait_longer_up_to_the_cap() -> None:
    subject, pauses = breaker(), []
    for now in range(6):
        subject.failed(now)
        pauses.append(subject.retry_at - now)
    assert pauses[1:] == [5, 10, 20, 20, 20]


def test_a_failed_probe_is_not_a_second_outage() -> None:
    subject = breaker()
    subject.failed(0), subject.failed(1)
    subject.probe()
    assert subject.state is BreakerState.HALF_OPEN
    assert not subject.failed(10)
    assert subject.state is BreakerState.OPEN


def test_a_device_in_doubt_stays_closed_while_it_is_asked() -> None:
    subject = breaker()
    subject.failed(0)
    subject.probe()
    assert subject.closed
    assert subject.failed(4)


def test_an_abandoned_probe_is_due_again() -> None:
    subject = breaker()
    subject.failed(0), subject.failed(1)
    subject.probe()
    subject.abandon()
    assert (subject.state, subject.retry_at) == (BreakerState.OPEN, 6)


def test_an_answered_probe_closes_and_forgets() -> None:
    subject = breaker()
    subject.failed(0), subject.failed(1)
    subject.probe()
    assert subject.answered()
    assert [subject.failed(20 + n) for n in range(3)] == [False, False, True]
    assert subject.retry_at == 27


@pytest.mark.parametrize(
    ("loss", "allowed", "trusted"),
    [(0.0, 3, True), (0.02, 3, True), (0.05, 4, True), (0.1, 4, True), (0.15, 5, True), (0.3, 6, False), (1, 6, False)],
)
def test_how_many_silences_are_chance_depends_on_what_the_line_loses(loss: float, allowed: int, trusted: bool) -> None:
    subject = known(loss)
    assert (subject.allowed, subject.trusted) == (allowed, trusted)


@pytest.mark.parametrize(("loss", "polled_after"), [(0.0, [True, False, False]), (0.3, [False, False, False])])
def test_a_device_that_answers_well_is_polled_on_after_one_silence(loss: float, polled_after: list[bool]) -> None:
    subject, polled = known(loss), []
    for now in range(3):
        subject.failed(now)
        polled.append(not subject.holds)
    assert polled == polled_after


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_the_loss_of_a_line_is_learned_and_forgotten(share: float) -> None:
    subject, chance = known(), random.Random(7)  # noqa: S311 - the same losses each time
    for now in range(2000):
        subject.failed(now) if chance.random() < share else subject.answered()
    assert subject.loss == pytest.approx(share, abs=0.05)
    for _ in range(500):
        subject.answered()
    assert subject.loss < 0.001


def test_what_a_dead_device_does_not_answer_says_nothing_about_the_line() -> None:
    subject = known()
    for now in range(50):
        subject.failed(now)
    subject.answered()
    assert subject.loss < 0.05


def test_pauses_outside_stay_real_when_engine_time_runs_fast() -> None:
    subject = breaker()
    subject.failed(0, 60)
    assert subject.retry_at == 180
    subject.failed(0, 60)
    assert subject.retry_at == 300


@pytest.mark.parametrize(
    ("timeout", "alone", "least", "most"),
    [(1.0, False, 2.5, 60), (10.0, False, 10, 60), (40.0, False, 40, 80), (1.0, True, 1, 30), (20.0, True, 20, 40)],
)
def test_pauses_grow_within_their_bounds(timeout: float, alone: bool, least: float, most: float) -> None:
    subject = breaker_for(timeout, alone=alone)
    subject.failed(0)
    pauses = []
    for _ in range(20):
        subject.failed(0)
        pauses.append(subject.retry_at)
    assert least <= pauses[0] <= 2 * least
    assert most / 2 <= pauses[-1] <= most
