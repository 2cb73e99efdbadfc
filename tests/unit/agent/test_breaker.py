import pytest

from agent.breaker import Breaker, BreakerState, breaker_for
from agent.supervisor import Backoff


def breaker(jitter: float = 0.0) -> Breaker:
    return Breaker(Backoff(10, 40, lambda: jitter), quiet=3)


def test_one_silence_is_forgiven_two_are_not() -> None:
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
    assert not subject.failed(20)
    assert subject.failed(21)
    assert subject.retry_at == 26


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
