"""Command lines as people type them."""

import pytest

from emulators.script import AtTime, Clear, ScriptCommand, ScriptError, SetFault, SetValue, parse_line, parse_lines


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("set booster.level 25", SetValue("booster", "level", 25.0)),
        ("  set ats.position mains  ", SetValue("ats", "position", "mains")),
        ("set booster.overflow on", SetValue("booster", "overflow", True)),
        ("fault booster half-open", SetFault("booster", "half-open")),
        ("clear booster  # mended", Clear("booster")),
        ("at 10 s fault booster bad:level", AtTime(10.0, SetFault("booster", "bad:level"))),
        ("at 10 s: clear booster", AtTime(10.0, Clear("booster"))),
        ("at 1.5 min clear booster", AtTime(90.0, Clear("booster"))),
        ("", None),
        ("# nothing", None),
    ],
)
def test_understood(line: str, command: ScriptCommand | None) -> None:
    assert parse_line(line) == command


@pytest.mark.parametrize(
    "line",
    [
        "set booster 25",
        "set booster.level",
        "break booster",
        "at 10 kPa clear booster",
        "at 10 s at 5 s clear b",
        "at 10 s #",
    ],
)
def test_not_understood(line: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_line(line)
    assert caught.value.code == "emulator.bad-line"


def test_a_scenario_is_its_lines() -> None:
    assert parse_lines(["# leak", "", "clear a", "clear b"]) == (Clear("a"), Clear("b"))
