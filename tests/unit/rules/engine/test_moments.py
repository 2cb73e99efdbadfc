"""Stored moments after a reboot: every timer there is goes on, whatever the clock was worth before, then and later.

What holds a moment is found by its types: a new timer joins by being stored.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.points import Instant
from rules.engine.moments import Rebasing
from rules.engine.state import EngineState
from rules.inputs import Acknowledge, Shelve
from rules.model import Severity, Source
from rules.plain import to_plain
from tests.soak import examples
from tests.unit.rules.bench import Bench, low_level
from tests.unit.rules.functions.test_any_step import rules as every_function
from tests.unit.rules.procedure.room import Room
from tests.unit.rules.procedure.test_plans import DAY, Electrode, due

# --- every moment in everything stored

Path = tuple[str, ...]


def places(kind: Any, path: Path = ()) -> Iterator[Path]:
    """Where in a value of ``kind`` a moment can stand."""
    if kind is Instant:
        yield path
    elif get_origin(kind) is not None or isinstance(kind, UnionType):
        for inner in get_args(kind):
            yield from places(inner, path)
    elif is_dataclass(kind) or hasattr(kind, "_fields"):
        for name, hint in get_type_hints(kind).items():
            yield from places(hint, (*path, name))


def filled(kind: Any, moment: Instant) -> Any:
    """A value of ``kind`` with ``moment`` wherever one can stand."""
    if kind is Instant:
        return moment
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType) or isinstance(kind, UnionType):
        return filled(next(one for one in inner if one is not NoneType), moment)
    if origin is dict:
        return {filled(inner[0], moment): filled(inner[1], moment)}
    if origin in (list, tuple):
        return origin([filled(inner[0], moment)])
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{one.name: filled(hints[one.name], moment) for one in fields(kind)})  # type: ignore[operator]
    if hasattr(kind, "_fields"):
        return kind(*(filled(hint, moment) for hint in get_type_hints(kind).values()))
    return next(iter(kind)) if hasattr(kind, "__members__") else "x" if kind is Any else kind()


def moments(value: Any, path: Path = ()) -> Iterator[tuple[Path, Instant]]:
    """Every moment in ``value``, and where."""
    if isinstance(value, Instant):
        yield path, value
    elif is_dataclass(value):
        for one in fields(value):
            yield from moments(getattr(value, one.name), (*path, one.name))
    elif isinstance(value, dict | list | tuple):
        items = value.values() if isinstance(value, dict) else value
        for item in items:
            yield from moments(item, path)


MEMORIES = {instance.function.memory for instance in Bench(*every_function()).engine.rulebook.instances}
HINTS = get_type_hints(EngineState)
KINDS = [HINTS[one.name] for one in fields(EngineState) if one.name != "view"]
HOLDERS = [kind for kind in (*KINDS, *sorted(MEMORIES, key=lambda one: one.__name__)) if list(places(kind))]


@pytest.mark.parametrize("kind", HOLDERS, ids=str)
def test_every_place_for_a_moment_is_found(kind: Any) -> None:
    there = filled(kind, Instant("one", 5.0, 1_000.0))
    moved = Rebasing([there], Instant("two", 3.0, 1_010.0))(there)
    assert {path for path, _ in moments(there)} == set(places(kind))
    assert {(path, moment.boot, moment.mono) for path, moment in moments(moved)} == {
        (path, "two", -7.0) for path in places(kind)
    }


def test_everything_that_counts_time_is_looked_at() -> None:
    assert {"AlarmRecord", "Flood", "ProcedureState", "HeldMemory", "Record"} <= {
        name
        for kind in HOLDERS
        for name in ("AlarmRecord", "Flood", "ProcedureState", "HeldMemory", "Record")
        if name in str(kind)
    }


seconds = st.floats(0.0, 1e7)
trust = st.tuples(st.booleans(), st.booleans(), st.booleans())


@settings(max_examples=examples(300), deadline=None)
@given(st.booleans(), trust, trust, seconds, seconds, seconds, st.sampled_from([0.0, 2e9, 9e9]))
def test_a_moment_goes_on(
    rebooted: bool, trusted: Any, by_hand: Any, on: float, off: float, later: float, told: float
) -> None:
    """``on`` seconds before the end of its boot, ``off`` switched off, ``later`` seconds after the start.

    What a person told (``by_hand``) measures no time, whatever it is.
    """
    hands = [told_here and not known for told_here, known in zip(by_hand, trusted, strict=True)]
    moment = Instant("one", 1e8, told if hands[0] else 2e9, trusted[0], hands[0])
    last = Instant("one", 1e8 + on, told + on if hands[1] else 2e9 + on, trusted[1], hands[1])
    # An untrusted clock says anything.
    wall = 2e9 + on + off if trusted[2] else told
    at = Instant("two", 7.0, wall, trusted[2], hands[2])
    at = at if rebooted else replace(last, mono=last.mono + off, wall=wall, by_hand=hands[2])
    moved = Rebasing([moment, last], at)(moment)
    now = replace(at, mono=at.mono + later, wall=at.wall + later)
    measured = not rebooted or (trusted[2] and (trusted[0] or trusted[1]))
    assert now.since(moved) == pytest.approx(later + on + (off if measured else 0.0), abs=1e-3)
    assert (moved.wall, moved.trusted) == (moment.wall, moment.trusted)
    # A clock that is trusted later changes nothing that was counted.
    assert replace(now, trusted=True, wall=9e9).since(moved) == now.since(moved)
    # Nor does a person who tells the time.
    assert replace(now, trusted=False, by_hand=True, wall=9e9).since(moved) == now.since(moved)


@pytest.mark.parametrize("trusted", [True, False])
def test_restored_state_holds_no_moment_of_another_boot(trusted: bool) -> None:
    bench = Bench(*every_function(), low_level())
    for second in range(0, 300, 30):
        bench.at(second, level=20.0 + second % 7, running=second % 60 == 0)
    bench.at(300, Shelve("tank-1/W01", "Li", "valve", 3_600.0))
    bench.restart(at=Instant("b2", 7.0, 2_000.0, trusted))
    held = [
        *(getattr(bench.state, one.name) for one in fields(EngineState) if one.name != "view"),
        bench.state.view.memories,
    ]
    assert {moment.boot for _, moment in moments(held)} == {"b2"}
    # And no more of it is in the store: a second reboot must not lose what this one measured.
    assert {body["boot"] for stored in bench.store.values() for body in _moments_in(json.loads(stored))} == {"b2"}


def _moments_in(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, dict):
        # ``at`` of a fact is a moment as it travels: history, not a timer.
        if set(body) == {"boot", "mono", "wall", "trusted", "by_hand"}:
            yield body
        for key, item in body.items():
            if key != "fact":
                yield from _moments_in(item)
    if isinstance(body, list):
        for item in body:
            yield from _moments_in(item)


def test_two_reboots_count_what_each_boot_measured() -> None:
    bench = Bench(low_level(on_delay=1_000.0))
    bench.at(0, level=20)
    for boot in ("b2", "b3", "b4"):
        bench.at(bench.now.mono + 300)
        bench.restart(at=Instant(boot, 10.0, 0.0, trusted=False))
        bench.at(10, level=20)
    bench.at(105)
    assert bench.alarm() == "pending"
    bench.at(115)
    assert bench.alarm() == "active"


def test_same_boot_stores_nothing_anew() -> None:
    bench = Bench(*every_function())
    bench.at(0, level=20.0)
    bench.at(120, level=30.0)
    assert bench.restart().rows == []


# --- every timer there is, by what it does


@dataclass
class Case:
    """``begin`` starts a timer of ``seconds``; ``over`` says whether it has ended."""

    begin: Callable[[Bench], object]
    seconds: float
    over: Callable[[Bench], bool]
    rules: tuple[Any, ...] = ()


def low(bench: Bench) -> object:
    return bench.at(0, level=20)


def active(bench: Bench) -> bool:
    return bench.alarm() == "active"


def shelved(bench: Bench) -> object:
    low(bench)
    return bench.at(0, Shelve("tank-1/W01", "Li", "valve", 900.0))


def acknowledged(bench: Bench) -> object:
    low(bench)
    return bench.at(0, Acknowledge("tank-1/W01", "Li"))


def cleared(bench: Bench) -> object:
    low(bench)
    return bench.at(0, level=90)


def chatter(bench: Bench) -> None:
    for second in range(3):
        bench.at(second, level=20)
        bench.at(second + 0.5, level=90)


AT_ONCE = {"on_delay": 0.0, "off_delay": 0.0}
TIMERS = {
    "on-delay": Case(low, 900.0, active, (low_level(on_delay=900.0, severity=Severity.CRITICAL),)),
    "off-delay": Case(
        cleared, 900.0, lambda bench: bench.alarm() == "returned", (low_level(on_delay=0.0, off_delay=900.0),)
    ),
    "shelf": Case(
        shelved, 900.0, lambda bench: bench.state.alarms["tank-1/W01"].alarm.shelf is None, (low_level(**AT_ONCE),)
    ),
    "shelf of a chattering alarm": Case(
        chatter, 1_800.0, lambda bench: bench.state.alarms["tank-1/W01"].alarm.shelf is None, (low_level(**AT_ONCE),)
    ),
    "realarm": Case(
        acknowledged,
        900.0,
        lambda bench: not bench.state.alarms["tank-1/W01"].alarm.acknowledged,
        (low_level(**AT_ONCE, realarm=900.0),),
    ),
    "held": Case(low, 900.0, active, (low_level(when=Source("held(level <= low, 15 min)"), clear=None, **AT_ONCE),)),
    "unchanged": Case(low, 900.0, active, (low_level(when=Source("unchanged(level, 15 min)"), clear=None, **AT_ONCE),)),
    "window": Case(low, 900.0, active, (low_level(when=Source("avg(level, 15 min) < low"), clear=None, **AT_ONCE),)),
}


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("on", [0.0, 500.0])
@pytest.mark.parametrize("name", TIMERS)
def test_timer_goes_on_after_a_reboot(name: str, on: float, trusted: bool) -> None:
    case = TIMERS[name]
    bench = Bench(*case.rules)
    case.begin(bench)
    values = {"level": bench.state.view.values[0]}
    bench.at(on, **values)
    assert not case.over(bench)
    bench.restart(at=Instant("b2", 5.0, bench.now.wall + 60.0 if trusted else 0.0, trusted))
    bench.at(5, **values)
    bench.at(5 + case.seconds + 5, **values)
    assert case.over(bench)


@pytest.mark.parametrize("trusted", [True, False])
def test_flood_ends_after_a_reboot(trusted: bool) -> None:
    bench = Bench(low_level(**AT_ONCE))
    bench.at(0, level=50)
    state = bench.state
    for number in range(10):
        state.flood = state.flood.with_raise(f"tank-{number}/W01", bench.now)
    state.flood = replace(state.flood, root="tank-1/W01")
    bench.store["flood", "site"] = json.dumps(to_plain(state.flood))
    bench.restart(at=Instant("b2", 5.0, 1_000.0 if trusted else 0.0, trusted))
    bench.at(5)
    assert bench.state.flood.rising
    bench.at(610)
    assert not bench.state.flood.rising


@pytest.mark.parametrize("trusted", [True, False])
def test_owed_safe_command_is_repeated_after_a_reboot(trusted: bool) -> None:
    room = Room()
    room.deaf.add("auto")
    room.start()
    # The test is over, what it owes is not.
    room.until("")
    room.boot, room.trusted = "b2", trusted
    room.kill()
    room.deaf.clear()
    room.live(700)
    assert (room.obligations(), room.machine.mode) == ([], "auto")


# --- what is due by date


@pytest.mark.parametrize("days", [1, 40])
def test_overdue_plan_stays_overdue_while_the_clock_is_unknown(days: int) -> None:
    electrode = due()
    rows = electrode.state.rows(electrode.rulebook)
    start = Instant("b2", 5.0, 0.0, trusted=False)
    electrode.state, _ = EngineState.restore(rows, electrode.rulebook, start)
    for hour in range(0, days * 24, 6):
        at = replace(start, mono=5.0 + hour * 3600.0)
        electrode.state, _ = electrode.engine.step(electrode.state, [], at)
        assert electrode.alarm == "active"


def test_nothing_is_overdue_by_an_untrusted_stamp() -> None:
    """First seen in 1970, as the clock said; a minute later the clock is set."""
    electrode = due()
    start = Instant("b", 5.0, 0.0, trusted=False)
    electrode.state = EngineState.initial(electrode.rulebook, start)
    electrode.state, _ = electrode.engine.step(electrode.state, [], start)
    # 2026-05-01: the next due date is far away.
    later = Instant("b", 65.0, 1_777_593_600.0)
    electrode.state, _ = electrode.engine.step(electrode.state, [], later)
    assert electrode.alarm == "normal"
    rows = electrode.state.rows(electrode.rulebook)
    electrode.state, _ = EngineState.restore(rows, electrode.rulebook, Instant("b2", 5.0, later.wall + 60.0))
    electrode.state, _ = electrode.engine.step(electrode.state, [], Instant("b2", 5.0, later.wall + 60.0))
    assert electrode.alarm == "normal"


class NeverTested(Room):
    """A generating set whose weekly test never passes; nothing is read from it."""

    def on(self, day: float) -> str:
        """The alarm about that on ``day`` of this boot."""
        self.second = day * DAY
        self.put()
        record = self.state.alarms.get("generator-1/G07")
        return record.alarm.state if record else "normal"

    def reboot(self, trusted: bool, off: float) -> str:
        """The alarm in the first moment of another boot, ``off`` days later."""
        self.wall += self.second + off * DAY if trusted else -self.wall
        self.boot, self.trusted, self.second = "b2", trusted, 0.0
        self.kill(off=1.0)
        return self.on(0.0)


@pytest.mark.parametrize("trusted", [True, False])
def test_overdue_test_stays_overdue_after_a_reboot(trusted: bool) -> None:
    room = NeverTested()
    assert [room.on(day) for day in (0, 7, 9)] == ["normal", "normal", "active"]
    assert [room.reboot(trusted, off=1.0), room.on(1.0)] == ["active", "active"]


def test_time_switched_off_counts_for_a_test_as_soon_as_the_clock_is_set() -> None:
    room = NeverTested()
    room.on(0)
    room.on(3)
    wall = room.now.wall
    assert [room.reboot(False, off=6.0), room.on(0.1)] == ["normal", "normal"]
    room.trusted, room.wall = True, wall + 6 * DAY
    assert room.on(0.2) == "active"


BY_DATE = [
    ("a trusted stamp counts to the day a person tells", True, False, 10.0),
    ("a stamp a person told is no older than its boots were on", False, True, 1.0),
    ("nor is one of no clock", False, False, 1.0),
]


@pytest.mark.parametrize(("trusted", "by_hand", "days"), [row[1:] for row in BY_DATE], ids=[row[0] for row in BY_DATE])
def test_how_old_a_stamp_of_another_boot_is_by_hand(trusted: bool, by_hand: bool, days: float) -> None:
    stamp = Instant("b2", 0.0, 2e9, trusted, by_hand)
    now = Instant("b2", DAY, 2e9 + 10 * DAY, trusted=False, by_hand=True)
    assert now.by_calendar_since(stamp) == days * DAY
    assert stamp.date(now) == (2e9 if trusted else now.wall - DAY)


def test_what_a_person_tells_makes_plans_due_and_a_second_word_takes_it_back() -> None:
    electrode = Electrode()
    electrode.on(0)
    rows, told = electrode.state.rows(electrode.rulebook), []
    start = Instant("b2", 5.0, 0.0, trusted=False)
    electrode.state, _ = EngineState.restore(rows, electrode.rulebook, start)
    for mono, day in [(5.0, None), (605.0, 65), (1_205.0, 20)]:
        at = Instant("b2", mono, (day or 0) * DAY, trusted=False, by_hand=day is not None)
        electrode.state, _ = electrode.engine.step(electrode.state, [], at)
        told.append(electrode.alarm)
    assert told == ["normal", "active", "returned"]
