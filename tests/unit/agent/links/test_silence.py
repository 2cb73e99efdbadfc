"""What silence may cost a bus, and how long a probe waits."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.links.device_statistics import KNOWN, Latencies
from agent.links.silence import LONGEST_PAUSE, RESERVE, SHARE, SilenceBudget, probe_seconds


def test_a_quiet_bus_can_afford_silence_at_once() -> None:
    budget = SilenceBudget()
    assert budget.free_at < 0
    budget.charge(RESERVE / 2, now=100)
    assert budget.free_at <= 100


def test_beyond_the_reserve_each_second_forbids_the_next_for_thirty_three() -> None:
    budget = SilenceBudget()
    budget.charge(RESERVE, now=100)
    budget.charge(1.0, now=100)
    assert budget.free_at == pytest.approx(100 + 1 / SHARE)


def test_what_many_devices_cost_at_once_is_forgiven_after_a_minute() -> None:
    budget = SilenceBudget()
    for _ in range(30):
        budget.charge(1.0, now=100)
    assert budget.free_at == pytest.approx(100 + LONGEST_PAUSE)


def test_fast_time_does_not_make_silence_cheaper() -> None:
    budget = SilenceBudget(scale=60)
    budget.charge(RESERVE + 0.5, now=0)
    assert budget.free_at == pytest.approx(0.5 / SHARE * 60)


@given(st.lists(st.floats(0.05, 20.0), min_size=1, max_size=200))
def test_law_who_asks_when_it_is_free_never_spends_more_than_the_share(costs: Sequence[float]) -> None:
    budget, now, spent = SilenceBudget(), 0.0, 0.0
    for cost in costs:
        now = max(now, budget.free_at) + cost
        spent += cost
        budget.charge(cost, now)
        assert spent <= SHARE * now + RESERVE + max(costs)


def latencies(seconds: float, count: int = KNOWN) -> Latencies:
    made = Latencies()
    for _ in range(count):
        made.add(seconds)
    return made


@pytest.mark.parametrize(
    ("own", "others", "asked", "expected"),
    [
        (latencies(0.1), [latencies(0.9)], 0, 0.3),
        (latencies(0.1, KNOWN - 1), [latencies(0.2), latencies(0.01)], 0, 0.6),
        (Latencies(), [Latencies(), latencies(5.0, 3)], 0, 1.0),
        (latencies(0.01), [], 0, 0.2),
        (latencies(0.9), [], 0, 1.0),
        (latencies(0.1), [], 7, 1.0),
        (latencies(0.1), [], 8, 0.3),
    ],
    ids=[
        "its own",
        "its neighbours'",
        "nothing known",
        "not too short",
        "not beyond",
        "each eighth",
        "then short again",
    ],
)
def test_a_probe_waits_as_long_as_an_answer_needs(
    own: Latencies, others: Sequence[Latencies], asked: int, expected: float
) -> None:
    assert probe_seconds(1.0, own, others, asked) == pytest.approx(expected, rel=0.05)
