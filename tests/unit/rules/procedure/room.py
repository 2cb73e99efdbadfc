"""A generating set, its mains and a fire panel under the engine, second by second; ``kill`` goes through JSON."""

import json
from dataclasses import replace
from typing import Any

from drivers.points import Instant, Quality, Reading, Reason, Value
from emulators.physics.generator import KEY_ADDRESS, Generator
from emulators.physics.mains import Mains
from emulators.physics.model import Building
from rules.effects import Effects, Row
from rules.engine.rulebook import Tasks, compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.inputs import CommandResult, Input, Outcome, StartRun
from rules.model import Binding, Equipment, Origin
from rules.procedure.model import Procedure, Step, StepKind
from rules.procedure.run import Run
from tests.shipped import library

KEYS = {"start": 35705, "stop": 35700, "auto": 35701, "manual": 35702, "cancel": 35733}
TESTED = ("mode", "state", "voltage", "oil_pressure", "coolant", "fuel", "load")
JOB = "generator-1/generator-weekly"
OURS = f"gw/e1/{JOB}"
MONDAY = 1_767_578_400.0
"""2026-01-05 10:00 in Shanghai."""


def weekly(**changes: Any) -> Procedure:
    """The shipped test with a hold of 20 s, and without the ten minutes of mains before it."""
    shipped = next(one for one in library().tasks.procedures or () if one.id == "generator-weekly")
    steps = tuple(_short(step) for step in shipped.steps)
    quick = replace(shipped, steps=steps, requires=shipped.requires[:-1], schedule=None)
    return replace(quick, **changes)


def _short(step: Step) -> Step:
    return replace(step, limit=20.0) if step.verb is StepKind.HOLD else step


def equipment(name: str, cls: str, **more: Any) -> Equipment:
    found = library().classes[cls]
    roles = {role.name: Binding(f"{name}.{role.name}") for role in found.roles.values() if role.required}
    settings = {one.name: one.default for one in found.parameters.values() if one.default is not None}
    return Equipment(name, cls, {"en": name}, roles, settings, **more)


def generator(name: str = "generator-1", supply: str = "tower") -> Equipment:
    """A set that can be tested: every command, and every role the shipped test asks for."""
    commands = {verb: f"{name}.{verb}" for verb in KEYS}
    one = equipment(name, "generator", relations={"mains": "mains"}, commands=commands, supply=supply)
    return replace(one, roles=one.roles | {role: Binding(f"{name}.{role}") for role in TESTED})


