import pytest

from agent.breaker import Breaker, BreakerState, breaker_for
from agent.supervisor import Backoff


def breaker(jitter: float = 0.0) -> Breaker:
    return Breaker(Backoff(10, 40, lambda: jitter))


def test_one_silence_is_forgiven_two_are_not() -> None:
    subject = breaker()
    assert not subject.failed(100)
    assert subject.closed
    assert subject.failed(101)
    assert subject.state is BreakerState.OPEN
    assert subject.retry_at == 106


def test_an_answer_between_two_silences_starts_the_count_again() -> None:
    subject = breaker()
    subject.failed(100)
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
    subject.failed(0, 60), subject.failed(0, 60)
    assert subject.retry_at == 300


@pytest.mark.parametrize("timeout", [0.2, 1.0, 10.0])
def test_a_dead_unit_on_a_shared_bus_costs_five_percent_at_most(timeout: float) -> None:
    subject = breaker_for(timeout, alone=False)
    subject.failed(0)
    for _ in range(20):
        subject.failed(0)
        assert timeout / (subject.retry_at + timeout) <= 0.05


def test_a_device_alone_on_its_link_is_probed_sooner() -> None:
    subject = breaker_for(1.0, alone=True)
    subject.failed(0), subject.failed(0)
    assert 1 <= subject.retry_at <= 2
