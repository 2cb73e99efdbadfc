"""How costs grow with the size of a site: CPU at each decade, and the exponent between the last two.

1 means in a straight line. What costs the same at any size is taken off: what a straight line through the two smaller
sizes has at 0; what has not doubled by the largest size counts as 0. Each figure is the median of five CPU times; the
sizes take turns, so that other work on the machine, which makes a second of CPU worth less, falls on all of them alike.
``python -m tests.bench.growth`` prints only this; ``make bench`` prints it among the others.
"""

import asyncio
import atexit
import gc
import time
from collections.abc import Callable, Iterator
from functools import cache
from math import log10
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from agent.app import opened
from config.site import load_site
from drivers.planner import ROUND_TRIP, RequestLimits, plan
from drivers.points import Instant, Kind, Quality, Reading, Reason
from drivers.templates import Table
from rules.effects import Effects
from rules.engine.rulebook import Rulebook, compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.model import Binding, Equipment, EquipmentClass, Origin, Role, Rule, Severity, Source
from runtime.clock import Clock
from tests.bench.planning import points
from tests.bench.rows import Row, print_rows
from tests.bench.storage import alarms

RUNS = 5
EVENTS_PER_COMMIT = 200
Cost = Callable[[int], float]
"""Size -> seconds of CPU."""


def rows() -> Iterator[Row]:
    """One row a cost: its figures in ms, and its exponent."""
    yield "growth: CPU at each size, exponent of the last decade", "measured", "aim"
    for name, sizes, cost in COSTS:
        runs = [[cost(size) for size in sizes] for _ in range(RUNS)]
        spent = [median(of_one_size) for of_one_size in zip(*runs, strict=True)]
        figures = " ".join(f"{size}: {seconds * 1000:.3g} ms," for size, seconds in zip(sizes, spent, strict=True))
        yield f"{name}  {figures}", f"{_exponent(sizes, spent):.2f}", "<= 1.15"


def _exponent(sizes: tuple[int, ...], spent: list[float]) -> float:
    if spent[-1] < 2 * spent[0]:
        return 0.0
    (small, middle, _), (first, second, _) = sizes, spent
    fixed = max(0.0, first - (second - first) * small / (middle - small))
    before, after = (max(seconds - fixed, 1e-9) for seconds in spent[-2:])
    return log10(after / before) / log10(sizes[-1] / sizes[-2])


def _cpu(work: Callable[[], object]) -> float:
    gc.collect()  # what came before is not paid for here
    before = time.process_time()
    work()
    return time.process_time() - before


# --- a site as it is read


def _reading(write: Callable[[int, Path], None]) -> Cost:
    def cost(size: int) -> float:
        with TemporaryDirectory() as folder:
            write(size, Path(folder))
            return _cpu(lambda: load_site(Path(folder)))

    return cost


def _wide(roles: int, folder: Path) -> None:
    """One device of many points, one equipment of as many roles, a rule on each of them."""
    title = "title: {zh: 值, en: Value}"
    points = [f"  - {{name: v{n}, {title}, at: holding {n}, type: u16, unit: kPa}}" for n in range(roles)]
    _write(
        folder / "templates" / "wide.yaml",
        f"id: wide\n{title}\nprotocol: modbus\nbase: 0\nsource: none",
        "points",
        points,
    )
    offered = [f"  v{n}: {{kind: analog, unit: kPa, {title}}}" for n in range(roles)]
    _write(folder / "classes" / "wide-thing.yaml", f"id: wide-thing\n{title}", "roles", offered)
    rules = [
        f"- {{id: X{n}, for_each: wide-thing, {title}, when: v{n} > 100 kPa, severity: low}}" for n in range(roles)
    ]
    _write(folder / "rules" / "wide.yaml", "\n".join(rules))
    equipment = [f"  - {{id: thing, class: wide-thing, {title}, device: d0}}"]
    _write(folder / "plant.yaml", _plant(["  - {id: d0, link: l0, unit: 1, template: wide}"], equipment))


