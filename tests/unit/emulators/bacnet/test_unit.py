"""What an emulated device shows and takes, without a wire."""

import pytest

from drivers.points import Kind, Value
from drivers.templates import BacnetSource, Template, TemplatePoint
from emulators.bacnet import AcceptedWrite, BacnetUnit
from emulators.bacnet.unit import default, raw_of, value_of

STATES = ((1, "off"), (2, "auto"))


def point(name: str, kind: Kind, type: str, low: float | None = None, **source: object) -> TemplatePoint:
    return TemplatePoint(name, {}, kind, BacnetSource(type, 1, **source), low=low)


LEVEL = point("level", Kind.ANALOG, "analog-input")
SETPOINT = point("setpoint", Kind.ANALOG, "analog-value", scale=0.1)
MODE = point("mode", Kind.ENUM, "multi-state-value", states=STATES)
VALVE = point("valve", Kind.BINARY, "binary-output")
NAME = point("name", Kind.TEXT, "characterstring-value")


@pytest.fixture
def unit() -> BacnetUnit:
    return BacnetUnit(Template("t", {}, "bacnet", (LEVEL, SETPOINT, MODE, VALVE, NAME)), 7, values={"setpoint": 5.0})


def test_the_highest_priority_shows_until_it_is_relinquished(unit: BacnetUnit) -> None:
    shown = []
    for value, priority in ((1.0, None), (2.0, 8), (3.0, 12), (None, 8), (None, 12), (None, None)):
        unit.command(SETPOINT, value, priority)
        shown.append(unit.value(SETPOINT))
    assert shown == [1.0, 2.0, 2.0, 3.0, 1.0, 5.0]
    assert unit.writes[0] == AcceptedWrite("setpoint", 1.0, 16)


def test_relinquishing_what_nobody_commanded_changes_nothing(unit: BacnetUnit) -> None:
    unit.command(SETPOINT, None, 8)
    assert unit.value(SETPOINT) == 5.0


def test_inputs_are_written_only_out_of_service(unit: BacnetUnit) -> None:
    assert [unit.writable(entry) for entry in unit.template.points] == [False, True, True, True, True]
    unit.faults.add("out-of-service:level")
    assert unit.writable(LEVEL)
    unit.command(LEVEL, 9.0, None)
    assert unit.value(LEVEL) == 9.0


def test_a_stuck_point_notes_the_write_and_stays(unit: BacnetUnit) -> None:
    unit.faults.add("stuck:setpoint")
    unit.command(SETPOINT, 1.0, 8)
    assert (unit.value(SETPOINT), len(unit.writes)) == (5.0, 1)


@pytest.mark.parametrize(
    ("entry", "value"),
    [(LEVEL, 0.0), (MODE, "off"), (VALVE, False), (NAME, ""), (point("p", Kind.ANALOG, "loop", 3.0), 3.0)],
)
def test_what_was_never_set_has_a_default(entry: TemplatePoint, value: Value) -> None:
    assert default(entry) == value


@pytest.mark.parametrize(("entry", "value"), [(SETPOINT, 21.5), (MODE, "auto"), (VALVE, True), (NAME, "AHU 1")])
def test_values_travel_there_and_back(entry: TemplatePoint, value: Value) -> None:
    assert value_of(entry, raw_of(entry, value)) == value


def test_a_state_nobody_named_has_no_number() -> None:
    with pytest.raises(ValueError, match="elsewhere"):
        raw_of(MODE, "elsewhere")


def test_every_point_lists_its_faults(unit: BacnetUnit) -> None:
    assert {"fault:level", "nan:setpoint", "stuck:valve"} <= set(unit.point_faults())
