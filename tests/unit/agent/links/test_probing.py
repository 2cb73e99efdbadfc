"""Which silent device is asked, and when: its own pause, the account of the bus, a gap between the polls."""

import pytest

from agent.links.device import DeviceState
from agent.links.device_statistics import KNOWN
from agent.links.probing import PATIENCE, Probing
from agent.links.silence import RESERVE, SHARE
from tests.unit.agent.links.fakes import device

SOON = 1e9
"""No poll in sight."""


class Bus:
    """Devices ``a`` to ``c``, of which some are silent; pauses are set by hand."""

    def __init__(self, *, shared: bool = True) -> None:
        names = "abc"
        self.states = {name: DeviceState(device(name), alone=not shared, start=0.0) for name in names}
        self.probing = Probing(self.states, shared=shared)

    def silence(self, name: str, retry_at: float, failures: int = 2, trusted: bool = False) -> DeviceState:
        state = self.states[name]
        state.breaker.heard = trusted
        for _ in range(failures):
            state.breaker.failed(0.0)
        state.breaker.retry_at = retry_at
        self.probing.add(state)
        return state

    def overdraw(self, now: float) -> float:
        """Spend more than the bus has; returns when it is earned back."""
        self.probing.charge(RESERVE + 1.0, now)
        return now + 1.0 / SHARE

    def asked(self, now: float, next_due: float | None = SOON) -> str | None:
        state = self.probing.take(now, next_due)
        return state.id if state else None


def test_nobody_is_asked_while_all_answer() -> None:
    bus = Bus()
    assert (bus.asked(0), bus.probing.next_moment(0)) == (None, None)


def test_the_pause_of_the_device_comes_first() -> None:
    bus = Bus()
    bus.silence("a", retry_at=10)
    assert (bus.asked(9.9), bus.probing.next_moment(9.9)) == (None, 10)
    assert bus.asked(10) == "a"


def test_who_waits_longest_is_asked_first() -> None:
    bus = Bus()
    bus.silence("a", retry_at=12)
    bus.silence("b", retry_at=11)
    assert bus.asked(20) == "b"


def test_one_who_is_being_asked_is_not_asked_again() -> None:
    bus = Bus()
    bus.silence("a", retry_at=0).probing = True
    assert (bus.asked(5), bus.probing.next_moment(5)) == (None, None)


def test_an_overdrawn_bus_waits_whoever_is_next() -> None:
    bus = Bus()
    bus.silence("a", retry_at=0)
    bus.silence("b", retry_at=1)
    free = bus.overdraw(100.0)
    assert (bus.asked(free - 0.1), bus.probing.next_moment(101)) == (None, pytest.approx(free))
    assert bus.asked(free) == "a"


@pytest.mark.parametrize(
    ("failures", "trusted", "asked"),
    [(2, True, "a"), (1, False, None), (3, True, None)],
    ids=["it answered well until now", "it never answered", "it is known to be gone"],
)
def test_only_the_first_doubt_of_a_good_device_needs_no_account(
    failures: int, trusted: bool, asked: str | None
) -> None:
    bus = Bus()
    bus.silence("a", retry_at=101, failures=failures, trusted=trusted)
    bus.overdraw(100.0)
    assert bus.asked(101) == asked


@pytest.mark.parametrize(
    ("now", "next_due", "asked"),
    [
        (10.0, None, "a"),
        (10.0, 11.0, "a"),
        (10.0, 10.9, None),
        (10.0 + PATIENCE, 10.0 + PATIENCE, "a"),
    ],
    ids=["no polls at all", "a gap of its length", "too short a gap", "it has waited long enough"],
)
def test_a_probe_goes_into_a_gap_between_polls(now: float, next_due: float | None, asked: str | None) -> None:
    bus = Bus()
    bus.silence("a", retry_at=10)
    assert bus.asked(now, next_due) == asked
    assert bus.probing.next_moment(10.5) == 10.0 + PATIENCE


def test_one_that_fits_goes_before_one_that_waits_longer_and_does_not() -> None:
    bus = Bus()
    bus.silence("a", retry_at=10)
    for _ in range(KNOWN):
        bus.silence("b", retry_at=11).statistics.latencies.add(0.05)
        bus.states["a"].statistics.latencies.add(0.3)
    assert bus.asked(12, next_due=12.5) == "b"


def test_where_nobody_waits_only_the_own_pause_counts() -> None:
    bus = Bus(shared=False)
    bus.silence("a", retry_at=101)
    bus.overdraw(100.0)
    assert bus.asked(101, next_due=101) == "a"
    assert bus.probing.seconds(bus.states["a"]) == 1.0


def test_the_first_answer_on_a_silent_bus_calls_all_others() -> None:
    bus = Bus()
    for name in "abc":
        bus.silence(name, retry_at=50)
    bus.probing.answered(bus.states["b"], 20.0)
    assert {name: state.breaker.retry_at for name, state in bus.states.items() if name != "b"} == {"a": 20, "c": 20}


def test_an_answer_beside_living_devices_calls_nobody() -> None:
    bus = Bus()
    for name in "ab":
        bus.silence(name, retry_at=50)
    bus.probing.answered(bus.states["b"], 20.0)
    assert bus.states["a"].breaker.retry_at == 50
    assert bus.asked(60) == "a"


def test_a_lost_wire_says_nothing_about_any_device() -> None:
    bus = Bus()
    bus.silence("a", retry_at=0)
    bus.probing.forget()
    assert bus.asked(100) is None
