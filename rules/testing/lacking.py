"""What a test has not got that its rules and procedures ask for: told in the test, with the lines that mend it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from drivers.points import Finding, Place
from rules.condition import Scope, Slots
from rules.condition.nodes import names_of
from rules.condition.parser import parse
from rules.condition.reads import reads
from rules.engine.rulebook import Rulebook
from rules.errors import ConditionError
from rules.model import Equipment, EquipmentClass, Rule
from rules.testing.model import TESTED, RuleTest

_EQUIPMENT, _SERIES = "condition.unknown-equipment", "condition.not-bound"
_LATER = "..."
"""Stands in a suggestion for what only the author knows."""


def blame(
    test: RuleTest, rules: Sequence[Rule], book: Rulebook, findings: Iterable[Finding], site: Mapping[str, str]
) -> list[Finding]:
    """``findings`` of compiling the test, those told in the test that only its equipment or its series can mend.

    ``site`` is the equipment of the site by id, with its classes.
    """
    found = list(findings)
    lost = {str(one.arguments["name"]): one.place for one in reversed(found) if one.code == _EQUIPMENT}
    silent = [one for one in found if one.code == _SERIES]
    told = [_equipment(test, name, asked, site.get(name) or _guess(name, rules, book)) for name, asked in lost.items()]
    told += [_series(test, silent, book)] if silent else []
    return told + [one for one in found if one.code not in (_EQUIPMENT, _SERIES)]


def _equipment(test: RuleTest, name: str, asked: Place | None, cls: str) -> Finding:
    told: dict[str, object] = {"test": test.name, "name": name, "asked": _shown(asked)}
    return Finding("test.lacks-equipment", test.place, told, f"others: {{{name}: {{class: {cls}}}}}")


def _guess(name: str, rules: Iterable[Rule], book: Rulebook) -> str:
    """The one class that has all that is asked of equipment ``name``."""
    asked = {local for rule in rules for source in rule.conditions for local in _asked_of(name, source.text)}
    fitting = [cls.id for cls in book.classes.values() if asked <= {*cls.roles, *cls.parameters, *cls.terms}]
    return fitting[0] if len(fitting) == 1 else _LATER


def _asked_of(name: str, text: str) -> Iterator[str]:
    try:
        names = [one.text.rpartition(".") for one in names_of(parse(text))]
    except ConditionError:
        # A mistake that was told where conditions are compiled.
        return
    yield from (local for owner, _, local in names if owner == name)


def _series(test: RuleTest, silent: Sequence[Finding], book: Rulebook) -> Finding:
    names = dict.fromkeys(str(one.arguments["name"]) for one in silent)
    roles = dict.fromkeys(
        role for one in silent for role in _role(book, str(one.arguments["equipment"]), str(one.arguments["name"]))
    )
    told: dict[str, object] = {
        "test": test.name,
        "names": ", ".join(names),
        "asked": _shown(silent[0].place),
    }
    meant = ", ".join(f"{role}: {_LATER}" for role in roles)
    return Finding("test.lacks-series", test.place, told, f"series: {{{meant}}}" if meant else None)


def _role(book: Rulebook, equipment: str, name: str) -> list[str]:
    """The first role behind ``name``, as a series calls it."""
    one: Equipment = book.equipment[equipment]
    classes: Mapping[str, EquipmentClass] = book.classes
    found = [read for read in reads(name, Scope(one, classes, book.equipment, Slots())) if not read.parameter]
    return [read.name if read.equipment == TESTED else f"{read.equipment}.{read.name}" for read in found[:1]]


def _shown(place: Place | None) -> str:
    return f"{place.file}:{place.line}" if place is not None else ""
