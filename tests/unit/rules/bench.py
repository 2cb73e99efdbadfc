"""One class of tank, one of mains, and an engine whose time is moved by hand; every test of rules shares it."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from drivers.points import UNITS, Instant, Kind, Quality, Reading, Reason, Value
from rules.condition import Scope, Slots, compile_condition, compile_expression
from rules.effects import Effects, Row
from rules.engine.reload import Carried, carry
from rules.engine.rulebook import compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.inputs import Acknowledge, CloseOrder, Input
from rules.model import (
    Binding,
    Equipment,
    EquipmentClass,
    OrderClass,
    OrderTemplate,
    Origin,
    Parameter,
    Role,
    Rule,
    Severity,
    Source,
)
from rules.view import View

PERCENT, CELSIUS, KPA, BAR, VOLT = (UNITS[symbol] for symbol in ("%", "°C", "kPa", "bar", "V"))
TANK = EquipmentClass(
    "water-tank",
    {},
    {
        "level": Role("level", Kind.ANALOG, PERCENT, required=True),
        "water": Role("water", Kind.ANALOG, CELSIUS),
        "air": Role("air", Kind.ANALOG, CELSIUS),
        "pressure": Role("pressure", Kind.ANALOG, KPA),
        "starts": Role("starts", Kind.COUNTER),
        "leak": Role("leak", Kind.BINARY),
        "running": Role("running", Kind.BINARY),
        "mode": Role("mode", Kind.ENUM, states=("off", "manual", "auto")),
        "state": Role("state", Kind.ENUM, states=("stopped", "running")),
        "spare": Role("spare", Kind.ANALOG, PERCENT),
        "fault": Role("fault", Kind.BINARY),
    },
    {"low": Parameter("low", PERCENT, 30.0), "design": Parameter("design", BAR)},
)
MAINS = EquipmentClass("mains", {}, {"healthy": Role("healthy", Kind.BINARY, required=True)})
CLASSES = {"water-tank": TANK, "mains": MAINS}
UNBOUND = ("spare", "fault")
"""Optional roles no point plays."""


def tank(name: str = "tank-1", **parameters: float) -> Equipment:
    roles = {role: Binding(f"{name}.{role}") for role in TANK.roles if role not in UNBOUND}
    settings = {"low": 30.0, "design": 3.0} | parameters
    return Equipment(name, "water-tank", {"en": name}, roles, settings, supply="mains-1")


MAINS_1 = Equipment("mains-1", "mains", {}, {"healthy": Binding("meter.healthy")})


def low_level(**changes: object) -> Rule:
    values: dict[str, object] = {
        "id": "W01",
        "for_each": "water-tank",
        "title": {"en": "Tank level low", "zh": "水箱低水位"},
        "when": Source("level <= low"),
        "severity": Severity.MEDIUM,
        "on_delay": 60.0,
        "clear": Source("level >= low + 5 %"),
        "off_delay": 60.0,
        "work_order": OrderTemplate(OrderClass.MINOR, "plumber", ("float valve",)),
    }
    return Rule(**(values | changes))  # type: ignore[arg-type]


def instant(seconds: float, boot: str = "b", **more: object) -> Instant:
    return Instant(boot, seconds, 1_000.0 + seconds, **more)  # type: ignore[arg-type]


def reading(point: str, value: Value | None, at: Instant, quality: Quality | None = None) -> Reading:
    grade = quality or (Quality.GOOD if value is not None else Quality.BAD)
    return Reading(point, value, grade, Reason.NONE if value is not None else Reason.SENSOR, at)


class Expression:
    """One expression compiled on tank-1, evaluated on values given by role name."""

    def __init__(self, text: str, whole: bool = False) -> None:
        self.slots = Slots()
        scope = Scope(tank(), CLASSES, {"tank-1": tank(), "mains-1": MAINS_1}, self.slots)
        self.condition, self.errors = (compile_condition if whole else compile_expression)(text, scope)

    def __call__(self, **values: Value | None) -> object:
        assert self.condition is not None, self.errors
        view = View(self.slots.size, [], instant(0))
        for role, value in values.items():
            for feed in self.slots.feeds.get("meter.healthy" if role == "healthy" else f"tank-1.{role}", ()):
                view.values[feed.slot] = value
                view.readings[feed.slot] = reading(role, value, instant(0))
        return self.condition.run(view)


class Bench:
    """An engine, its state and its store; ``restart`` goes through JSON as a disk does."""

    def __init__(self, *rules: Rule, equipment: Iterable[Equipment] = ()) -> None:
        self.equipment = list(equipment) or [tank(), MAINS_1]
        self.store: dict[tuple[str, str], str] = {}
        self.events: list[Any] = []
        self.effects = Effects()
        self.now = instant(0)
        self._load(rules)
        self.state = EngineState.initial(self.engine.rulebook, self.now)

    def _load(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules) or (low_level(),)
        rulebook, findings = compile_rulebook(CLASSES, self.equipment, self.rules)
        assert findings == []
        self.engine = Engine(rulebook, Origin("gw", "e1"))

    def at(self, seconds: float, *people: Input, **values: Value | None) -> Effects:
        """Run every timer before ``seconds``, then decide everything with the readings of tank-1."""
        while (due := self.engine.next_due(self.state)) is not None and due < seconds - 1e-6:
            self._step([], due)
        effects = self._step([*self._readings(seconds, values), *people], seconds)
        while self.state.undecided:
            self._step([], seconds)
        return effects

    def acknowledge(self, seconds: float, alarm: str = "tank-1/W01") -> Effects:
        return self.at(seconds, Acknowledge(alarm, "Li"))

    def close(self, seconds: float, order: str) -> Effects:
        return self.at(seconds, CloseOrder(order, "Li", "done"))

    def restart(self, *rules: Rule, at: Instant | None = None) -> Effects:
        self.now = at or self.now
        self._load(rules or self.rules)
        rows = [Row(table, key, json.loads(body)) for (table, key), body in self.store.items()]
        self.state, effects = EngineState.restore(rows, self.engine.rulebook, self.now)
        return self._commit(effects)

    def reload(self, *rules: Rule, equipment: Iterable[Equipment] = ()) -> Carried:
        """Other rules, or other equipment, from this moment on."""
        before, self.equipment = self.engine.rulebook, list(equipment) or self.equipment
        self._load(rules or self.rules)
        carried = carry(self.state, before, self.engine.rulebook, self.now)
        self.state = carried.state
        self._commit(carried.effects)
        return carried

    def alarm(self, key: str = "tank-1/W01") -> str:
        record = self.state.alarms.get(key)
        return record.alarm.state if record else "normal"

    def told(self, kind: str = "alarm") -> list[str]:
        return [getattr(event, "state", None) or event.status for event in self.events if event.kind == kind]

    def _readings(self, seconds: float, values: dict[str, Value | None]) -> list[Reading]:
        at = self._moment(seconds)
        return [reading(f"tank-1.{role}", value, at) for role, value in values.items()]

    def _moment(self, seconds: float) -> Instant:
        return replace(self.now, mono=seconds, wall=self.now.wall + seconds - self.now.mono)

    def _step(self, inputs: list[Input], seconds: float) -> Effects:
        self.now = self._moment(seconds)
        self.state, effects = self.engine.step(self.state, inputs, self.now)
        return self._commit(effects)

    def _commit(self, effects: Effects) -> Effects:
        for row in effects.rows:
            if row.body is None:
                self.store.pop((row.table, row.key), None)
            else:
                self.store[row.table, row.key] = json.dumps(row.body)
        self.events.extend(effects.events)
        self.effects = effects
        return effects
