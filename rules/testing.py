"""Rule tests: the production engine in simulated time, on one equipment and a series of samples per role."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from drivers.points import Finding, Instant, Place, Quality, Reading, Reason
from rules import points
from rules.alarm import AlarmState, Suppression
from rules.engine import Engine
from rules.errors import RuleTestError
from rules.inputs import OrderStatus
from rules.model import Binding, Equipment, EquipmentClass, Origin, Plan, Rule
from rules.rulebook import Rulebook, Tasks, compile_rulebook
from rules.series import Sample, parse_series
from rules.state import State
from rules.suggest import nearest
from rules.timer import TOLERANCE

VERDICTS = ("passed", "failed", "unverified", "verified")
"""What a test may let a procedure leave behind."""
STATES = (*AlarmState, *filter(None, Suppression))
"""What a test may expect of a rule."""

_REASONS = {Quality.GOOD: Reason.NONE, Quality.STALE: Reason.NO_ANSWER, Quality.BAD: Reason.SENSOR}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold after every sample and timer up to ``at`` seconds."""

    at: float
    states: Mapping[str, str]
    """Rule -> where its alarm stands, as people see it."""
    orders: int | None = None
    """Number of orders that are not closed."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a procedure (or the work of a plan) leaves behind at ``at`` seconds."""

    at: float
    verdict: str
    """passed or failed of ``procedure``; unverified or verified of a safe command."""
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test as written."""

    name: str
    cls: str
    """Class of the equipment under test."""
    every: float
    """Seconds between samples; the first is at 0."""
    series: Mapping[str, str]
    """Role -> samples. Optional roles without a series are not bound."""
    expectations: tuple[Expectation, ...]
    parameters: Mapping[str, float] = field(default_factory=dict)
    place: Place | None = None
    runs: tuple[Left, ...] = ()
    plans: tuple[Plan, ...] = ()
    """The plans conditions may ask for."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that did not hold."""

    at: float
    what: str
    """Rule id, or ``orders``."""
    expected: str
    got: str
    around: str
    """The samples up to that moment, newest last."""


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


def check_test(test: RuleTest, classes: Mapping[str, EquipmentClass], rules: Sequence[Rule]) -> list[Finding]:
    """Every mistake in the test itself, at the place of the test."""
    cls = classes.get(test.cls)
    if cls is None:
        return [Finding("test.unknown-class", test.place, {"name": test.cls}, nearest(test.cls, classes))]
    known = [rule.id for rule in rules if rule.for_each == test.cls]
    findings = [*_names(test.series, cls.roles, "role"), *_names(test.parameters, cls.parameters, "parameter")]
    for expectation in test.expectations:
        findings += _names(expectation.states, known, "rule")
        findings += _names(expectation.states.values(), STATES, "state")
    findings += _names([run.verdict for run in test.runs], VERDICTS, "verdict")
    findings += [_sample_finding(test, cls, role) for role in test.series if role in cls.roles]
    return [_at(test, finding) for finding in findings if finding is not None]


def run_test(test: RuleTest, classes: Mapping[str, EquipmentClass], rules: Sequence[Rule]) -> TestResult:
    """Run a test that ``check_test`` found in order. Raises RuleTestError when the rules do not compile for it."""
    rulebook = _rulebook(test, classes, rules)
    series = {role: parse_series(text, classes[test.cls].roles[role]) for role, text in test.series.items()}
    plant = _Plant(Engine(rulebook, Origin("test", "0", simulated=True)), rulebook, test, series)
    failures: list[Failure] = []
    for expectation in sorted(test.expectations, key=lambda one: one.at):
        plant.run_until(expectation.at)
        failures += plant.compare(expectation)
    return TestResult(test.name, tuple(failures))


