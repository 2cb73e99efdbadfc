"""Every mistake in a test itself, where it stands, before it runs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import get_args

from drivers.points import Finding, Place
from rules.alarms.alarm import AlarmState, Suppression
from rules.errors import RuleTestError
from rules.facts import Fact
from rules.model import EquipmentClass, Role, Rule
from rules.suggest import nearest
from rules.testing.lacking import blame
from rules.testing.model import PROCEDURAL, TESTED, Act, Action, Expectation, Match, RuleTest, Subject, of_rule, split
from rules.testing.series import parse_series
from rules.testing.stage import build, concerned

VERDICTS = ("passed", "failed", "unverified", "verified", "by_hand")
"""What a test may let a procedure leave behind."""
STATES = (*AlarmState, *filter(None, Suppression))
"""What a test may expect of a rule."""
TEXT = "text"
"""In a match: stands in any text of the event."""
ALIASES = {"class": "order_class"}
"""In a match: the word of a rule file -> the field of the event."""

_DEFAULTS = [{field.name: field.default for field in fields(fact)} for fact in get_args(Fact)]
_FIELDS = {str(defaults["kind"]): set(defaults) for defaults in _DEFAULTS}
"""Kind of event -> its fields."""


def check_test(
    test: RuleTest,
    classes: Mapping[str, EquipmentClass],
    rules: Sequence[Rule],
    site: Mapping[str, str] | None = None,
) -> list[Finding]:
    """The findings in the test, or else in the rules as they stand on its equipment.

    ``site`` is the equipment of the site by id, with its classes: what a test may need beside its own.
    """
    strange = [_unknown("class", one.cls, classes, one.place or test.place) for one in test.subjects]
    found = [finding for finding in strange if finding is not None]
    found = found or [*_Checker(test, classes, rules).findings()]
    if found:
        return found
    book, findings = build(test, classes, rules)
    return blame(test, concerned(test, rules), book, findings, site or {}) if findings else []


class _Checker:
    """Looks at one test whose classes are known."""

    def __init__(self, test: RuleTest, classes: Mapping[str, EquipmentClass], rules: Sequence[Rule]) -> None:
        self._test = test
        self._classes = {subject.id: classes[subject.cls] for subject in test.subjects}
        self._rules = rules

    def findings(self) -> Iterator[Finding]:
        for subject in self._test.subjects:
            yield from self._subject(subject)
        for name in self._test.series:
            yield from self._series(name)
        for expectation in self._test.expectations:
            yield from self._expectation(expectation)
        for act in self._test.acts:
            yield from self._act(act)
        yield from _some(_unknown("verdict", left.verdict, VERDICTS, self._test.place) for left in self._test.runs)

    def _subject(self, subject: Subject) -> Iterator[Finding]:
        cls, place = self._classes[subject.id], subject.place or self._test.place
        yield from _some(_unknown("parameter", name, cls.parameters, place) for name in subject.parameters)
        yield from _some(_unknown("relation", name, cls.relations, place) for name in subject.relations)
        yield from _some(_unknown("equipment", one, self._classes, place) for one in subject.relations.values())

    def _series(self, name: str) -> Iterator[Finding]:
        place = self._test.series_places.get(name, self._test.place)
        owner, local = split(name)
        cls = self._classes.get(owner)
        role = cls.roles.get(local) if cls is not None else None
        if cls is None:
            yield from _some([_unknown("equipment", owner, self._classes, place)])
        elif role is None:
            yield from _some([_unknown("role", local, cls.roles, place)])
        else:
            yield from _some([_sample(self._test.series[name], role, place)])

    def _expectation(self, expectation: Expectation) -> Iterator[Finding]:
        for rule, state in expectation.states.items():
            place = expectation.places.get(rule, self._test.place)
            yield from self._rule(rule, place)
            yield from _some([_unknown("state", state, STATES, place)])
        place = expectation.places.get("events", self._test.place)
        for match in expectation.events or ():
            yield from _match(match, _fields_of(match), place)
        orders = expectation.orders if isinstance(expectation.orders, tuple) else ()
        for match in orders:
            yield from _match(match, _FIELDS["order"], expectation.places.get("orders", self._test.place))

    def _rule(self, name: str, place: Place | None) -> Iterator[Finding]:
        owner, rule = of_rule(name)
        cls = self._classes.get(owner)
        if cls is None:
            yield from _some([_unknown("equipment", owner, self._classes, place)])
        else:
            yield from _some([_unknown("rule", rule, [one.id for one in self._rules if one.for_each == cls.id], place)])

    def _act(self, act: Act) -> Iterator[Finding]:
        if act.action not in PROCEDURAL:
            yield from self._rule(act.target, act.place)
            return
        cls = self._classes.get(act.owner)
        if cls is None:
            yield from _some([_unknown("equipment", act.owner, self._classes, act.place)])
            return
        if act.action is Action.COMMAND:
            yield from _some([_unknown("command", act.name, cls.commands, act.place)])
            return
        if act.action is Action.SERVICED:
            yield from _some([_unknown("role", act.name, cls.roles, act.place)])
            return
        known = [one.id for one in self._test.procedures if one.for_each == cls.id]
        yield from _some([_unknown("procedure", act.name, known, act.place)])


def _some(findings: Iterable[Finding | None]) -> Iterator[Finding]:
    return (finding for finding in findings if finding is not None)


def _unknown(what: str, name: str, known: Iterable[str], place: Place | None) -> Finding | None:
    if name in (names := list(known)):
        return None
    return Finding(
        f"test.unknown-{what}", place, {"name": name}, nearest(name, [one for one in names if one != TESTED])
    )


def _sample(text: str, role: Role, place: Place | None) -> Finding | None:
    try:
        parse_series(text, role)
    except RuleTestError as error:
        return Finding(error.code, place, error.arguments, error.suggestion)
    return None


def _fields_of(match: Match) -> set[str]:
    every = {name for names in _FIELDS.values() for name in names}
    return _FIELDS.get(str(match.get("kind", "")), every)


def _match(match: Match, known: set[str], place: Place | None) -> Iterator[Finding]:
    if "kind" in match:
        yield from _some([_unknown("kind", str(match["kind"]), _FIELDS, place)])
    yield from _some(_unknown("field", name, {*known, *ALIASES, TEXT}, place) for name in match)
