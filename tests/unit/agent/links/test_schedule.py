"""The schedule by itself: a grid for each poll, a turn for each device, nothing doubled and nothing forgotten."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.links.schedule import Poll, PollSchedule
from drivers.contract import Request


def request(device: str, number: int = 0) -> Request:
    return Request(device, "normal", (f"{device}.p{number}",), timeout=1.0)


def schedule(*entries: tuple[Request, float], start: float = 0.0) -> PollSchedule:
    made = PollSchedule()
    made.add(entries, start)
    return made


def taken(subject: PollSchedule, now: float) -> Poll:
    poll = subject.take(now)
    assert poll is not None
    return poll


def names(subject: PollSchedule, now: float) -> list[str]:
    """The points of everything due, in the order of their turns; left taken."""
    found = []
    while poll := subject.take(now):
        found.append(poll.request.points[0])
    return found


def test_polls_of_one_period_are_spread_evenly_over_it() -> None:
    subject = schedule(*((request("a", number), 10.0) for number in range(4)), (request("a", 9), 60.0))
    for _ in range(5):
        subject.done(taken(subject, 0), 0)
    assert sorted(poll.due for poll in subject.polls) == [2.5, 5, 7.5, 10, 60]


def test_a_poll_stays_on_its_grid_however_late_it_was() -> None:
    subject = schedule((request("a"), 10.0), start=3)
    for now, missed, due in [(3.0, 0, 13), (17.0, 0, 23), (59.9, 3, 63), (63.0, 0, 73)]:
        poll = taken(subject, now)
        assert (subject.done(poll, now), poll.due) == (missed, due)


def test_a_rushed_poll_is_never_doubled() -> None:
    subject = schedule((request("a"), 10.0))
    for now in (0.0, 3.0, 3.5, 4.0):
        subject.rush(now, "a")
        poll = taken(subject, now)
        assert subject.done(poll, now) == 0
        assert subject.take(now) is None
    assert subject.next_due() == 10


def test_a_poll_that_is_taken_cannot_be_rushed_too() -> None:
    subject = schedule((request("a"), 10.0))
    poll = taken(subject, 0)
    subject.rush(5)
    assert subject.take(5) is None
    subject.done(poll, 5)
    assert subject.next_due() == 10


def test_devices_take_turns_however_many_polls_of_one_are_due() -> None:
    subject = schedule(*((request("a", number), 10.0) for number in range(5)), (request("b"), 10.0), (request("c"), 10))
    assert names(subject, 0)[:4] == ["a.p0", "b.p0", "c.p0", "a.p1"]


def test_within_a_device_the_longest_due_goes_first() -> None:
    subject = schedule((request("a", 1), 1.0), (request("a", 60), 60.0))
    for _ in range(2):
        subject.done(taken(subject, 0), 0)
    assert names(subject, 60) == ["a.p1", "a.p60"]


@pytest.mark.parametrize(
    ("unanswered", "order"),
    [(0, ["a.p1", "a.p2"]), (1, ["a.p1", "a.p2"]), (2, ["a.p2", "a.p1"])],
    ids=["it did not get its turn", "it was lost a moment ago", "it brings nothing"],
)
def test_what_goes_first_within_a_device(unanswered: int, order: list[str]) -> None:
    subject = schedule((request("a", 1), 10.0), (request("a", 2), 10.0))
    poll = taken(subject, 0)
    poll.unanswered = unanswered
    poll.due += unanswered == 1
    subject.put_back(poll)
    assert names(subject, 0) == order


def test_a_busy_device_is_asked_again_after_a_pause_and_misses_nothing_by_it() -> None:
    subject = schedule((request("a"), 10.0), (request("b"), 10.0))
    poll = taken(subject, 0)
    subject.defer(poll, 0.5)
    subject.done(taken(subject, 0), 0)
    assert (subject.take(0.4), subject.next_due()) == (None, 0.5)
    assert taken(subject, 0.5) is poll
    assert subject.done(poll, 0.6) == 0


def test_a_resting_device_comes_back_by_itself_unless_it_is_held() -> None:
    subject = schedule((request("a"), 10.0), (request("b"), 10.0))
    subject.rest("a", 3.0)
    subject.rest("b", 3.0)
    subject.release("a")
    subject.hold("b")
    assert (subject.take(2.9), subject.next_due()) == (None, 3.0)
    assert names(subject, 3.0) == ["a.p0"]
    subject.release("b")
    assert names(subject, 3.0) == ["b.p0"]


def test_a_held_device_is_passed_over_and_gets_its_turn_last_when_released() -> None:
    subject = schedule((request("a"), 10.0), (request("b"), 10.0), (request("c"), 10.0))
    subject.hold("a")
    assert taken(subject, 0).request.device == "b"
    subject.release("a")
    assert names(subject, 0) == ["c.p0", "a.p0"]


def test_what_falls_due_while_held_waits_and_is_not_missed_after_a_rush() -> None:
    subject = schedule((request("a"), 1.0))
    subject.hold("a")
    subject.hold("a")
    assert subject.take(600.5) is None
    subject.rush(600.5, "a")
    subject.release("a")
    assert subject.done(taken(subject, 600.5), 600.6) == 0


def test_a_poll_put_back_is_as_due_as_before() -> None:
    subject = schedule((request("a"), 10.0), (request("b"), 10.0))
    poll = taken(subject, 0)
    subject.put_back(poll)
    assert names(subject, 0) == ["b.p0", "a.p0"]


def test_smaller_requests_take_the_place_of_a_poll_for_good() -> None:
    subject = schedule((request("a"), 10.0))
    poll = taken(subject, 0)
    subject.replace(poll, [request("a", 1), request("a", 2)], 0.5)
    assert subject.done(poll, 0.5) == 0
    assert names(subject, 0.5) == ["a.p1", "a.p2"]
    assert [poll.request.points[0] for poll in subject.of("a")] == ["a.p1", "a.p2"]


def test_without_polls_nothing_is_ever_due() -> None:
    assert PollSchedule().next_due() is None
    assert PollSchedule().take(1e9) is None


PERIODS = st.sampled_from([0.05, 0.3, 1.0, 7.0, 10.0, 300.0])
PLANS = st.lists(st.tuples(st.sampled_from("abcd"), PERIODS), min_size=1, max_size=12)
DEEDS = st.lists(
    st.tuples(st.floats(0, 40), st.floats(0, 3), st.sampled_from(["poll", "put back", "hold", "release", "rush"])),
    max_size=60,
)


@given(PLANS, DEEDS, st.floats(0, 1e6))
def test_law_every_due_moment_is_served_once_or_counted_as_missed(
    plan: list[tuple[str, float]], deeds: list[tuple[float, float, str]], start: float
) -> None:
    """Whatever happens: on its grid, at most once per moment, and served + missed = the moments that passed."""
    subject = schedule(*((request(device, n), period) for n, (device, period) in enumerate(plan)), start=start)
    now, served, missed = start, Counter[Poll](), Counter[Poll]()
    rushed = False
    for pause, length, deed in deeds:
        now += pause
        if deed in ("hold", "release"):
            (subject.hold if deed == "hold" else subject.release)("a")
        elif deed == "rush":
            subject.rush(now)
            rushed = True
        elif poll := subject.take(now):
            assert poll.due <= now
            if deed == "put back":
                subject.put_back(poll)
                continue
            now += length
            missed[poll] += subject.done(poll, now)
            served[poll] += 1
            assert now < poll.due <= now + poll.period * (1 + 1e-6)
    for poll in subject.polls:
        moments = round((poll.due - poll.origin) / poll.period) + 1
        assert poll.due == pytest.approx(poll.origin + (moments - 1) * poll.period)
        if not rushed:
            assert served[poll] + missed[poll] == moments


@given(PLANS, st.floats(0, 1e6), st.floats(0, 1000))
def test_law_nothing_is_lost_and_no_device_waits_for_two_polls_of_another(
    plan: list[tuple[str, float]], start: float, later: float
) -> None:
    subject = schedule(*((request(device, n), period) for n, (device, period) in enumerate(plan)), start=start)
    order = []
    while poll := subject.take(start + later):
        order.append(poll.request.device)
    assert Counter(order) == Counter(device for device, _ in plan)
    for index, device in enumerate(order):
        since = max((at for at in range(index) if order[at] == device), default=-1)
        others = Counter(order[since + 1 : index])
        assert all(count == 1 for count in others.values())


def test_who_is_preferred_has_the_first_turn_and_the_others_have_theirs() -> None:
    subject = schedule((request("a"), 10.0), (request("b"), 10.0), (request("c"), 10.0))
    polls = [subject.take(0, lambda device: device == "b") for _ in range(3)]
    assert [poll and poll.request.device for poll in polls] == ["b", "a", "c"]
