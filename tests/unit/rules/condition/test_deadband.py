"""The clear condition a rule gets that writes none: each limit moved by the deadband of what is measured."""

import pytest

from drivers.points import UNITS, Kind
from rules.condition.deadband import band_of, clear_of, deadbands
from rules.condition.scope import Scope, Slots
from rules.condition.written import written
from rules.model import Binding, Role, Source
from tests.unit.rules.bench import CLASSES, MAINS_1, TANK, Bench, low_level, tank


@pytest.fixture(autouse=True)
def _spans(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, span in (("level", (0.0, 100.0)), ("water", (0.0, 50.0)), ("pressure", (0.0, 1000.0))):
        monkeypatch.setitem(TANK.roles, name, _with_span(TANK.roles[name], span))


def _with_span(role: Role, span: tuple[float, float]) -> Role:
    return Role(role.name, role.kind, role.unit, role.required, role.states, role.title, span)


def cleared(text: str) -> str | None:
    return clear_of(text, Scope(tank(), CLASSES, {"tank-1": tank(), "mains-1": MAINS_1}, Slots()))


@pytest.mark.parametrize(
    ("text", "clear"),
    [
        ("level <= low", "not (level <= low + 5 %)"),
        ("level > 90 %", "not (level > 90 % - 5 %)"),
        ("low >= level", "not (low + 5 % >= level)"),
        ("water > 40 °C", "not (water > 40 °C - 0.5 K)"),
        ("pressure < 3 bar", "not (pressure < 3 bar + 20 kPa)"),
        ("20 % <= level <= 80 %", "not (20 % - 5 % <= level <= 80 % + 5 %)"),
        ("level <= low and (leak or water > 40 °C)", "not (level <= low + 5 % and (leak or water > 40 °C - 0.5 K))"),
        ("level <= low or running", "not (level <= low + 5 % or running)"),
        ("level <= low and not running", "not (level <= low + 5 % and not running)"),
        # Under not it is the other way round: the condition holds longer.
        ("not level > low", "not (not level > low + 5 %)"),
        ("not 20 % <= level <= 80 %", "not (not 20 % + 5 % <= level <= 80 % - 5 %)"),
        ("not (level > low or not water > 40 °C)", "not (not (level > low + 5 % or not water > 40 °C - 0.5 K))"),
        ("level <= low and hour_between(22:00..06:00)", "not (level <= low + 5 % and hour_between(22:00..06:00))"),
        # A plain 0 has the unit of its signal.
        ("water < 0", "not (water < 0 °C + 0.5 K)"),
        ("pressure <= 0", "not (pressure <= 0 kPa + 20 kPa)"),
        ("water < -5 °C", "not (water < -5 °C + 0.5 K)"),
        ("water > 86 °F", "not (water > 86 °F - 0.5 K)"),
        # Within the span: halfway to its end where that is near.
        ("level > 3 %", "not (level > 3 % - 1.5 %)"),
        ("level < 98 %", "not (level < 98 % + 1 %)"),
        ("level > 10 %", "not (level > 10 % - 5 %)"),
    ],
)
def test_limits_move_away(text: str, clear: str) -> None:
    assert cleared(text) == clear


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("air > 40 °C", id="no span"),
        pytest.param("leak", id="no limit"),
        pytest.param("level > 90 % if leak else level > 80 %", id="if"),
        pytest.param("avg(level, 10 min) < low", id="function"),
        pytest.param("held(level < low, 1 min)", id="within a function"),
        pytest.param("level - 5 % < low", id="calculated"),
        pytest.param("level < low + 3 %", id="a limit that is calculated"),
        pytest.param("level == 5 %", id="equality"),
        pytest.param("level > 0 %", id="no room in the span"),
        pytest.param("level > -5 %", id="a limit outside the span"),
        pytest.param("mode == manual", id="enum"),
        pytest.param("levle < low", id="wrong anyway"),
        pytest.param("level <", id="unfinished"),
    ],
)
def test_what_gets_none(text: str) -> None:
    assert cleared(text) is None


@pytest.mark.parametrize(
    ("unit", "span", "band"),
    [
        ("°F", (32.0, 212.0), "1 K"),
        ("%", (0.0, 100.0), "5 %"),
        ("m³/h", (0.0, 200.0), "10 m³/h"),
        ("MPa", (0.0, 1.6), "0.032 MPa"),
        ("°C", (-20.0, 80.0), "1 K"),
        ("V", (0.0, 400.0), "4 V"),
        ("pH", (0.0, 14.0), ""),
        ("%", None, ""),
    ],
)
def test_share_of_the_span(unit: str, span: tuple[float, float] | None, band: str) -> None:
    found = band_of(Role("r", Kind.ANALOG, UNITS[unit], span=span), room=1e9)
    assert (written(found) if found is not None else "") == band


