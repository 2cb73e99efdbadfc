"""Plays a rule test: samples, people and timers in order, each moment one step of the production engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from drivers.points import Instant, PlantgateError, Quality, Reading, Reason
from rules import points
from rules.alarms.alarm import AlarmState
from rules.effects import Command
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.errors import RuleTestError
from rules.facts import Fact
from rules.inputs import (
    AbortRun,
    Acknowledge,
    CloseOrder,
    CommandResult,
    GiveCommand,
    Input,
    OrderStatus,
    Outcome,
    OutOfService,
    Reset,
    ServiceDone,
    Shelve,
    StartRun,
    Unshelve,
)
from rules.model import EquipmentClass, Origin, Rule
from rules.testing.compare import Failure, around, mismatch
from rules.testing.model import TESTED, Act, Action, Expectation, Left, RuleTest, of_rule, split
from rules.testing.series import Sample, parse_series
from rules.testing.stage import build
from rules.timer import TOLERANCE

BY = "test"
"""Who does what a test lets people do."""

SOON = 0.001
"""Seconds after the beginning when what was done before it is known: the engine first notes what it sees first."""

_REASONS = {
    Quality.GOOD: Reason.NONE,
    Quality.UNCERTAIN: Reason.OVERRIDDEN,
    Quality.STALE: Reason.NO_ANSWER,
    Quality.BAD: Reason.SENSOR,
}


_ABOUT_ALARMS: dict[Action, Callable[[str, Act], Input]] = {
    Action.ACK: lambda key, _: Acknowledge(key, BY),
    Action.RESET: lambda key, _: Reset(key, BY),
    Action.SHELVE: lambda key, act: Shelve(key, BY, BY, act.seconds),
    Action.UNSHELVE: lambda key, _: Unshelve(key, BY),
    Action.OUT_OF_SERVICE: lambda key, _: OutOfService(key, BY, BY),
    Action.IN_SERVICE: lambda key, _: OutOfService(key, BY, BY, release=True),
}


@dataclass(frozen=True, slots=True)
class TestResult:
    """The outcome of one test."""

    __test__: ClassVar[bool] = False
    name: str
    failures: tuple[Failure, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return not self.failures


def run_test(test: RuleTest, classes: Mapping[str, EquipmentClass], rules: Sequence[Rule]) -> TestResult:
    """Run a test that ``check_test`` found in order. Raises RuleTestError when the rules do not compile for it."""
    rulebook, findings = build(test, classes, rules)
    if findings:
        first = findings[0]
        raise RuleTestError("test.rules-broken", first.suggestion, test=test.name, why=first.code)
    roles = {subject.id: classes[subject.cls].roles for subject in test.subjects}
    named = {name: split(name) for name in test.series}
    series = {name: parse_series(test.series[name], roles[owner][role]) for name, (owner, role) in named.items()}
    return TestResult(test.name, tuple(_Play(test, rulebook, series).failures()))


@dataclass(slots=True)
class _Play:
    """One test under way."""

    test: RuleTest
    rulebook: Rulebook
    series: Mapping[str, list[Sample]]
    engine: Engine = field(init=False)
    state: EngineState = field(init=False)
    taken: int = 0
    """Samples taken of each series."""
    shown: dict[str, Reading] = field(default_factory=dict)
    """The latest sample of each point."""
    left: list[tuple[float, Reading]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    events: list[Fact] = field(default_factory=list)
    """Commands and events since the last expectation."""
    wrong: list[Failure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = Engine(self.rulebook, Origin("test", "0", simulated=True))
        self.state = EngineState.initial(self.rulebook, self._instant(0.0))
        self.left = self._history()
        self.acts = sorted(self.test.acts, key=lambda act: act.at)

    def failures(self) -> list[Failure]:
        for expectation in sorted(self.test.expectations, key=lambda one: one.at):
            self._run_until(expectation.at)
            self._compare(expectation)
        return self.wrong

    # --- time

    def _run_until(self, end: float) -> None:
        while (moment := self._next()) is not None and moment <= end + TOLERANCE:
            self._step([*self._polled(moment), *self._samples(moment), *self._take_left(moment)], moment)
            while self.acts and self.acts[0].at <= moment + TOLERANCE:
                self._do(self.acts.pop(0), moment)

    def _next(self) -> float | None:
        longest = max(map(len, self.series.values()), default=0)
        sample = self.taken * self.test.every if self.taken < longest else None
        left = self.left[0][0] if self.left else None
        act = self.acts[0].at if self.acts else None
        due = self.engine.next_due(self.state)
        return min((moment for moment in (sample, left, act, due) if moment is not None), default=None)

    def _step(self, inputs: Sequence[Input], moment: float) -> list[PlantgateError]:
        # Commands are carried out at once, and the engine hears of it.
        refused: list[PlantgateError] = []
        while True:
            self.state, effects = self.engine.step(self.state, inputs, self._instant(moment))
            self.commands += effects.commands
            self.events += effects.events
            refused += effects.refused
            if not effects.commands:
                return refused
            inputs = [CommandResult(command.id, Outcome.DONE) for command in effects.commands]

    def _instant(self, seconds: float) -> Instant:
        return Instant("test", seconds, self.test.start + seconds)

    # --- what comes in

    def _polled(self, moment: float) -> list[Reading]:
        """While something is under test or owed, a sample is read again and again until the next one."""
        procedures = self.state.procedures
        if not procedures.runs and not procedures.obligations:
            return []
        return [reading._replace(sampled_at=self._instant(moment)) for reading in self.shown.values()]

    def _samples(self, moment: float) -> list[Reading]:
        index = self.taken
        if index * self.test.every > moment + TOLERANCE:
            return []
        self.taken += 1
        present = {name: samples[index] for name, samples in self.series.items() if index < len(samples)}
        at = self._instant(moment)
        readings = [
            Reading(".".join(split(name)), value, grade, _REASONS[grade], at)
            for name, (value, grade) in present.items()
        ]
        self.shown |= {reading.point: reading for reading in readings}
        return readings

    def _take_left(self, moment: float) -> list[Reading]:
        count = sum(at <= moment + TOLERANCE for at, _ in self.left)
        taken, self.left = self.left[:count], self.left[count:]
        return [reading for _, reading in taken]

    def _history(self) -> list[tuple[float, Reading]]:
        # Before the first run every test was first seen now and has not failed, unless something is known of it.
        known = {f"{TESTED}/{run.procedure}" for run in self.test.runs if run.at < 0}
        asked = sorted({point.partition("!")[0] for point in self.rulebook.feeds if "/" in point} - known)
        first = [reading for key in asked for reading in self._readings(Left(0.0, "passed"), key)]
        first += [one for subject in self.test.subjects for one in self._readings(Left(0.0, "verified"), subject.id)]
        runs = sorted(self.test.runs, key=lambda run: run.at)
        later = [(max(run.at, SOON), one) for run in runs for one in self._readings(run, f"{TESTED}/{run.procedure}")]
        return [*((0.0, reading) for reading in first), *later]

    def _readings(self, left: Left, key: str) -> list[Reading]:
        at = self._instant(left.at)
        if left.verdict in ("verified", "unverified", "by_hand"):
            name = key.partition("/")[0]
            unverified, by_hand = left.verdict != "verified", left.verdict == "by_hand"
            return [
                points.made(points.unverified(name), unverified, at),
                points.made(points.finish_by_hand(name), by_hand, at),
            ]
        failed = [points.made(points.failed(key), left.verdict == "failed", at)]
        return failed if left.verdict == "failed" else [points.made(points.done(key), at.wall, at), *failed]

    # --- people

    def _do(self, act: Act, moment: float) -> None:
        entry = self._input(act, moment)
        refused = (
            self._step([entry], moment)
            if entry is not None
            else [PlantgateError("engine.no-open-order", order=act.target)]
        )
        if bool(refused) is not act.refused:
            wanted, got = ("refused", "done") if act.refused else ("done", "refused")
            self._fail(act.at, f"{act.action} {act.target}", wanted, got, refused)
        named = {str(text) for error in refused for text in (error.code, *error.arguments.values())}
        if unnamed := [reason for reason in act.reasons if reason not in named]:
            self._fail(act.at, f"{act.action} {act.target}", ", ".join(unnamed), ", ".join(sorted(named)), refused)

    def _input(self, act: Act, moment: float) -> Input | None:
        key = f"{act.owner}/{act.name}"
        if act.action is Action.COMMAND:
            return GiveCommand(f"{key} at {moment:g} s", act.owner, act.name, BY)
        if act.action is Action.START:
            return StartRun(act.name, act.owner, BY)
        if act.action is Action.ABORT:
            run = self.state.procedures.runs.get(key)
            return AbortRun(run.id if run is not None else key, BY)
        if act.action is Action.SERVICED:
            return ServiceDone(act.owner, BY)
        if act.action is Action.CLOSE:
            order = self.state.orders.get(key)
            return CloseOrder(order.fact.order, BY) if order is not None else None
        return _ABOUT_ALARMS[act.action](key, act)

    # --- what came of it

    def _compare(self, expectation: Expectation) -> None:
        for rule, wanted in expectation.states.items():
            self._expect(expectation.at, rule, wanted, self._alarm(rule))
            if expectation.severity is not None:
                self._expect(expectation.at, f"{rule} severity", expectation.severity, self._severity(rule))
        self._compare_orders(expectation)
        if expectation.commands is not None:
            given = [one.verb if one.equipment == TESTED else f"{one.equipment}.{one.verb}" for one in self.commands]
            self._expect(expectation.at, "commands", ", ".join(expectation.commands), ", ".join(given))
        if expectation.events is not None and (differs := mismatch(expectation.events, self.events)):
            self._fail(expectation.at, "events", *differs)
        self.commands, self.events = [], []

    def _compare_orders(self, expectation: Expectation) -> None:
        unclosed = [one.fact for one in self.state.orders.values() if one.fact.status != OrderStatus.CLOSED]
        if isinstance(expectation.orders, int):
            self._expect(expectation.at, "orders", str(expectation.orders), str(len(unclosed)))
        elif expectation.orders is not None and (differs := mismatch(expectation.orders, unclosed)):
            self._fail(expectation.at, "orders", *differs)

    def _alarm(self, rule: str) -> str:
        record = self.state.alarms.get("/".join(of_rule(rule)))
        return record.alarm.shown if record is not None else AlarmState.NORMAL

    def _severity(self, rule: str) -> str:
        record = self.state.alarms.get("/".join(of_rule(rule)))
        return record.fact.severity if record is not None and record.fact is not None else ""

    def _expect(self, at: float, what: str, wanted: str, got: str) -> None:
        if wanted != got:
            self._fail(at, what, wanted or "-", got or "-")

    def _fail(self, at: float, what: str, wanted: str, got: str, reasons: Sequence[PlantgateError] = ()) -> None:
        near = around(self.series, self.test.every, at)
        self.wrong.append(Failure(at, what, wanted, got, near, tuple(reasons)))
