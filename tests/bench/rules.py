"""What deciding costs: one condition, a quiet tick, a busy site, a start, and memory."""

import gc
import random
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory
from time import process_time
from timeit import repeat

from agent.journal.schema import SCHEMA
from agent.journal.writing import change_row
from config.library import Library, load_library
from drivers.points import Instant, Kind, Quality, Reading, Reason, Value
from headquarters.contract.protocol import canonical
from rules.condition import Scope, Slots, compile_condition, evaluate
from rules.effects import Row as Stored
from rules.engine.rulebook import Rulebook, Tasks, compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.model import Binding, Equipment, Origin, Role, Rule, Source
from rules.plain import to_plain
from rules.view import View
from tests.bench.rows import Row, print_rows

POINTS, WATCHES = 5_000, 1_500
"""Points of the site, and rules on its equipment: the shipped packs over as much equipment as that takes."""
CHANGING = 0.1
"""Share of the points that change each second."""
BLOCK = 10
"""Readings that arrive together."""
SECONDS = 120
"""Simulated, after as long to warm up."""
CONDITIONS = (
    "level <= low",
    "level >= overflow_level or overflow",
    "20 % <= level <= 80 % and not overflow or level > low + 5 %",
)
"""On a water tank: the simplest, a common one, and one as long as people can still read."""
WINDOW, WINDOWS = "avg(level, 10 min) >= high", 300


def rows() -> Iterator[Row]:
    """The table, head first."""
    site = Site(packs(), fleet(packs(), WATCHES), POINTS)
    yield f"rules: {POINTS} points, {len(site.rulebook.watches)} rules of the packs on equipment", "measured", "aim"
    for text in CONDITIONS:
        yield f"evaluate  {text}", f"{evaluated(text):.2f} us", "<= 1 us"
    yield "full evaluation after start", f"{site.start() * 1e3:.1f} ms", "<= 50 ms"
    share, steps = site.busy()
    yield f"CPU of one core, {CHANGING:.0%} of the points changing each second", f"{share:.2%}", "<= 5 %"
    yield "CPU of one step", f"{share / steps * 1e6:.0f} us", ""
    yield "tick with nothing changed", f"{site.idle() * 1e6:.1f} us", "<= 50 us"
    yield "memory per rule and equipment, without windows", f"{memory(plain(packs())) / 1024:.2f} KB", "<= 4 KB"
    yield f"memory of {WINDOW} on a lively signal", f"{memory([window()], 700) / 1024:.1f} KB", ""
    grown, whole = checkpoints()
    yield f"log of a checkpoint, {WINDOWS} times {WINDOW} moving each second", f"{grown / 1024:.0f} KB/min", ""
    yield "the same windows stored whole", f"{whole / 1024:.0f} KB/min", ""


def checkpoints() -> tuple[int, int]:
    """Bytes SQLite writes to its log for what a minute changed in full windows, and for the whole of them."""
    site = Site([window()], fleet([window()], WINDOWS))
    site.start()
    site.live(700, 1.0)
    site.state.checkpoint_rows(site.rulebook)
    site.state.checkpoint = site.second
    before, before_whole = site.state.rows(site.rulebook), site.whole()
    site.live(59, 1.0)
    return logged(before, site.state.checkpoint_rows(site.rulebook)), logged(before_whole, site.whole())


def logged(before: list[Stored], changed: list[Stored]) -> int:
    """Bytes that storing ``changed`` over ``before`` writes to the log of the journal."""
    with TemporaryDirectory() as folder, closing(connect(f"{folder}/journal", isolation_level=None)) as db:
        db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; {SCHEMA}")
        sizes = []
        for rows in (before, changed):
            db.execute("BEGIN")
            for row in rows:
                change_row(db, (row.table, row.key, None if row.body is None else canonical(row.body)))
            db.execute("COMMIT")
            sizes.append(Path(f"{folder}/journal-wal").stat().st_size)
    return sizes[1] - sizes[0]


@cache
def library() -> Library:
    """What is shipped."""
    return load_library()


def packs() -> list[Rule]:
    """Every shipped rule, the agent's own apart."""
    return [rule for rule in library().rules if rule.for_each not in ("device", "link")]


def plain(rules: Sequence[Rule]) -> list[Rule]:
    """Those of ``rules`` that remember nothing."""
    return [rule for rule in rules if not rulebook([rule], fleet([rule], 1)).instances]


def window() -> Rule:
    """A rule with a window, on a water tank."""
    return replace(packs()[0], id="B01", for_each="water-tank", when=Source(WINDOW), clear=None, suppressed_when=None)


