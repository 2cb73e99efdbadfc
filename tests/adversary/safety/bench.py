"""A small machine that is commanded, as pure as can be, and the engine before it; every commit is kept."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from drivers.points import Instant, Quality, Reading, Reason, Value
from rules.effects import Command, Effects, Row
from rules.engine.reload import carry, objections
from rules.engine.rulebook import Tasks, compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.inputs import CommandResult, GiveCommand, Input, Outcome
from rules.model import Binding, Equipment, Origin
from rules.procedure.model import Procedure, StepKind
from rules.procedure.state import Obligation
from tests.shipped import library

VERBS = ("start", "stop", "manual", "auto")
ROLES = ("mode", "state", "voltage", "oil_pressure", "coolant", "fuel", "load", "emergency_stop", "shutdown", "local")
STEP_BACK = 1_000_000.0
"""Unix seconds of a clock that lost its battery."""


@dataclass
class Genset:
    """A generating set: it obeys keys, starts by itself in auto when the mains are lost; people may turn its key."""

    mode: str = "auto"
    running: bool = False
    asked: bool = False
    mains: bool = True
    load: float = 0.0
    """Percent; the set is of 100 kW."""
    emergency_stop: bool = False
    shutdown: bool = False
    local: bool = False
    remote: bool = False
    """Whether a start is one from remote, in auto, as ComAp has it."""
    obeys: bool = True
    """Whether commands reach more than its interface."""

    def write(self, verb: str) -> None:
        if not self.obeys or self.local:
            return
        self.mode = verb if verb in ("stop", "manual", "auto") else self.mode
        if verb != "manual":
            self.asked = verb == "start" and self.mode == ("auto" if self.remote else "manual")

    def live(self) -> None:
        needed = self.mode == "auto" and not self.mains
        stopped = self.emergency_stop or self.shutdown or self.mode in ("stop", "off")
        self.running = (needed or (self.mode in ("auto", "manual") and self.asked)) and not stopped

    def values(self) -> dict[str, Value | None]:
        return {
            "mode": self.mode,
            "state": "running" if self.running else "stopped",
            "frequency": 50.0 if self.running else 0.0,
            "voltage": 400.0 if self.running else 0.0,
            "oil_pressure": 400.0 if self.running else 0.0,
            "coolant": 50.0,
            "fuel": 80.0,
            "load": self.load,
            "power": self.load,
            "battery_voltage": 27.0,
            "emergency_stop": self.emergency_stop,
            "shutdown": self.shutdown,
            "local": self.local,
        }


def quick() -> Procedure:
    """The shipped test with a hold of ten seconds, and without ten minutes of mains before it."""
    shipped = next(one for one in library().tasks.procedures or () if one.id == "generator-weekly")
    steps = tuple(replace(step, limit=10.0) if step.verb is StepKind.HOLD else step for step in shipped.steps)
    return replace(shipped, steps=steps, requires=shipped.requires[:-1], schedule=None)


def plant(verbs: tuple[str, ...] = VERBS, roles: tuple[str, ...] = ROLES) -> list[Equipment]:
    """One set, its mains, and the fire panels its interlocks ask for."""
    one = _equipment("genset", "generator", relations={"mains": "mains"}, supply="tower")
    one = replace(one, commands={verb: f"genset.{verb}" for verb in verbs})
    one = replace(one, roles=one.roles | {role: Binding(f"genset.{role}") for role in roles})
    others = [("mains", "mains-supply"), ("panel", "fire-panel"), ("point", "fire-point"), ("gw", "gateway")]
    return [one, *(_equipment(name, cls) for name, cls in others)]


def _equipment(name: str, cls: str, **more: Any) -> Equipment:
    found = library().classes[cls]
    roles = {role.name: Binding(f"{name}.{role.name}") for role in found.roles.values() if role.required}
    settings = {one.name: one.default for one in found.parameters.values() if one.default is not None}
    return Equipment(name, cls, {"en": name}, roles, settings, **more)


@dataclass
class Moment:
    """The store after one commit, and how the machine stood then."""

    rows: dict[tuple[str, str], str]
    machine: Genset
    second: float

    @property
    def procedures(self) -> dict[tuple[str, str], str]:
        """What is stored of commands, tests and debts."""
        return {key: body for key, body in self.rows.items() if key[0] in ("command", "run", "obligation", "lockout")}


@dataclass(frozen=True)
class Life:
    """In which boot the gateway comes up, and whether it knows the time."""

    boot: str
    trusted: bool = True


LIVES = {"same boot": Life("b1"), "another boot": Life("b2"), "untrusted clock": Life("b2", trusted=False)}


@dataclass
class Bench:
    """The engine, its store, the wire and the machine, second by second."""

    machine: Genset = field(default_factory=Genset)
    second: float = 0.0
    boot: str = "b1"
    trusted: bool = True
    wall: float = 1_767_578_400.0
    silent: bool = False
    """Whether the set does not answer."""
    mains_known: bool = True
    held: bool = False
    """Whether commands stay on the way to the wire."""
    frozen: dict[str, Value | None] | None = None
    """What its interface tells whatever the machine does."""
    sampled_at: Instant | None = None
    """When what arrives now was sampled; None: now."""
    verbs: tuple[str, ...] = VERBS
    roles: tuple[str, ...] = ROLES
    """What the controller tells beside what each must."""
    store: dict[tuple[str, str], str] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)
    pending: list[Command] = field(default_factory=list)
    history: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = self._engine()
        self.state = EngineState.initial(self.engine.rulebook, self.now)
        self.live(3)

    @property
    def now(self) -> Instant:
        wall = self.wall + self.second if self.trusted else STEP_BACK + self.second
        return Instant(self.boot, self.second, wall, self.trusted)

    @property
    def debts(self) -> list[Obligation]:
        return list(self.state.procedures.obligations.values())

    @property
    def back(self) -> bool:
        """Whether nothing is owed, and the machine is in its duty mode."""
        return not self.debts and not self.state.procedures.runs and self.machine.mode == "auto"

    def alarm(self, name: str) -> str:
        found = self.state.alarms.get(name)
        return found.alarm.state if found else "normal"

    @property
    def alarmed(self) -> bool:
        """Whether a critical alarm about what is owed stands."""
        return "active" in (self.alarm("genset/G11"), self.alarm("gw/S20"))

    @property
    def finish_by_hand(self) -> bool:
        return self.alarm("gw/S20") == "active"

    def give(self, verb: str, **more: Any) -> list[str]:
        """A person gives a command; the codes of what was refused."""
        request = GiveCommand(f"hand-{len(self.events)}-{self.second:g}", "genset", verb, "Li", **more)
        refused = [error.code for error in self.put(request).refused]
        self.carry_out()
        return refused

    def until_back(self, limit: int) -> "Bench":
        """Let time pass until it is back, and a little longer."""
        while not self.back and limit > 0:
            self.live(1)
            limit -= 1
        return self.live(3)

    def put(self, *inputs: Input) -> Effects:
        self.state, effects = self.engine.step(self.state, inputs, self.now)
        self._commit(effects)
        self.pending += effects.commands
        return effects

    def live(self, seconds: int) -> "Bench":
        """Let time pass; every second the machine is read."""
        for _ in range(seconds):
            self.second += 1
            self.machine.live()
            self.put(*self._readings())
            self.carry_out()
        return self

    def carry_out(self) -> None:
        while self.pending and not self.held:
            command = self.pending.pop(0)
            late = self.now.mono > command.expires
            if late or self.engine.may_still(self.state, command):
                self.put(CommandResult(command.id, Outcome.EXPIRED if late else Outcome.REFUSED))
                continue
            if not self.silent:
                self.acted.append(command.verb)
                self.machine.write(command.verb)
            self.put(CommandResult(command.id, Outcome.UNKNOWN if self.silent else Outcome.DONE))

    def cut(self, moment: Moment, machine: Genset, life: "Life") -> "Bench":
        """What comes up five seconds after the power went: the store as of ``moment``, and ``machine``."""
        new = Bench(replace(machine), verbs=self.verbs, roles=self.roles)
        new.boot, new.trusted = life.boot, life.trusted
        off = moment.second + 5
        new.second, new.wall = (off, self.wall) if life.boot == self.boot else (7.0, self.wall + off - 7.0)
        new.acted, new.events, new.history, new.pending = [], [], [], []
        new.restore(dict(moment.rows))
        return new

    def restore(self, store: dict[tuple[str, str], str]) -> None:
        """The agent comes up with this store."""
        self.store = store
        self.engine = self._engine()
        rows = [Row(table, key, json.loads(body)) for (table, key), body in store.items()]
        self.state, effects = EngineState.restore(rows, self.engine.rulebook, self.now)
        assert effects.refused == []
        self._commit(effects)
        self.put()
        self.carry_out()

    def reload(self) -> list[str]:
        """The site's files are read again, unchanged; the codes of what forbids it."""
        after = self._engine()
        found = [error.code for error in objections(self.state, self.engine.rulebook, after.rulebook)]
        if not found:
            self.state = carry(self.state, self.engine.rulebook, after.rulebook, self.now).state
            self.engine = after
            self.put()
        return found

    def _engine(self) -> Engine:
        rules = [rule for rule in library().rules if rule.id[0] in "GS"]
        tasks = Tasks((quick(),) if self.verbs == VERBS else (), library().tasks.plans)
        rulebook, findings = compile_rulebook(library().classes, plant(self.verbs, self.roles), rules, tasks)
        assert findings == []
        return Engine(rulebook, Origin("gw", "e1"))

    def _readings(self) -> list[Reading]:
        told = self.frozen or self.machine.values()
        values: dict[str, Value | None] = {
            f"genset.{name}": None if self.silent else value for name, value in told.items()
        }
        lost = None if not self.mains_known else self.machine.mains
        values |= {role: mains_value(role, lost) for role in MAINS}
        values |= {"panel.zone_1": "quiet", "point.event_type": "none", "point.active": False, "point.pre_alarm": False}
        return [reading_of(point, value, self.sampled_at or self.now) for point, value in values.items()]

    def _commit(self, effects: Effects) -> None:
        for row in effects.rows:
            if row.body is None:
                self.store.pop((row.table, row.key), None)
            else:
                self.store[row.table, row.key] = json.dumps(row.body)
        self.events += effects.events
        if effects:
            self.history.append(Moment(dict(self.store), replace(self.machine), self.second))


MAINS = tuple(f"mains.{role.name}" for role in library().classes["mains-supply"].roles.values() if role.required)


def mains_value(role: str, healthy: bool | None) -> float | None:
    """What a meter tells of ``role`` with the mains there, gone, or itself silent (None)."""
    if healthy is None:
        return None
    return (50.0 if role.endswith("frequency") else 225.0) if healthy else 0.0


def reading_of(point: str, value: Value | None, at: Instant) -> Reading:
    """A good reading; without a value that of a device which does not answer."""
    if value is None:
        return Reading(point, None, Quality.BAD, Reason.NO_ANSWER, at)
    return Reading(point, value, Quality.GOOD, Reason.NONE, at)
