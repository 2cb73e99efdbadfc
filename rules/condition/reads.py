"""What a condition looks at, terms of the classes followed: the roles and parameters of which equipment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rules.condition.nodes import Name, names_of
from rules.condition.parser import parse
from rules.condition.scope import Definition, Scope, Setting, Signal
from rules.errors import ConditionError


@dataclass(frozen=True, slots=True)
class Read:
    """One role or parameter of one equipment."""

    equipment: str
    name: str
    parameter: bool = False


def reads(text: str, scope: Scope) -> tuple[Read, ...]:
    """Everything ``text`` looks at on the equipment of ``scope``, each once; of a class, on all of that class."""
    return tuple(dict.fromkeys(_reads(text, scope)))


def relations_in(text: str, scope: Scope) -> frozenset[str]:
    """The relations of its equipment that ``text`` itself asks for."""
    known = scope.classes[scope.equipment.cls].relations
    return frozenset(name.text.rpartition(".")[0] for name in _names(text)) & frozenset(known)


def _names(text: str) -> tuple[Name, ...]:
    try:
        return tuple(names_of(parse(text)))
    except ConditionError:
        # A mistake that was told where conditions are compiled.
        return ()


def _reads(text: str, scope: Scope) -> Iterator[Read]:
    for name in _names(text):
        cls, _, local = name.text.rpartition(".")
        if cls in scope.classes and cls not in scope.others:
            for other in (one for one in scope.others.values() if one.cls == cls):
                yield from _meant(Name(name.offset, local), replace(scope, equipment=other))
        else:
            yield from _meant(name, scope)


def _meant(name: Name, scope: Scope) -> Iterator[Read]:
    try:
        meaning = scope.resolve(name.text, name.offset)
        owner, local = scope.owner(name.text, name.offset)
    except ConditionError:
        # A function, a state or a word of its own: no name of an equipment.
        return
    match meaning:
        case Signal():
            yield Read(owner.id, local)
        case Setting():
            yield Read(owner.id, local, parameter=True)
        case Definition():
            yield from _reads(meaning.text, meaning.scope)