def _long(devices: int, folder: Path) -> None:
    """Many meters, twenty to a link, with the shipped rules."""
    units = [f"  - {{id: d{n}, link: l{n // 20}, unit: {n % 20 + 1}, template: chint-dtsu666}}" for n in range(devices)]
    meters = [
        f"  - {{id: m{n}, class: power-meter, title: {{zh: 表, en: Meter}}, device: d{n}}}" for n in range(devices)
    ]
    _write(folder / "plant.yaml", _plant(units, meters, (devices + 19) // 20) + "packs: [electrical, agent]\n")


def _plant(devices: list[str], equipment: list[str], links: int = 1) -> str:
    urls = [f"  - {{id: l{n}, url: 'modbus-tcp://127.0.0.1:{5000 + n}'}}" for n in range(links)]
    head = "site: {id: s, title: {zh: 站, en: Site}}\ngateway: g\nuplink: {broker: 'mqtt://127.0.0.1:1883'}"
    return "\n".join([head, "links:", *urls, "devices:", *devices, "equipment:", *equipment, ""])


def _write(path: Path, head: str, key: str = "", lines: list[str] | None = None) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([head, f"{key}:" if key else "", *(lines or [])]) + "\n")


# --- decisions


def _at(second: float) -> Instant:
    return Instant("boot", second, 1e9 + second)


def _rulebook(size: int, *, rules: int = 1) -> Rulebook:
    title = {"zh": "表", "en": "Meter"}
    cls = EquipmentClass("meter", title, {"value": Role("value", Kind.ANALOG)})
    meters = [Equipment(f"e{n}", cls.id, title, {"value": Binding(f"d{n}.value")}) for n in range(size // rules)]
    written = [Rule(f"X{n}", cls.id, title, Source("value > 10"), Severity.LOW, on_delay=5.0) for n in range(rules)]
    return compile_rulebook({cls.id: cls}, meters, written)[0]


@cache
def _one_rule_each(size: int) -> Rulebook:
    return _rulebook(size)


class _Site:
    """Alarms of one rule on many meters."""

    def __init__(self, size: int) -> None:
        self.engine = Engine(_one_rule_each(size), Origin("g", "e"))
        self.state, self.size = EngineState.initial(self.engine.rulebook, _at(0)), size
        self.decide(0, self.values(5.0, 0))

    def values(self, value: float, second: float) -> list[Reading]:
        return [Reading(f"d{n}.value", value, Quality.GOOD, Reason.NONE, _at(second)) for n in range(self.size)]

    def decide(self, second: float, inputs: list[Reading]) -> None:
        self.state, _ = self.engine.step(self.state, inputs, _at(second))
        while self.state.undecided:
            self.state, _ = self.engine.step(self.state, [], _at(second))


def _storm(size: int) -> float:
    """Every alarm is raised in the same moment."""
    site = _Site(size)
    site.decide(1, site.values(50.0, 1))
    return _cpu(lambda: site.decide(7, []))


def _longest(size: int) -> float:
    """The longest step of such a storm: what everything else in the process waits for."""
    site = _Site(size)
    site.decide(1, site.values(50.0, 1))
    longest = _cpu(lambda: site.engine.step(site.state, [], _at(7)))
    while site.state.undecided:
        longest = max(longest, _cpu(lambda: site.engine.step(site.state, [], _at(7))))
    return longest


def _timers(size: int) -> float:
    """Asked a thousand times which of ``size`` pending alarms is due first."""
    site = _Site(size)
    site.decide(1, site.values(50.0, 1))
    return _cpu(lambda: [site.engine.next_due(site.state) for _ in range(1000)])


def _one_change(size: int) -> float:
    """A hundred changes of one value beside ``size`` active alarms."""
    site = _Site(size)
    site.decide(1, site.values(50.0, 1))
    site.decide(7, [])
    readings = [[Reading("d0.value", 50.0 + n, Quality.GOOD, Reason.NONE, _at(8 + n))] for n in range(100)]
    return _cpu(lambda: [site.decide(8 + n, one) for n, one in enumerate(readings)])


def _restore(size: int) -> float:
    """What a start makes of the stored rows of ``size`` active alarms."""
    site = _Site(size)
    site.decide(1, site.values(50.0, 1))
    site.decide(7, [])
    rulebook = site.engine.rulebook
    rows = site.state.rows(rulebook)
    return _cpu(lambda: EngineState.restore(rows, rulebook, _at(8)))


# --- the journal


@cache
def _filled(size: int) -> Path:
    """A journal of ``size`` waiting events, made once; gone at the end of the process."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "journal.db"
    asyncio.run(_fill(path, size))
    return path


async def _fill(path: Path, size: int) -> None:
    alarm, clock = alarms()[0], Clock()
    async with opened(path, "g", clock) as journal:
        for _ in range(0, size, EVENTS_PER_COMMIT):
            await journal.commit(Effects(events=[alarm] * EVENTS_PER_COMMIT), clock.now())


def _stats(size: int) -> float:
    """Asked a hundred times how many events wait, since when and for whom."""
    return asyncio.run(_asked(_filled(size)))


async def _asked(path: Path) -> float:
    async with opened(path, "g", Clock()) as journal:
        before = time.process_time()
        for _ in range(100):
            await journal.stats(["hq"])
        return time.process_time() - before


COSTS: tuple[tuple[str, tuple[int, ...], Cost], ...] = (
    (
        "plan registers in turn",
        (20, 200, 2000),
        lambda n: _cpu(lambda: plan(points(Table.HOLDING, n, 1, 3), RequestLimits(), ROUND_TRIP)),
    ),
    ("read a site: roles", (30, 300, 3000), _reading(_wide)),
    ("read a site: devices", (30, 300, 3000), _reading(_long)),
    ("compile rules on equipment", (100, 1000, 10_000), lambda n: _cpu(lambda: _rulebook(n, rules=10))),
    ("raise alarms at once", (100, 1000, 10_000), _storm),
    ("the longest step of it", (100, 1000, 10_000), _longest),
    ("1000 times the next timer", (100, 1000, 10_000), _timers),
    ("100 changes beside active alarms", (100, 1000, 10_000), _one_change),
    ("restore active alarms at a start", (100, 1000, 10_000), _restore),
    ("100 times the statistics of the journal", (1000, 10_000, 100_000), _stats),
)
"""What grows, the sizes, and what it costs."""


if __name__ == "__main__":
    print_rows(rows())
