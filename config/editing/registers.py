"""The points and vectors a template begins with: one for each role its class cannot do without."""

from collections.abc import Iterator, Sequence

from config.catalogue import Catalogue
from config.editing.example import leading
from config.editing.values import quoted
from drivers.points import Kind
from rules.model import EquipmentClass, Role, pick

_CODED = {
    Kind.ANALOG: "type: i16, scale: 0.1",
    Kind.COUNTER: "type: u32, kind: counter",
    Kind.TEXT: "type: text, length: 8",
}
_REGISTERS = {Kind.COUNTER: 2, Kind.TEXT: 8}
_RAW = {
    Kind.ANALOG: ("01F4", "50"),
    Kind.BINARY: ("0001", "true"),
    Kind.COUNTER: ("0001 86A0", "100000"),
}
"""Raw words and the value they mean."""


def offered(cls: EquipmentClass) -> list[Role]:
    """The roles that a device of ``cls`` plays at least."""
    first = leading(cls.roles.values())
    return [role for role in cls.roles.values() if role.required or role is first]


def points(roles: Sequence[Role], texts: Catalogue) -> Iterator[str]:
    """A line for each, at registers 1, 2, 3 ..."""
    register = 1
    for role in roles:
        title, unit = quoted(pick(role.title, texts.lang)), role.unit.symbol
        place = f"holding {register} bit 0" if role.kind is Kind.BINARY else f"holding {register}"
        coded = _states(role) if role.kind is Kind.ENUM else _CODED.get(role.kind, "")
        parts = [f"name: {role.name}", f"title: {title}", f"at: {place}", coded, unit and f"unit: {quoted(unit)}"]
        yield f"  - {{{', '.join(filter(None, parts))}}}"
        register += _REGISTERS.get(role.kind, 1)


def vectors(roles: Sequence[Role]) -> Iterator[str]:
    """A line for each that is no text."""
    for role in roles:
        raw, value = ("0000", quoted(role.states[0])) if role.kind is Kind.ENUM else _RAW.get(role.kind, ("", ""))
        if raw:
            yield f'  - {{point: {role.name}, raw: "{raw}", value: {value}}}'


def _states(role: Role) -> str:
    states = ", ".join(f'"{number}": {quoted(name)}' for number, name in enumerate(role.states))
    return f"type: u16, states: {{{states}}}"
