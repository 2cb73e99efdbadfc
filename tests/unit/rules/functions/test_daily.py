"""Times of day: stretches in a time zone, ``hour_between`` and ``daily``."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.points import Instant, Reason
from rules.functions.aggregates import average, highest, lowest, rises
from rules.functions.contract import Answer, Function
from rules.functions.daily import Daily, HourBetween, Span
from rules.plain import from_plain, to_plain
from rules.view import View
from tests.soak import examples
from tests.unit.rules.functions.signals import SOURCE

SHANGHAI = "Asia/Shanghai"
BERLIN = "Europe/Berlin"
NIGHT = Span(2 * 60, 4 * 60, SHANGHAI)
LATE = Span(22 * 60, 6 * 60, SHANGHAI)


def wall(text: str, zone: str = SHANGHAI) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def instant(at: float, start: float = 0.0, trusted: bool = True) -> Instant:
    return Instant("b", at - start, at, trusted)


@pytest.mark.parametrize(
    ("span", "now", "begin", "end"),
    [
        (NIGHT, "2026-05-01 01:00", "2026-05-01 02:00", "2026-05-01 04:00"),
        (NIGHT, "2026-05-01 02:00", "2026-05-01 02:00", "2026-05-01 04:00"),
        (NIGHT, "2026-05-01 03:59", "2026-05-01 02:00", "2026-05-01 04:00"),
        (NIGHT, "2026-05-01 04:00", "2026-05-02 02:00", "2026-05-02 04:00"),
        (LATE, "2026-05-01 05:59", "2026-04-30 22:00", "2026-05-01 06:00"),
        (LATE, "2026-05-01 12:00", "2026-05-01 22:00", "2026-05-02 06:00"),
        (Span(0, 24 * 60, SHANGHAI), "2026-05-01 12:00", "2026-05-01 00:00", "2026-05-02 00:00"),
        (Span(12 * 60, 12 * 60 + 1, SHANGHAI), "2026-12-31 23:59", "2027-01-01 12:00", "2027-01-01 12:01"),
    ],
)
def test_stretch_around(span: Span, now: str, begin: str, end: str) -> None:
    assert span.around(wall(now)) == (wall(begin), wall(end))


@pytest.mark.parametrize(("now", "hours"), [("2026-03-28 23:00", 7), ("2026-10-24 23:00", 9), ("2026-05-01 23:00", 8)])
def test_night_of_daylight_saving_is_an_hour_shorter_or_longer(now: str, hours: int) -> None:
    begin, end = Span(22 * 60, 6 * 60, BERLIN).around(wall(now, BERLIN))
    assert end - begin == hours * 3600


@settings(max_examples=examples(200), deadline=None)
@given(st.integers(0, 1439), st.integers(1, 1440), st.floats(1.7e9, 1.9e9), st.sampled_from([SHANGHAI, BERLIN, "UTC"]))
def test_stretch_ends_after_now_and_is_the_first_that_does(start: int, end: int, now: float, zone: str) -> None:
    if start == end:
        return
    span = Span(start, end, zone)
    begin, over = span.around(now)
    assert begin < over
    assert now < over
    assert begin - 26 * 3600 <= now


@pytest.mark.parametrize(
    ("span", "now", "begin", "end"),
    [
        # Spring leaves out 2:00 to 3:00: what begins or ends there does so right after it.
        ((150, 240), "2026-03-29 00:00", "2026-03-29 03:00", "2026-03-29 04:00"),
        ((60, 150), "2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 03:00"),
        ((150, 195), "2026-03-29 00:00", "2026-03-29 03:00", "2026-03-29 03:15"),
        # All of it is left out: that day has none.
        ((135, 165), "2026-03-29 00:00", "2026-03-30 02:15", "2026-03-30 02:45"),
        # Autumn repeats 2:00 to 3:00: the first pass counts.
        ((135, 165), "2026-10-25 00:00", "2026-10-25 02:15", "2026-10-25 02:45"),
        ((120, 180), "2026-10-25 00:00", "2026-10-25 02:00", "2026-10-25 03:00"),
    ],
)
def test_stretch_on_the_days_clocks_change(span: tuple[int, int], now: str, begin: str, end: str) -> None:
    assert Span(*span, BERLIN).around(wall(now, BERLIN)) == (wall(begin, BERLIN), wall(end, BERLIN))


# --- hour_between


@pytest.mark.parametrize(
    ("now", "value", "valid"),
    [
        ("2026-05-01 21:00", False, 60),
        ("2026-05-01 21:59:30", False, 30),
        ("2026-05-01 22:00", True, 60),
        ("2026-05-02 05:59:50", True, 10),
        ("2026-05-02 06:00", False, 60),
    ],
)
def test_hour_between(now: str, value: bool, valid: float) -> None:
    one = HourBetween("h", LATE)
    answer = one.update(one.memory(), View(0, [], instant(wall(now))))
    assert (answer.value, answer.valid) == (value, pytest.approx(valid))


CHANGES = [("2026-03-29 00:00", 6), ("2026-10-25 00:00", 7)]


@pytest.mark.parametrize(("midnight", "hours"), CHANGES, ids=["spring", "autumn"])
@pytest.mark.parametrize("span", [(120, 180), (135, 165), (150, 240), (60, 150), (1320, 360), (0, 1440), (1380, 150)])
def test_hour_between_goes_by_the_clock_on_the_wall(span: tuple[int, int], midnight: str, hours: int) -> None:
    one = HourBetween("h", Span(*span, BERLIN))
    for second in range(0, hours * 3600, 30):
        now = wall(midnight, BERLIN) + second
        clock = datetime.fromtimestamp(now, ZoneInfo(BERLIN))
        minutes, (start, end) = clock.hour * 60 + clock.minute, span
        inside = start <= minutes < end if start < end else not end <= minutes < start
        answer = one.update(one.memory(), View(0, [], instant(now)))
        assert answer.value is inside
        assert answer.valid is not None
        # Until then it cannot become another one.
        assert one.span.holds(now + answer.valid - 0.001) is inside


def test_without_a_trusted_clock_nobody_knows_the_hour() -> None:
    one = HourBetween("h", LATE)
    answer = one.update(one.memory(), View(0, [], instant(wall("2026-05-01 23:00"), trusted=False)))
    assert (answer.value, answer.reason) == (None, Reason.CLOCK)


# --- daily

START = wall("2026-05-01 00:00")
HOUR = 3600.0


def play(
    one: Function, plan: Sequence[tuple[float, Any]], end: float, restarts: Collection[int] = ()
) -> list[tuple[float, Answer]]:
    """Answers at every change and timer: ``plan`` says at which hour the signal becomes what."""
    view, memory, out = View(1, [], instant(START)), one.memory(), []
    changes, now, count = [(START + hour * HOUR, value) for hour, value in plan], START, 0
    while now <= START + end * HOUR:
        while changes and changes[0][0] <= now:
            view.values[0] = changes.pop(0)[1]
        view.now = instant(now, START)
        answer = one.update(memory, view)
        memory = answer.memory
        if count in restarts:
            memory = one.resume(from_plain(one.memory, json.loads(json.dumps(to_plain(memory)))), view.now)
            memory = one.update(memory, view).memory
        out.append((now, answer))
        count += 1
        now = min([now + (answer.valid or 60), *(at for at, _ in changes[:1])])
    return out


def last(one: Function, plan: Sequence[tuple[float, Any]], end: float) -> Any:
    return play(one, plan, end)[-1][1].value


def daily(aggregate: Any) -> Daily:
    return Daily("d", SOURCE, (0,), aggregate, NIGHT)


STEP = [(0, 9.0), (2, 4.0), (3, 2.0), (4, 9.0)]


@pytest.mark.parametrize(("aggregate", "value"), [(average, 3.0), (lowest, 2.0), (highest, 4.0)])
def test_daily_is_about_its_hours_only(aggregate: Any, value: float) -> None:
    assert last(daily(aggregate), STEP, 5) == value


def test_daily_stays_until_the_next_night_is_over() -> None:
    plan = [*STEP, (26, 7.0)]
    assert [last(daily(average), plan, hour) for hour in (1, 3.9, 4.1, 27, 28.1)] == [None, None, 3.0, 3.0, 7.0]


def test_daily_is_known_the_moment_its_hours_end() -> None:
    known = next(at for at, answer in play(daily(average), STEP, 5) if answer.value is not None)
    assert known == pytest.approx(wall("2026-05-01 04:00"))


@pytest.mark.parametrize(
    ("plan", "value"),
    [
        ([(2.19, 5.0)], 5.0),
        ([(2.21, 5.0)], None),
        ([(0, 5.0), (2.5, None), (2.69, 5.0)], 5.0),
        ([(0, 5.0), (2.5, None), (2.71, 5.0)], None),
    ],
)
def test_night_that_was_not_observed_well_is_unknown(plan: Any, value: float | None) -> None:
    assert last(daily(average), plan, 5) == value


def test_badly_observed_night_ends_what_the_one_before_said() -> None:
    answers = play(daily(average), [(0, 5.0), (26, None), (27, 5.0)], 29)
    assert (answers[-1][1].value, answers[-1][1].reason) == (None, Reason.NOT_OBSERVED)


def test_daily_counts_what_truths_do() -> None:
    plan = [(0, False), (1, True), (1.5, False), (2.5, True), (3, False), (3.5, True)]
    assert last(daily(rises), plan, 5) == 2


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 400)))
def test_restart_at_any_step_changes_no_night(restarts: set[int]) -> None:
    calm, shaken = (play(daily(average), STEP, 6, when) for when in ((), restarts))
    assert [answer.value for _, answer in shaken] == [answer.value for _, answer in calm]


def test_clock_set_back_a_little_keeps_the_result() -> None:
    one, view, memory = daily(average), View(1, [], instant(START)), None
    view.values[0] = 5.0
    for mono, text in [(0, "01:59"), (60, "02:00"), (7260, "04:00"), (7261, "03:59"), (7330, "04:00:08")]:
        view.now = Instant("b", mono, wall(f"2026-05-01 {text}"))
        answer = one.update(memory or one.memory(), view)
        memory = answer.memory
    assert answer.value == 5.0


def test_a_person_may_tell_what_time_it_is() -> None:
    one, view, memory = daily(average), View(1, [], instant(START)), None
    view.values[0] = 5.0
    night = HourBetween("h", LATE)
    for mono, text in [(0, "01:59"), (60, "02:00"), (7260, "04:00")]:
        view.now = Instant("b", mono, wall(f"2026-05-01 {text}"), trusted=False, by_hand=True)
        answer = one.update(memory or one.memory(), view)
        memory = answer.memory
    assert (answer.value, night.update(night.memory(), view).value) == (5.0, True)


def test_untrusted_clock_makes_it_unknown() -> None:
    one, view = daily(average), View(1, [], instant(START))
    view.now = instant(wall("2026-05-01 03:00"), trusted=False)
    answer = one.update(one.memory(), view)
    assert (answer.value, answer.reason) == (None, Reason.CLOCK)
