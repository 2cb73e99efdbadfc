"""The clear condition of a rule that writes none: the opposite of its condition, each limit moved by a deadband.

Without it a value that trembles at its limit raises and clears without end. The deadband is a share of the span of the
signal that depends on what is measured (ISA-18.2-2009, table of starting values); where the end of the span is nearer
than that, half of what is left up to there, so that the signal can get there.

One rule for all: wherever a signal as it is, which has a span, is compared with a number or a parameter, that limit
moves, whatever stands beside it (``and``, ``or``, ``not``). Nothing moves within functions, choices and terms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from drivers.points import NO_UNIT, UNITS, Kind, Unit
from rules.condition import nodes
from rules.condition.nodes import below
from rules.condition.parser import parse
from rules.condition.scope import Definition, Scope, Setting, Signal
from rules.condition.value_types import KELVIN, conversion
from rules.condition.written import written
from rules.errors import ConditionError
from rules.model import Role

SHARES = {"%": 0.05, "m": 0.05, "m³/h": 0.05, "kPa": 0.02, "°C": 0.01, "V": 0.01, "A": 0.02, "Hz": 0.01}
"""Unit of a quantity -> deadband as a share of the span: level, flow, pressure, temperature, electrical."""
_BELOW, _ABOVE = ("<", "<="), (">", ">=")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Deadband:
    """What one comparison of a condition gets."""

    comparison: str
    band: str = ""
    """Such as ``5 %``; empty: none."""
    reason: str = ""
    """Why none: ``span`` (the signal has none), ``unit`` (nothing is known about what it measures), ``room`` (the limit
    is at the end of the span), ``calculated``, or ``within`` (a function, a choice or a term)."""


def clear_of(text: str, scope: Scope) -> str | None:
    """The clear condition of the condition ``text`` on one equipment; None where no deadband applies."""
    try:
        tree = parse(text)
        moved = _Mover(scope).moved(tree)
    except ConditionError:
        # The condition itself is wrong, which is reported where it is compiled.
        return None
    return None if moved == tree else f"not ({written(moved)})"


def deadbands(text: str, scope: Scope) -> tuple[Deadband, ...]:
    """What each comparison of numbers in ``text`` gets on one equipment, in the order written."""
    mover = _Mover(scope)
    try:
        mover.moved(parse(text))
    except ConditionError:
        return ()
    return tuple(mover.found)


@dataclass(slots=True)
class _Mover:
    """Moves limits away from their signals, and remembers what it did."""

    scope: Scope
    found: list[Deadband] = field(default_factory=list)

    def moved(self, node: nodes.Node, wanted: bool = True) -> nodes.Node:
        """``node`` with each limit moved so that it holds longer; not ``wanted``: so that it fails longer."""
        if isinstance(node, nodes.Logic):
            return replace(node, operands=tuple(self.moved(operand, wanted) for operand in node.operands))
        if isinstance(node, nodes.Not):
            return replace(node, operand=self.moved(node.operand, not wanted))
        if isinstance(node, nodes.Comparison):
            return self._comparison(node, wanted)
        self.found += [Deadband(written(one), reason="within") for one in self._within(node)]
        return node

    def _comparison(self, node: nodes.Comparison, wanted: bool) -> nodes.Comparison:
        operands = list(node.operands)
        for index, written_sign in enumerate(node.signs):
            if written_sign not in _MIRRORED or any(map(self._absent, node.operands[index : index + 2])):
                continue
            sign = written_sign if wanted else _OPPOSITE[written_sign]
            left, right = node.operands[index], node.operands[index + 1]
            after, why_after = self._away(left, sign, right)
            before, why_before = self._away(right, _MIRRORED[sign], left)
            operands[index + 1], operands[index] = after or operands[index + 1], before or operands[index]
            band = next((one.right for one in (after, before) if one is not None), None)
            text = f"{written(left)} {written_sign} {written(right)}"
            reason = "" if band is not None else why_after or why_before or "calculated"
            self.found.append(Deadband(text, written(band) if band is not None else "", reason))
        return replace(node, operands=tuple(operands))

    def _away(self, signal: nodes.Node, sign: str, limit: nodes.Node) -> tuple[nodes.Arithmetic | None, str]:
        """The limit of ``signal sign limit`` moved, or None and why it stays; no reason where there is no signal."""
        role, value = self._role(signal), self._value(limit)
        if role is None or value is None:
            return None, ""
        if role.span is None:
            return None, "span"
        number, unit = value
        # A plain 0 is of any unit.
        fit = conversion(role.unit if unit == NO_UNIT and number == 0 else unit, role.unit)
        if fit is None or role.kind is not Kind.ANALOG or _share(role.unit) is None:
            return None, "unit"
        at, (low, high) = number * fit[0] + fit[1], role.span
        band = band_of(role, (high - at if sign in _BELOW else at - low) / 2)
        if band is None:
            return None, "room"
        whole = nodes.Number(limit.offset, 0.0, role.unit) if unit == NO_UNIT and number == 0 else limit
        return nodes.Arithmetic(limit.offset, "+" if sign in _BELOW else "-", whole, band), ""

    def _role(self, node: nodes.Node) -> Role | None:
        """The role of a signal as it is; None for anything else."""
        meaning = self._meaning(node)
        return meaning.role if isinstance(meaning, Signal) and meaning.binding is not None else None

    def _absent(self, node: nodes.Node) -> bool:
        """Whether it drops out on this equipment, and its comparison with it."""
        meaning = self._meaning(node)
        return isinstance(meaning, Signal) and meaning.binding is None

    def _value(self, node: nodes.Node) -> tuple[float, Unit] | None:
        """The number and unit of a limit; None for anything but a number or a parameter."""
        if isinstance(node, nodes.Minus):
            inner = self._value(node.operand)
            return None if inner is None else (-inner[0], inner[1])
        if isinstance(node, nodes.Number):
            return node.value, node.unit
        meaning = self._meaning(node)
        return (meaning.value, meaning.unit) if isinstance(meaning, Setting) else None

    def _within(self, node: nodes.Node) -> Iterator[nodes.Node]:
        """The comparisons of numbers in what is not moved; a term stands for those in it."""
        if isinstance(node, nodes.Comparison):
            if any(sign in _MIRRORED for sign in node.signs):
                yield node
            return
        meaning = self._meaning(node)
        if isinstance(meaning, Definition) and any(_Mover(meaning.scope)._within(parse(meaning.text))):
            yield node
        for one in below(node):
            yield from self._within(one)

    def _meaning(self, node: nodes.Node) -> Signal | Setting | Definition | None:
        if not isinstance(node, nodes.Name) or not self.scope.has(node.text):
            return None
        return self.scope.resolve(node.text, node.offset)


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