class _Plant:
    """Simulated time: samples and timers in order, each moment one step."""

    def __init__(self, engine: Engine, rulebook: Rulebook, test: RuleTest, series: Mapping[str, list[Sample]]) -> None:
        self._engine, self._every, self._series = engine, test.every, series
        self._state = State.initial(rulebook, _instant(0.0))
        self._sample = 0
        self._samples = max(map(len, series.values()), default=0)
        # Before the first run every test was first seen now and has not failed.
        asked = sorted({point.partition("!")[0] for point in rulebook.feeds if "/" in point})
        self._left = [(0.0, reading) for key in asked for reading in _readings(Left(0.0, "passed"), key)]
        self._left += [(0.0, reading) for reading in _readings(Left(0.0, "verified"), "")]
        runs = sorted(test.runs, key=lambda run: run.at)
        self._left += [(run.at, one) for run in runs for one in _readings(run, f"{_EQUIPMENT}/{run.procedure}")]

    def run_until(self, end: float) -> None:
        """Every sample and timer up to ``end``, inclusive."""
        while (moment := self._next()) is not None and moment <= end + TOLERANCE:
            readings = [*self._readings(moment), *self._take_left(moment)]
            self._state, _ = self._engine.step(self._state, readings, _instant(moment))

    def compare(self, expectation: Expectation) -> list[Failure]:
        """What does not hold now."""
        got = {rule: self._alarm(rule) for rule in expectation.states}
        wrong = [(rule, wanted, got[rule]) for rule, wanted in expectation.states.items() if got[rule] != wanted]
        open_orders = sum(order.fact.status != OrderStatus.CLOSED for order in self._state.orders.values())
        if expectation.orders is not None and expectation.orders != open_orders:
            wrong.append(("orders", str(expectation.orders), str(open_orders)))
        return [Failure(expectation.at, what, wanted, found, self._around()) for what, wanted, found in wrong]

    def _next(self) -> float | None:
        sample = self._sample * self._every if self._sample < self._samples else None
        due = self._engine.next_due(self._state)
        left = self._left[0][0] if self._left else None
        return min((moment for moment in (sample, due, left) if moment is not None), default=None)

    def _readings(self, moment: float) -> list[Reading]:
        if self._sample >= self._samples or self._sample * self._every > moment + TOLERANCE:
            return []
        index, self._sample = self._sample, self._sample + 1
        present = {role: samples[index] for role, samples in self._series.items() if index < len(samples)}
        at = _instant(moment)
        return [Reading(role, value, grade, _REASONS[grade], at) for role, (value, grade) in present.items()]

    def _take_left(self, moment: float) -> list[Reading]:
        count = sum(at <= moment + TOLERANCE for at, _ in self._left)
        taken, self._left = self._left[:count], self._left[count:]
        return [reading for _, reading in taken]

    def _alarm(self, rule: str) -> str:
        record = self._state.alarms.get(f"{_EQUIPMENT}/{rule}")
        return record.alarm.shown if record is not None else AlarmState.NORMAL

    def _around(self) -> str:
        return "; ".join(f"{role}: {_excerpt(samples[: self._sample])}" for role, samples in self._series.items())


_EQUIPMENT = "test"


def _readings(run: Left, key: str) -> list[Reading]:
    at = _instant(run.at)
    if run.verdict in ("verified", "unverified"):
        return [points.made(points.unverified(_EQUIPMENT), run.verdict == "unverified", at)]
    failed = [points.made(points.failed(key), run.verdict == "failed", at)]
    return failed if run.verdict == "failed" else [points.made(points.done(key), at.wall, at), *failed]


def _excerpt(samples: list[Sample]) -> str:
    marks = {Quality.BAD: "_", Quality.STALE: "stale"}
    return " ".join(marks.get(grade) or f"{value}" for value, grade in samples[-6:])


def _instant(seconds: float) -> Instant:
    return Instant("test", seconds, seconds)


def _rulebook(test: RuleTest, classes: Mapping[str, EquipmentClass], rules: Sequence[Rule]) -> Rulebook:
    cls = classes[test.cls]
    bound = {name: Binding(name) for name, role in cls.roles.items() if role.required or name in test.series}
    defaults = {name: one.default for name, one in cls.parameters.items() if one.default is not None}
    equipment = Equipment(_EQUIPMENT, cls.id, {}, bound, defaults | dict(test.parameters))
    tasks = Tasks(None, test.plans)
    rulebook, findings = compile_rulebook(classes, [equipment], _concerned(test, rules), tasks)
    if findings:
        first = findings[0]
        raise RuleTestError("test.rules-broken", first.suggestion, test=test.name, why=first.code)
    return rulebook


def _concerned(test: RuleTest, rules: Sequence[Rule]) -> list[Rule]:
    # A rule the test does not look at may ask for equipment the test has not got.
    named = {rule for expectation in test.expectations for rule in expectation.states}
    counted = any(expectation.orders is not None for expectation in test.expectations)
    return [rule for rule in rules if rule.for_each == test.cls and (counted or rule.id in named)]


def _names(given: Iterable[str], known: Iterable[str], what: str) -> list[Finding | None]:
    known = list(known)
    return [Finding(f"test.unknown-{what}", None, {"name": n}, nearest(n, known)) for n in given if n not in known]


def _sample_finding(test: RuleTest, cls: EquipmentClass, role: str) -> Finding | None:
    try:
        parse_series(test.series[role], cls.roles[role])
    except RuleTestError as error:
        return Finding(error.code, None, error.arguments, error.suggestion)
    return None


def _at(test: RuleTest, finding: Finding) -> Finding:
    return replace(finding, place=test.place)
