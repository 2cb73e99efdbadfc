"""The clear condition of a rule that writes none: the opposite of its condition, each limit moved by a deadband.

Without it a value that trembles at its limit raises and clears without end. The deadband is a share of the span of the
signal that depends on what is measured (ISA-18.2-2009, table of starting values); where the end of the span is nearer
than that, half of what is left up to there, so that the signal can get there.
"""

from dataclasses import replace

from drivers.points import NO_UNIT, UNITS, Kind, Unit
from rules.condition import nodes
from rules.condition.parser import parse
from rules.condition.scope import Scope, Setting, Signal
from rules.condition.value_types import KELVIN, conversion
from rules.condition.written import written
from rules.errors import ConditionError
from rules.model import Role

SHARES = {"%": 0.05, "m³/h": 0.05, "kPa": 0.02, "°C": 0.01, "V": 0.01, "A": 0.02, "Hz": 0.01}
"""Unit of a quantity -> deadband as a share of the span: level, flow, pressure, temperature, electrical."""
_BELOW, _ABOVE = ("<", "<="), (">", ">=")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def clear_of(text: str, scope: Scope) -> str | None:
    """The clear condition of the condition ``text`` on one equipment; None where no deadband applies.

    Only a signal compared with one number or parameter gets one, and nothing under ``not`` or in a function.
    """
    try:
        tree = parse(text)
        moved = _moved(tree, scope)
    except ConditionError:
        # The condition itself is wrong, which is reported where it is compiled.
        return None
    return None if moved == tree else f"not ({written(moved)})"


def _moved(node: nodes.Node, scope: Scope) -> nodes.Node:
    """``node`` with each limit moved away from its signal."""
    if isinstance(node, nodes.Logic):
        return replace(node, operands=tuple(_moved(operand, scope) for operand in node.operands))
    if not isinstance(node, nodes.Comparison):
        return node
    operands = list(node.operands)
    for index, sign in enumerate(node.signs):
        left, right = node.operands[index], node.operands[index + 1]
        operands[index + 1] = _away(left, sign, right, scope) or operands[index + 1]
        operands[index] = _away(right, _MIRRORED.get(sign, sign), left, scope) or operands[index]
    return replace(node, operands=tuple(operands))


def _away(signal: nodes.Node, sign: str, limit: nodes.Node, scope: Scope) -> nodes.Node | None:
    """The limit of ``signal sign limit`` moved; None where it stays."""
    role, value = _role(signal, scope), _value(limit, scope)
    if role is None or role.span is None or value is None or sign not in (*_BELOW, *_ABOVE):
        return None
    number, unit = value
    # A plain 0 is of any unit.
    fit = conversion(role.unit if unit == NO_UNIT and number == 0 else unit, role.unit)
    if fit is None:
        return None
    at, (low, high) = number * fit[0] + fit[1], role.span
    band = band_of(role, (high - at if sign in _BELOW else at - low) / 2)
    if band is None:
        return None
    whole = nodes.Number(limit.offset, 0.0, role.unit) if unit == NO_UNIT and number == 0 else limit
    return nodes.Arithmetic(limit.offset, "+" if sign in _BELOW else "-", whole, band)


def _role(node: nodes.Node, scope: Scope) -> Role | None:
    """The role of a signal as it is; None for anything else."""
    if not isinstance(node, nodes.Name):
        return None
    meaning = scope.resolve(node.text, node.offset) if scope.has(node.text) else None
    return meaning.role if isinstance(meaning, Signal) and meaning.binding is not None else None


def _value(node: nodes.Node, scope: Scope) -> tuple[float, Unit] | None:
    """The number and unit of a limit; None for anything but a number or a parameter."""
    if isinstance(node, nodes.Minus):
        inner = _value(node.operand, scope)
        return None if inner is None else (-inner[0], inner[1])
    if isinstance(node, nodes.Number):
        return node.value, node.unit
    if not isinstance(node, nodes.Name) or not scope.has(node.text):
        return None
    meaning = scope.resolve(node.text, node.offset)
    return (meaning.value, meaning.unit) if isinstance(meaning, Setting) else None


def band_of(role: Role, room: float) -> nodes.Number | None:
    """The deadband of a role, at most ``room`` in its unit, such as ``5 %``.

    None when its span or what it measures is not known, and where there is no room.
    """
    share = _share(role.unit)
    if role.kind is not Kind.ANALOG or role.span is None or share is None or room <= 0:
        return None
    low, high = role.span
    size, unit = min((high - low) * share, room), role.unit
    # A difference of temperatures is in kelvin.
    if unit.converts_to(UNITS["°C"]):
        size, unit = size * unit.factor, KELVIN
    return nodes.Number(0, float(f"{size:.6g}"), unit)


def _share(unit: Unit) -> float | None:
    return next((share for symbol, share in SHARES.items() if unit.converts_to(UNITS[symbol])), None)