@pytest.mark.parametrize(
    ("text", "raised", "over"),
    [
        ("level > 3 %", {"level": 4.0}, {"level": 0.0}),
        ("level < 98 %", {"level": 97.0}, {"level": 100.0}),
        ("water < 0", {"water": -1.0}, {"water": 1.0}),
        ("pressure <= 0", {"pressure": 0.0}, {"pressure": 21.0}),
        ("water > 86 °F", {"water": 31.0}, {"water": 29.0}),
    ],
)
def test_what_it_ends_can_be_reached(text: str, raised: dict[str, float], over: dict[str, float]) -> None:
    bench = Bench(low_level(when=Source(text), clear=None, on_delay=0.0, off_delay=0.0))
    bench.at(0, **raised)
    assert bench.alarm() == "active"
    bench.at(1, **over)
    assert bench.alarm() == "returned"


def test_a_value_that_trembles_at_its_limit_is_one_alarm() -> None:
    bench = Bench(low_level(clear=None, on_delay=0.0, off_delay=0.0))
    for second in range(60):
        bench.at(second, level=29.9 + 0.2 * (second % 2))
    assert [event.transition for event in bench.events if event.kind == "alarm"] == ["raised"]
    assert bench.events[0].why.clears == "not (level <= low + 5 %)"
    bench.at(61, level=35.1)
    assert bench.alarm() == "returned"


def test_who_writes_a_clear_condition_gets_that_one() -> None:
    bench = Bench(low_level(clear=Source("level > low"), on_delay=0.0, off_delay=0.0))
    bench.at(0, level=30)
    bench.at(1, level=30.1)
    assert bench.alarm() == "returned"


@pytest.mark.parametrize(
    ("level", "known"), [(109.9, True), (-9.9, True), (110.1, False), (-10.1, False), (6553, False)]
)
def test_far_outside_its_span_a_value_is_none(level: float, known: bool) -> None:
    bench = Bench(low_level(when=Source("level <= low or bad(level)"), clear=None, on_delay=0.0, off_delay=0.0))
    bench.at(0, level=level)
    slot = bench.engine.rulebook.feeds["tank-1.level"][0].slot
    assert (bench.state.view.values[slot] is not None) is known
    if not known:
        (evidence,) = [one for one in bench.events[0].why.inputs if one.name == "level"]
        assert (evidence.value, evidence.quality, evidence.reason) == (None, "bad", "range")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("level <= low and not leak", [("level <= low", "5 %", "")]),
        ("level <= low and water > 40 °C", [("level <= low", "5 %", ""), ("water > 40 °C", "0.5 K", "")]),
        ("not 20 % <= level <= 80 %", [("20 % <= level", "5 %", ""), ("level <= 80 %", "5 %", "")]),
        ("level <= low or spare > 5 %", [("level <= low", "5 %", "")]),
        ("air > 40 °C", [("air > 40 °C", "", "span")]),
        ("level > 0 %", [("level > 0 %", "", "room")]),
        ("level - 5 % < low", [("level - 5 % < low", "", "calculated")]),
        ("avg(level, 10 min) < low", [("avg(level, 10 min) < low", "", "calculated")]),
        ("held(level < low, 1 min)", [("level < low", "", "within")]),
        ("level > 90 % if leak else level > 80 %", [("level > 90 %", "", "within"), ("level > 80 %", "", "within")]),
        ("mode == manual or leak", []),
        ("levle < low", [("levle < low", "", "calculated")]),
        ("level <", []),
    ],
)
def test_it_is_said_what_each_comparison_gets(text: str, found: list[tuple[str, str, str]]) -> None:
    scope = Scope(tank(), CLASSES, {"tank-1": tank(), "mains-1": MAINS_1}, Slots())
    assert [(one.comparison, one.band, one.reason) for one in deadbands(text, scope)] == found


def test_what_has_no_usual_deadband_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TANK.roles, "spare", Role("spare", Kind.ANALOG, UNITS["pH"], required=True, span=(0.0, 14.0)))
    one = tank()
    one.roles["spare"] = Binding("tank-1.spare")
    (found,) = deadbands("spare > 8 pH", Scope(one, CLASSES, {}, Slots()))
    assert found.reason == "unit"
