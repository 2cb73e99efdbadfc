"""Lines that lose frames and gateways with absent units, with a seed and in simulated time: who pays, and how much."""

from collections.abc import Callable

import pytest

from drivers.modbus.rtu import Timing, wrap
from drivers.points import Kind, Quality, Reason
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint
from emulators.modbus.unit import ModbusUnit
from tests.lossy import ABSENT, EVERYBODY, NAMES, behind_gateway, marginal
from tests.simulated import Line, Losses, Run, rtu_driver, simulated, watched


@pytest.mark.parametrize(("loss", "fresh"), [(0.0, 1.0), (0.02, 0.99), (0.05, 0.97)])
def test_a_marginal_line_keeps_its_points_fresh(loss: float, fresh: float) -> None:
    run = marginal(loss)
    assert run.answered(NAMES) == pytest.approx(1 - loss, abs=0.01)
    assert run.fresh >= fresh
    assert loss or run.after["load"] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("word", [0x0A, 0x0B, 0x04])
@pytest.mark.parametrize("waits", [0.02, 0.6])
def test_absent_units_behind_a_gateway_cost_the_others_little(word: int, waits: float) -> None:
    """The gateway's word that nobody is there is silence; an exception without end is no value either."""
    seen, _ = behind_gateway(word, waits)
    good, gone = [f"u{number}" for number in EVERYBODY if number not in ABSENT], [f"u{number}" for number in ABSENT]
    assert {seen.after["devices"][name]["online"] for name in good} == {True}
    assert {seen.after["devices"][name]["online"] for name in gone} == {False}
    assert {seen.after["devices"][name]["breaker"] for name in gone} == {"open"}
    assert seen.on_time(good) >= 0.99
    assert sum(seen.after["devices"][name]["load"] for name in gone) <= 0.05
    assert all(seen.grown("requests", [name]) >= 5 for name in gone)


@pytest.mark.parametrize(("waits", "on_time", "asked"), [(0.6, 0.99, 4), (2.0, 0.95, 4), (5.0, 0.95, 3)])
def test_what_a_gateway_waits_for_silent_units_is_paid_for(waits: float, on_time: float, asked: int) -> None:
    """It says nothing for them, and its line is taken as long as it waits, be that longer than we do (1 s).

    While it waits for one, those that are known to answer are asked first: a unit that was never heard is not taken for
    absent because of another, and the next absent one does not begin the next wait.
    """
    seen, wasted = behind_gateway(None, waits)
    good, gone = [f"u{number}" for number in EVERYBODY if number not in ABSENT], [f"u{number}" for number in ABSENT]
    assert {seen.after["devices"][name]["online"] for name in gone} == {False}
    assert wasted <= 0.05
    assert seen.on_time(good) >= on_time
    assert seen.grown("requests", gone) >= asked, "as often as three hundredths of the time allow"


TWO_BLOCKS = Template(
    "blocks",
    {},
    "modbus",
    tuple(
        TemplatePoint(f"v{address}", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, address), poll="fast")
        for address in (0, 1000)
    ),
)


class Talkative(Line):
    """What a unit answers is followed by something else."""

    def __init__(self, unit: ModbusUnit, follow: Callable[[bytes], bytes], after: float) -> None:
        super().__init__({1: unit}, Timing(9600), Losses(0.0))
        self._follow, self._after = follow, after
        self.talks = True

    def _answer(self, data: bytes) -> None:
        super()._answer(data)
        if self.talks:
            self.say(self._follow(data), self._after)


def _twice(data: bytes) -> bytes:
    return data


def _another(data: bytes) -> bytes:
    """The answer of another unit with the same number: 7 in its only register."""
    return wrap(1, bytes([3, 2, 0, 7]))


@pytest.mark.parametrize(("follow", "after"), [(_twice, 0.03), (_twice, 0.08), (_another, 0.03), (_another, 0.08)])
def test_an_answer_that_nobody_asked_for_is_no_good_value_of_a_neighbour(
    follow: Callable[[bytes], bytes], after: float
) -> None:
    async def run() -> tuple[Run, Line]:
        line = Talkative(ModbusUnit(TWO_BLOCKS, {"v0": 11, "v1000": 22}), follow, after)
        polled = [Device("d", "line", "1", TWO_BLOCKS, 1.0, {"fast": 1.0})]
        seen = await watched(rtu_driver(line, polled), polled, 5.0, 30.0)
        return seen, line

    seen, _ = simulated(run())
    told = {(one.point, one.value) for one in seen.sink.all if one.quality is Quality.GOOD}
    assert told <= {("d.v0", 11), ("d.v1000", 22), ("d.online", True), ("line.online", True)}
    assert seen.sink.readings["d.v0"][1:4] == (11, Quality.UNCERTAIN, Reason.AMBIGUOUS)
    assert seen.after["devices"]["d"]["unasked"] > 0


def test_a_late_answer_is_not_taken_for_a_second_unit() -> None:
    run = marginal(0.05, 100.0)
    assert {run.after["devices"][name]["unasked"] for name in NAMES} == {0}