class Site:
    """Equipment with these rules on it, and an engine whose time is moved by hand."""

    def __init__(self, rules: Sequence[Rule], equipment: Sequence[Equipment], points: int = 0) -> None:
        """Compile everything; nothing was read yet. Of ``points`` those the equipment has not got concern no rule."""
        self.rulebook = rulebook(rules, equipment)
        self.engine = Engine(self.rulebook, Origin("bench", "1"))
        self.random = random.Random(1)  # noqa: S311 - the same load each time
        self.second = 0.0
        self.state = EngineState.initial(self.rulebook, self._at(0.0))
        classes = library().classes
        roles = {
            binding.point: classes[one.cls].roles[name]
            for one in self.rulebook.equipment.values()
            for name, binding in one.roles.items()
        }
        more = {f"more.{n}": library().classes["water-tank"].roles["level"] for n in range(points - len(roles))}
        self.roles: dict[str, Role] = roles | more

    def start(self) -> float:
        """Seconds the first step takes, everything read at once."""
        readings = [self._reading(point, self._at(1.0)) for point in self.roles]
        began = process_time()
        self._step(readings, 1.0)
        return process_time() - began

    def busy(self) -> tuple[float, float]:
        """Seconds of CPU and steps in a second of the plant's life."""
        self.live(SECONDS)
        began = process_time()
        steps = self.live(SECONDS)
        return (process_time() - began) / SECONDS, steps / SECONDS

    def live(self, seconds: int, changing: float = CHANGING) -> int:
        """Let time pass: blocks of changed points, and every timer at its own moment. Returns the steps."""
        # What counts continuously changes continuously; what is on or off hardly ever does.
        points = [point for point, role in self.roles.items() if role.kind is Kind.ANALOG]
        changed, steps = min(len(points), int(len(self.roles) * changing)), 0
        for _ in range(seconds):
            chosen = self.random.sample(points, changed)
            blocks = [chosen[index : index + BLOCK] for index in range(0, changed, BLOCK)]
            for number, block in enumerate(blocks):
                now = self.second + number / len(blocks)
                steps += 1 + self._timers(now)
                self._step([self._reading(point, self._at(now)) for point in block], now)
            self.second += 1
        return steps

    def whole(self) -> list[Stored]:
        """Every memory as one row, as it would be without rows of buckets."""
        functions = [instance.function for instance in self.rulebook.instances]
        kept = zip(functions, self.state.view.memories, strict=True)
        return [Stored(function.table, function.key, to_plain(memory)) for function, memory in kept]

    def idle(self) -> float:
        """Seconds one look takes when there is nothing to decide."""
        at, times = self.state.view.now, 2_000

        def look() -> None:
            self.engine.next_due(self.state)
            self.engine.step(self.state, [], at)

        return min(repeat(look, number=times, repeat=5)) / times

    def _timers(self, until: float) -> int:
        steps = 0
        while (due := self.engine.next_due(self.state)) is not None and due < until:
            self._step([], due)
            steps += 1
        return steps

    def _step(self, readings: Sequence[Reading], now: float) -> None:
        self.state, _ = self.engine.step(self.state, readings, self._at(now))

    def _at(self, second: float) -> Instant:
        return Instant("b", second, 1_800_000_000.0 + second)

    def _reading(self, point: str, at: Instant) -> Reading:
        return Reading(point, self._value(self.roles[point]), Quality.GOOD, Reason.NONE, at)

    def _value(self, role: Role) -> Value:
        if role.kind is Kind.BINARY:
            return self.random.random() < 0.01
        return role.states[0] if role.states else round(self.random.uniform(40.0, 60.0), 1)


def fleet(rules: Sequence[Rule], watches: int) -> list[Equipment]:
    """As much equipment of the classes of ``rules`` as makes about so many watches, and what it is related to."""
    kinds = sorted({rule.for_each for rule in rules})
    needed = {relation.cls for kind in kinds for relation in library().classes[kind].relations.values()}
    return [_equipment(kind, n) for n in range(round(watches / len(rules)) or 1) for kind in sorted({*kinds, *needed})]


def rulebook(rules: Sequence[Rule], equipment: Sequence[Equipment]) -> Rulebook:
    """``rules`` compiled for ``equipment``."""
    book, findings = compile_rulebook(library().classes, equipment, rules, Tasks(None, library().tasks.plans))
    assert not findings, findings[0]
    return book


def evaluated(text: str) -> float:
    """Microseconds one evaluation of ``text`` on a water tank takes."""
    slots, one = Slots(), _equipment("water-tank", 0)
    condition, errors = compile_condition(text, Scope(one, library().classes, {one.id: one}, slots))
    assert condition is not None, errors
    run, view = condition.run, View(slots.size, [], Instant("b", 0, 0))
    view.values = [50.0, False][: slots.size]
    return min(repeat(lambda: run(view), number=100_000, repeat=5)) / 100_000 * 1e6


def memory(rules: Sequence[Rule], seconds: int = 0) -> float:
    """Bytes one rule on one piece of equipment adds, after its points were read for ``seconds``."""
    # The texts and trees of conditions are there once, however much equipment there is.
    equipment = fleet(rules, WATCHES // 5)
    rulebook(rules, equipment)
    evaluate.slot.cache_clear()
    tracemalloc.start()
    site = Site(rules, equipment)
    site.start()
    site.live(seconds)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / len(site.rulebook.watches)


def _equipment(kind: str, number: int) -> Equipment:
    cls, name = library().classes[kind], f"{kind}-{number}"
    # What a site has to set itself, such as a rated current.
    parameters = {one.name: 10.0 if one.default is None else one.default for one in cls.parameters.values()}
    relations = {relation.name: f"{relation.cls}-{number}" for relation in cls.relations.values()}
    roles = {role: Binding(f"{name}.{role}") for role in cls.roles}
    commands = {verb: f"{name}.{verb}" for verb in cls.commands}
    return Equipment(name, kind, {}, roles, parameters, commands=commands, relations=relations)


if __name__ == "__main__":
    print_rows(rows())