class Room:
    """The engine with its store, the wire that carries commands out, and the machine."""

    def __init__(self, *procedures: Procedure, wall: float = MONDAY - 60.0, pack: str = "G") -> None:
        self.procedures = procedures or (weekly(),)
        self.equipment = [generator(), generator("generator-2"), equipment("mains", "mains-supply")]
        self.equipment += [equipment("panel", "fire-panel"), equipment("point", "fire-point")]
        self.rules = [rule for rule in library().rules if rule.id.startswith(pack)]
        self.building = Building()
        self.machine, self.mains = Generator(self.building), Mains(self.building)
        self.fire = "quiet"
        self.point: dict[str, Value | None] = {"event_type": "none", "active": False, "pre_alarm": False}
        """What a point behind a fire gateway shows."""
        self.silent: set[str] = set()
        """Devices that do not answer."""
        self.deaf: set[str] = set()
        """Verbs the controller refuses."""
        self.held: set[str] = set()
        """Verbs that stay on the way to the wire."""
        self.unheard: set[str] = set()
        """Verbs that act, but whose outcome nobody gets."""
        self.store: dict[tuple[str, str], str] = {}
        self.events: list[Any] = []
        self.log: list[str] = []
        """``audit VERB`` and ``act VERB`` in the order they happened."""
        self.acted: list[str] = []
        self.second, self.boot, self.wall = 0.0, "b1", wall
        self.trusted = True
        self.by_hand = False
        self.refused_at_restart: set[str] = set()
        """Codes of what a restart may say, such as memories of equipment that is gone."""
        self._load()
        self.state = EngineState.initial(self.engine.rulebook, self.now)
        self.shown: dict[str, Value | None] = {}
        self.pending: list[Any] = []

    @property
    def now(self) -> Instant:
        return Instant(self.boot, self.second, self.wall + self.second, self.trusted, self.by_hand)

    @property
    def run(self) -> Run | None:
        return self.state.procedures.runs.get(JOB)

    @property
    def record(self) -> Any:
        mine = (event for event in reversed(self.events) if event.kind == "record" and event.run.startswith(OURS))
        return next(mine)

    @property
    def step_name(self) -> str:
        """Where the run stands, such as ``main/3``."""
        return f"{self.run.phase}/{self.run.index}" if self.run else ""

    def records(self) -> list[str]:
        return [str(event.verdict) for event in self.events if event.kind == "record" and event.run.startswith(OURS)]

    def start(self, by: str = "Li") -> Effects:
        self.live(2)
        return self.put(StartRun("generator-weekly", "generator-1", by))

    def live(self, seconds: float) -> "Room":
        """Let time pass."""
        end = self.second + seconds
        while self.second < end:
            self.second += 1
            self._tick()
        return self

    def until(self, place: str, limit: float = 400) -> "Room":
        """Live until the run stands at ``place``; empty: until it is over."""
        end = self.second + limit
        while self.step_name != place:
            assert self.second < end, f"never came to {place}, stands at {self.step_name}"
            self.live(1)
        return self

    def put(self, *inputs: Input) -> Effects:
        """One step of the engine now, and what it causes."""
        self.state, effects = self.engine.step(self.state, inputs, self.now)
        self._commit(effects)
        self.pending += effects.commands
        return effects

    def carry_out(self) -> None:
        """The wire does what was handed over."""
        while self.pending and self.pending[0].verb not in self.held:
            command = self.pending.pop(0)
            outcome = self._act(command.verb)
            if command.verb in self.unheard:
                self.held.add(command.verb)
                return
            self.put(CommandResult(command.id, outcome))

    def kill(self, off: float = 5.0) -> "Room":
        """The agent dies, what it had not carried out is lost; it comes back ``off`` seconds later."""
        self.pending.clear()
        self.held.clear()
        for _ in range(int(off)):
            self.second += 1
            self._physics()
        self.shown.clear()
        self._load()
        rows = [Row(table, key, json.loads(body)) for (table, key), body in self.store.items()]
        self.state, effects = EngineState.restore(rows, self.engine.rulebook, self.now)
        assert {error.code for error in effects.refused} <= self.refused_at_restart
        self._commit(effects)
        self.put()
        self.carry_out()
        return self

    def obligations(self) -> list[str]:
        return [f"{one.equipment}/{one.verb}" for one in self.state.procedures.obligations.values()]

    # --- inside

    def _load(self) -> None:
        tasks = Tasks(self.procedures, library().tasks.plans)
        rulebook, findings = compile_rulebook(library().classes, self.equipment, self.rules, tasks)
        assert findings == []
        self.engine = Engine(rulebook, Origin("gw", "e1"))

    def _tick(self) -> None:
        values = self._physics()
        while (due := self.engine.next_due(self.state)) is not None and due < self.second - 1e-6:
            later, self.second = self.second, max(due, self.second - 1)
            self.put()
            self.second = later
            self.carry_out()
        # As the image does: what changed is a reason to decide, and with it comes all else as old as it is.
        if self._changed(values) or (due is not None and due <= self.second + 1e-6):
            self.put(*self._readings(values))
        self.carry_out()

    def _physics(self) -> dict[str, Value | None]:
        lost = "off" in self.mains.faults
        self.building.on_generator = lost and self.building.generator
        mains, machine = self.mains.step(1.0), self.machine.step(1.0)
        values: dict[str, Value | None] = {f"mains.{name}": value for name, value in mains.items()}
        values |= {f"generator-1.{name}": value for name, value in machine.items()}
        values |= {f"point.{name}": value for name, value in self.point.items()}
        return values | {"generator-1.voltage": machine["voltage_l1_l2"], "panel.zone_1": self.fire}

    def _changed(self, values: dict[str, Value | None]) -> bool:
        heard = self._heard(values)
        changed = any(point not in self.shown or self.shown[point] != value for point, value in heard.items())
        self.shown |= heard
        return changed

    def _heard(self, values: dict[str, Value | None]) -> dict[str, Value | None]:
        return {point: None if point.partition(".")[0] in self.silent else value for point, value in values.items()}

    def _readings(self, values: dict[str, Value | None]) -> list[Reading]:
        return [_reading(point, value, self.now) for point, value in self._heard(values).items()]

    def _commit(self, effects: Effects) -> None:
        for row in effects.rows:
            if row.body is None:
                self.store.pop((row.table, row.key), None)
            else:
                self.store[row.table, row.key] = json.dumps(row.body)
        self.events += effects.events
        self.log += [f"audit {e.id}" for e in effects.events if e.kind == "audit" and e.outcome == "issued"]

    def _act(self, verb: str) -> Outcome:
        if "generator-1" in self.silent:
            return Outcome.UNKNOWN
        self.acted.append(verb)
        if verb in self.deaf:
            return Outcome.REFUSED
        self.machine.write(KEY_ADDRESS, (KEYS[verb], 65535 - KEYS[verb]))
        return Outcome.DONE


def _reading(point: str, value: Value | None, at: Instant) -> Reading:
    if value is None:
        return Reading(point, None, Quality.BAD, Reason.NO_ANSWER, at)
    return Reading(point, value, Quality.GOOD, Reason.NONE, at)
