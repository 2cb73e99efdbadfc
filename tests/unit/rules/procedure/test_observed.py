"""Tests a luminaire runs by itself, watched through its gateway."""

from dataclasses import replace

import pytest

from drivers.points import Instant, Quality, Reading, Reason, Value
from rules.engine.rulebook import Tasks, compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.inputs import StartRun
from rules.model import Origin
from rules.procedure.model import Procedure
from tests.unit.rules.procedure.room import equipment, library

QUIET: dict[str, Value] = {
    "battery_failure": False, "lamp_failure": False, "function_test_failed": False, "duration_test_failed": False,
    "emergency_mode": False, "function_test": False, "duration_test": False, "battery": 100.0, "duration_result": 0.0,
}  # fmt: skip
MAINS: dict[str, Value] = {"voltage_l1": 230.0, "voltage_l2": 230.0, "voltage_l3": 230.0, "frequency": 50.0}


def shipped(name: str) -> Procedure:
    found = next(one for one in library().tasks.procedures or () if one.id == name)
    # The hours of mains before it are shortened to a minute.
    (required,) = found.requires
    return replace(found, requires=(replace(required, text="held(mains.healthy, 1 min)"),))


class Corridor:
    """One luminaire and its mains."""

    def __init__(self) -> None:
        procedures = [shipped("emergency-function"), shipped("emergency-duration")]
        rules = [rule for rule in library().rules if rule.id in ("L02", "L03")]
        units = [equipment("exit-1", "emergency-luminaire", relations={"mains": "mains"})]
        units.append(equipment("mains", "mains-supply"))
        rulebook, findings = compile_rulebook(library().classes, units, rules, Tasks(procedures))
        assert findings == []
        self.engine = Engine(rulebook, Origin("gw", "e1"))
        self.state, self.second, self.events = EngineState.initial(rulebook, self.now), 0.0, []  # type: ignore[misc]
        self.tell(**QUIET)
        self.mains(**MAINS)

    @property
    def now(self) -> Instant:
        return Instant("b", getattr(self, "second", 0.0), 1_000.0 + getattr(self, "second", 0.0))

    def tell(self, **values: Value | None) -> None:
        self._step("exit-1", values)

    def mains(self, **values: Value) -> None:
        self._step("mains", dict(values))

    def live(self, seconds: float) -> "Corridor":
        end = self.second + seconds
        while (due := self.engine.next_due(self.state)) is not None and due <= end:
            self.second = max(due, self.second)
            self._step("", {})
        self.second = end
        return self

    def verdicts(self) -> list[str]:
        return [event.verdict for event in self.events if event.kind == "record"]

    def _step(self, owner: str, values: dict[str, Value | None]) -> None:
        readings = [_reading(f"{owner}.{name}", value, self.now) for name, value in values.items()]
        self.state, effects = self.engine.step(self.state, readings, self.now)
        assert effects.commands == []
        self.events += effects.events


def _reading(point: str, value: Value | None, at: Instant) -> Reading:
    good = value is not None
    return Reading(point, value, Quality.GOOD if good else Quality.BAD, Reason.NONE if good else Reason.NO_ANSWER, at)


def after_test(**result: Value | None) -> Corridor:
    corridor = Corridor().live(90)
    corridor.tell(function_test=True)
    corridor.live(30).tell(function_test=False, **result)
    return corridor.live(120)


def test_passed_function_test() -> None:
    corridor = after_test()
    assert (corridor.verdicts(), corridor.events[-1].by) == (["passed"], "device")


@pytest.mark.parametrize("bit", ["function_test_failed", "lamp_failure", "battery_failure"])
def test_failed_function_test_raises_one_order(bit: str) -> None:
    corridor = after_test(**{bit: True})
    orders = [event.order for event in corridor.events if event.kind == "order"]
    assert (corridor.verdicts(), len(orders) <= 2, set(orders)) == (["failed"], True, {"gw/e1/exit-1/L02/1"})


def test_test_soon_after_a_mains_failure_is_postponed_and_still_due() -> None:
    corridor = Corridor().live(90)
    corridor.mains(voltage_l1=0.0)
    corridor.live(10).mains(voltage_l1=230.0)
    corridor.live(10).tell(function_test=True)
    corridor.live(30).tell(function_test=False)
    assert corridor.live(120).verdicts() == ["postponed"]
    assert corridor.state.procedures.history["exit-1/emergency-function"].done.mono < 1


def test_mains_failure_during_the_test_aborts_the_record() -> None:
    corridor = Corridor().live(90)
    corridor.tell(function_test=True)
    corridor.mains(voltage_l1=0.0)
    assert corridor.verdicts() == ["aborted"]


@pytest.mark.parametrize(("minutes", "verdict"), [(95.0, "passed"), (60.0, "failed")])
def test_duration_is_judged_against_the_rated_one(minutes: float, verdict: str) -> None:
    corridor = Corridor().live(90)
    corridor.tell(duration_test=True)
    corridor.live(minutes * 60).tell(duration_test=False, duration_result=minutes, battery=5.0)
    assert corridor.live(120).verdicts() == [verdict]


def test_test_found_under_way_is_not_counted() -> None:
    corridor = Corridor()
    corridor.state.procedures.seen.clear()
    corridor.tell(function_test=None)
    corridor.state.procedures.seen.clear()
    corridor.tell(function_test=True)
    corridor.live(30).tell(function_test=False)
    assert corridor.live(120).verdicts() == []


def test_nobody_starts_it_by_hand() -> None:
    corridor = Corridor()
    request = StartRun("emergency-function", "exit-1", "Li")
    corridor.state, effects = corridor.engine.step(corridor.state, [request], corridor.now)
    assert [error.code for error in effects.refused] == ["procedure.only-observed"]
