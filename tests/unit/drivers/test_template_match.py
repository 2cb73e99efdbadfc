"""What speaks for a template: values that could have been wrong weigh more than values that could not."""

import pytest

from drivers.points import Instant, Kind, Quality, Reading, Reason, unit
from drivers.template_match import Candidate, likeliest, shown, weigh
from drivers.templates import ModbusSource, Table, TemplatePoint

AT = Instant("boot", 0.0, 0.0)
SOURCE = ModbusSource(Table.HOLDING, 0)
ANY = TemplatePoint("any", {}, Kind.COUNTER, SOURCE)
RANGED = TemplatePoint("level", {}, Kind.ANALOG, SOURCE, unit("%"), 0.0, 100.0)
STATED = TemplatePoint("mode", {}, Kind.ENUM, SOURCE, states=("stop", "auto"))
FLOAT = TemplatePoint("power", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 0, "f32"))


def reading(name: str, value: object, reason: Reason = Reason.NONE) -> Reading:
    return Reading(f"d.{name}", value, Quality.BAD if reason else Quality.GOOD, reason, AT)


@pytest.mark.parametrize(
    ("point", "value", "reason", "answered", "plausible", "telling", "score"),
    [
        (ANY, 7, Reason.NONE, 1, 1, 0, 1 / 7),
        (ANY, 0, Reason.NONE, 1, 1, 0, 0.25 / 7),
        (RANGED, 25.0, Reason.NONE, 1, 1, 1, 3 / 9),
        (RANGED, 0.0, Reason.NONE, 1, 1, 0, 0.25 / 9),
        (RANGED, None, Reason.RANGE, 1, 0, 0, 0.0),
        (RANGED, None, Reason.SENTINEL, 1, 0, 0, 0.0),
        (RANGED, None, Reason.EXCEPTION, 0, 0, 0, 0.0),
        (STATED, "auto", Reason.NONE, 1, 1, 1, 3 / 9),
        (STATED, "stop", Reason.NONE, 1, 1, 0, 0.25 / 9),
        (STATED, None, Reason.DECODE, 1, 0, 0, 0.0),
        (FLOAT, 1.5, Reason.NONE, 1, 1, 1, 3 / 9),
    ],
)
def test_one_point(
    point: TemplatePoint, value: object, reason: Reason, answered: int, plausible: int, telling: int, score: float
) -> None:
    judged = weigh("t", [point], [reading(point.name, value, reason)])
    assert (judged.asked, judged.answered, judged.plausible, judged.telling) == (1, answered, plausible, telling)
    assert judged.score == pytest.approx(score, abs=0.001)


def test_what_never_answered_counts_against_it() -> None:
    judged = weigh("t", [RANGED, FLOAT], [reading("level", 25.0)])
    assert (judged.score, judged.examples) == (0.125, ("level 25 %",))


def test_the_bits_of_one_register_prove_what_one_register_does() -> None:
    bits = [TemplatePoint(f"b{n}", {}, Kind.BINARY, ModbusSource(Table.HOLDING, 0, bit=n)) for n in range(16)]
    judged = weigh("t", bits, [reading(point.name, True) for point in bits])
    assert (judged.plausible, judged.score) == (16, pytest.approx(1 / 7, abs=0.001))


def test_much_that_fits_beats_little_that_cannot_but_fit() -> None:
    poor = weigh("poor", [ANY], [reading("any", 7)])
    sources = [ModbusSource(Table.HOLDING, address) for address in range(9)]
    points = [TemplatePoint(f"p{n}", {}, Kind.ANALOG, source, low=0.0, high=9.0) for n, source in enumerate(sources)]
    rich = weigh("rich", points, [reading(point.name, 5.0) for point in points[:-1]])
    assert likeliest([poor, rich])[0] is rich


def test_nothing_asked_is_no_evidence() -> None:
    assert weigh("t", [], []).score == 0.0


def test_the_best_comes_first_and_what_nothing_speaks_for_is_left_out() -> None:
    good = Candidate("good", 0.9, 10, 10, 9, 5)
    richer = Candidate("richer", 0.9, 10, 10, 9, 6)
    poor = Candidate("poor", 0.1, 10, 1, 1, 0)
    none = Candidate("none", 0.0, 10, 10, 0, 0)
    assert likeliest([poor, none, good, richer]) == [richer, good, poor]


@pytest.mark.parametrize(
    ("point", "value", "text"), [(RANGED, 25.0, "level 25 %"), (STATED, "auto", "mode auto"), (ANY, 65535, "any 65535")]
)
def test_a_value_as_people_write_it(point: TemplatePoint, value: object, text: str) -> None:
    assert shown(point, reading(point.name, value)) == text
