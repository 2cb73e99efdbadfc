"""Yearly maintenance: due by the calendar, done by a closed order or a reading by hand."""

import pytest

from drivers.points import Instant
from rules.engine.rulebook import compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.inputs import CloseOrder, Input, ManualReading
from rules.model import Origin
from tests.unit.rules.procedure.room import equipment, library

DAY = 86_400.0
ORDER = "gw/e1/earth-1/E16/1"


class Electrode:
    """One earth electrode, seen first on 1 January 1970; the test is due on 1 April."""

    def __init__(self) -> None:
        rules = [rule for rule in library().rules if rule.id == "E16"]
        units = [equipment("earth-1", "earth-electrode")]
        self.rulebook, findings = compile_rulebook(library().classes, units, rules, library().tasks)
        assert findings == []
        self.engine = Engine(self.rulebook, Origin("gw", "e1"))
        self.day, self.events = 0.0, []  # type: ignore[var-annotated]
        self.state = EngineState.initial(self.rulebook, self.now)

    @property
    def now(self) -> Instant:
        return Instant("b", self.day * DAY, self.day * DAY)

    def on(self, day: float, *inputs: Input) -> list[str]:
        """One step on ``day``; the codes of what was refused."""
        self.day = day
        self.state, effects = self.engine.step(self.state, inputs, self.now)
        self.events += effects.events
        return [error.code for error in effects.refused]

    @property
    def alarm(self) -> str:
        record = self.state.alarms.get("earth-1/E16")
        return record.alarm.state if record else "normal"


def due() -> Electrode:
    electrode = Electrode()
    electrode.on(0)
    electrode.on(65)
    assert electrode.alarm == "active"
    return electrode


def test_closed_order_is_the_work() -> None:
    electrode = due()
    electrode.on(70, CloseOrder(ORDER, "Li", "report 2026-17"))
    assert electrode.alarm == "returned"
    electrode.on(100)
    assert electrode.alarm == "returned"
    electrode.on(365 + 65)
    assert electrode.alarm == "active"


def test_reading_by_hand_is_the_work_and_is_told() -> None:
    electrode = due()
    electrode.on(70, ManualReading("earth-1", "resistance", 0.8, "Li"))
    told = [event for event in electrode.events if event.kind == "reading"]
    assert electrode.alarm == "returned"
    assert [(event.value, event.unit, event.by) for event in told] == [(0.8, "Ω", "Li")]


@pytest.mark.parametrize(("name", "role"), [("earth-9", "resistance"), ("earth-1", "resistence")])
def test_reading_of_nothing_is_refused(name: str, role: str) -> None:
    assert due().on(70, ManualReading(name, role, 0.8, "Li")) == ["procedure.no-role"]


def test_untrusted_calendar_says_nothing() -> None:
    electrode = Electrode()
    electrode.on(0)
    electrode.state, _ = electrode.engine.step(electrode.state, [], Instant("b", 65 * DAY, 65 * DAY, trusted=False))
    assert electrode.alarm == "normal"


def test_work_done_survives_a_restart() -> None:
    electrode = due()
    electrode.on(70, CloseOrder(ORDER, "Li"))
    rows = electrode.state.rows(electrode.rulebook)
    electrode.state, _ = EngineState.restore(rows, electrode.rulebook, electrode.now)
    electrode.on(80)
    assert electrode.alarm == "returned"
