"""Counts, percentiles and load of one device."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.links.device_statistics import KNOWN, BusyTime, DeviceStatistics, Latencies, plain_counts, plain_error
from drivers.contract import NoAnswer, Refused
from drivers.points import Reason


@given(st.lists(st.floats(0.0005, 30), min_size=1, max_size=300), st.sampled_from([1, 50, 90, 99, 100]))
def test_law_percentiles_are_five_percent_exact(seconds: Sequence[float], percent: int) -> None:
    subject = Latencies()
    for value in seconds:
        subject.add(value)
    rank = max(0, -(-len(seconds) * percent // 100) - 1)
    assert subject.percentile(percent) == pytest.approx(sorted(seconds)[rank], rel=0.026)


def test_memory_is_bounded_and_the_past_fades() -> None:
    subject = Latencies()
    for number in range(30_000):
        subject.add(0.0001 * 1.01 ** (number % 1500))
    assert subject.count < 4096
    assert len(subject._buckets) <= 350
    for _ in range(20_000):
        subject.add(0.02)
    assert subject.percentile(99) == pytest.approx(0.02, rel=0.05)


def test_without_answers_there_is_no_percentile() -> None:
    assert (Latencies().percentile(99), Latencies().known) == (0.0, False)


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 1e-9])
def test_an_answer_faster_than_the_clock_counts_too(seconds: float) -> None:
    subject = Latencies()
    subject.add(seconds)
    assert subject.percentile(50) == 1e-4


def test_load_is_the_share_of_the_last_minute() -> None:
    subject = BusyTime(1000)
    for second in range(1000, 1120):
        subject.add(0.25, second + 0.25)
    assert subject.share(1120) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(("now", "share"), [(1010, 0.5), (1030, 1 / 6), (1060, 1 / 12), (1090, 1 / 24), (1200, 0)])
def test_load_begins_at_the_start_and_fades(now: float, share: float) -> None:
    subject = BusyTime(1000)
    subject.add(5, 1005)
    assert subject.share(now) == pytest.approx(share)


def test_a_wire_is_never_more_than_fully_taken() -> None:
    subject = BusyTime(0)
    subject.add(100, 0.0)
    assert subject.share(0.0) == 1.0


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (NoAnswer("modbus.silent", seconds=1), (1, 0, 0)),
        (NoAnswer("modbus.damaged", reason=Reason.DECODE, unit=3), (0, 1, 0)),
        (Refused("modbus.exception", number=2), (0, 0, 1)),
    ],
    ids=["silence", "nonsense", "refusal"],
)
def test_failures_are_counted_by_what_they_say_of_the_device(
    error: NoAnswer | Refused, counts: tuple[int, ...]
) -> None:
    subject = DeviceStatistics(BusyTime(0))
    subject.answered(0.1)
    subject.answered(0.1)
    subject.failed(error)
    assert (subject.timeouts, subject.garbled, subject.exceptions) == counts
    assert (subject.requests, subject.good) == (3, 2)


def test_an_answer_with_a_value_nobody_understands_is_garbled_not_good() -> None:
    subject = DeviceStatistics(BusyTime(0))
    subject.answered(0.1)
    subject.made_no_sense("label")
    assert (subject.requests, subject.good, subject.garbled) == (1, 0, 1)
    assert plain_error(subject.last_error) == {"code": "link.odd-value", "arguments": {"points": "label"}}


def test_the_usual_time_follows_the_answers() -> None:
    latencies = Latencies()
    for seconds in [0.01] * KNOWN + [0.2] * KNOWN:
        latencies.add(seconds)
        assert latencies.usual == pytest.approx(latencies.percentile(99), rel=0.05) or latencies.count % KNOWN
    assert latencies.usual == pytest.approx(0.2, rel=0.05)


def test_a_poll_is_late_when_it_missed_a_moment() -> None:
    subject = DeviceStatistics(BusyTime(0))
    for missed in (0, 3, 0, 1):
        subject.polled(missed)
    assert (subject.polls, subject.late_polls, subject.missed_polls) == (4, 2, 4)


def test_the_counts_of_a_link_are_those_of_its_devices() -> None:
    fast, slow = DeviceStatistics(BusyTime(0)), DeviceStatistics(BusyTime(0))
    for _ in range(99):
        fast.answered(0.01)
    slow.answered(1.0)
    slow.failed(NoAnswer("modbus.silent", seconds=1))
    slow.polled(2)
    told = plain_counts([fast, slow])
    assert (told["requests"], told["good"], told["timeouts"], told["missed_polls"]) == (101, 100, 1, 2)
    assert told["latency_p50_ms"] == pytest.approx(10, rel=0.05)
    assert told["latency_p99_ms"] == pytest.approx(10, rel=0.05)
    assert plain_counts([slow])["latency_p99_ms"] == pytest.approx(1000, rel=0.05)
    assert plain_counts([])["requests"] == 0


def test_an_error_keeps_what_its_sentence_needs() -> None:
    assert plain_error(None) is None
    error = NoAnswer("modbus.silent", seconds=1.5)
    assert plain_error(error) == {"code": "modbus.silent", "arguments": {"seconds": "1.5"}}
