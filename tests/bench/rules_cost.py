"""Prints what the rules cost: ``python tests/bench/rules_cost.py``. Nothing is asserted; machines differ."""

import sys
from collections.abc import Callable
from pathlib import Path
from timeit import repeat

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from drivers.points import Quality, Reading, Reason  # noqa: E402
from rules.model import Equipment, Source  # noqa: E402
from rules.view import View  # noqa: E402
from tests.unit.rules.bench import MAINS_1, Bench, Expression, instant, low_level, tank  # noqa: E402


def cost(name: str, work: Callable[[], object], times: int) -> None:
    seconds = min(repeat(work, number=times, repeat=5)) / times
    print(f"{name:48} {seconds * 1e6:10.3f} us")


def condition(text: str) -> None:
    compiled = Expression(text)
    view = View(compiled.slots.size, [], instant(0))
    view.values = [50.0] * compiled.slots.size
    assert compiled.condition is not None
    cost(f"evaluate  {text}", lambda run=compiled.condition.run: run(view), 200_000)


def block(points: int, every: int) -> None:
    """All of ``points`` change each second; one rule on each ``every``."""
    equipment: list[Equipment] = [tank(f"tank-{index}") for index in range(points // every)]
    bench = Bench(
        low_level(), low_level(id="A", when=Source("avg(level, 10 min) < low")), equipment=[*equipment, MAINS_1]
    )
    names = [
        *(f"tank-{index}.level" for index in range(len(equipment))),
        *(f"other.{index}" for index in range(points)),
    ]
    second = [0.0]

    def step() -> None:
        second[0] += 1
        at = instant(second[0])
        readings = [Reading(name, 50 + second[0] % 7, Quality.GOOD, Reason.NONE, at) for name in names[:points]]
        bench.state, _ = bench.engine.step(bench.state, readings, at)

    for _ in range(300):
        step()
    cost(f"step with {points} changed points", step, 100)


def idle() -> None:
    bench = Bench(*(low_level(id=f"W{index}") for index in range(200)))
    bench.at(0, level=50)
    cost("step with nothing changed, 200 rules", lambda: bench.engine.step(bench.state, [], bench.now), 20_000)


if __name__ == "__main__":
    condition("level <= low")
    condition("20 % <= level <= 80 % and not leak or water > air + 5 K")
    idle()
    block(2_000, 100)
