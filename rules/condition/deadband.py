"""The clear condition of a rule that writes none: the opposite of its condition, each limit moved by a deadband.

Without it a value that trembles at its limit raises and clears without end. The deadband is a share of the span of the
signal that depends on what is measured (ISA-18.2-2009, table of starting values).
"""

from collections.abc import Iterator, Sequence

from drivers.points import UNITS, Kind, Unit
from rules.condition.scope import Scope, Setting, Signal
from rules.condition.tokens import Lex, Token, tokenize
from rules.errors import ConditionError
from rules.model import Role

SHARES = {"%": 0.05, "m³/h": 0.05, "kPa": 0.02, "°C": 0.01, "V": 0.01, "A": 0.02, "Hz": 0.01}
"""Unit of a quantity -> deadband as a share of the span: level, flow, pressure, temperature, electrical."""
_BELOW, _ABOVE = ("<", "<="), (">", ">=")


def clear_of(text: str, scope: Scope) -> str | None:
    """The clear condition of the condition ``text`` on one equipment; None where no deadband applies.

    Only a signal compared with one number or parameter gets one, and nothing under ``not`` or in a function.
    """
    try:
        tokens = tokenize(text)
        insertions = list(_insertions(tokens, scope))
    except ConditionError:
        # The condition itself is wrong, which is reported where it is compiled.
        return None
    if not insertions or any(token.lex is Lex.WORD and token.text in ("not", "if") for token in tokens):
        return None
    for offset, moved in reversed(insertions):
        text = text[:offset] + moved + text[offset:]
    return f"not ({text})"


def _insertions(tokens: Sequence[Token], scope: Scope) -> Iterator[tuple[int, str]]:
    """Where in the text each limit ends, and what moves it away from the signal."""
    calls: list[bool] = []
    for index, token in enumerate(tokens):
        if token.text == "(":
            calls.append(index > 0 and tokens[index - 1].lex is Lex.NAME)
        elif token.text == ")" and calls:
            calls.pop()
        elif token.text in (*_BELOW, *_ABOVE) and not any(calls):
            yield from _moved(tokens, index, scope)


def _moved(tokens: Sequence[Token], index: int, scope: Scope) -> Iterator[tuple[int, str]]:
    left, right = tokens[index - 1], tokens[index + 1]
    if _calculates(tokens, index - 2) or _calculates(tokens, index + 2):
        return
    for signal, limit, below in ((left, right, _BELOW), (right, left, _ABOVE)):
        band = _band(signal, scope)
        if band and _is_limit(limit, scope):
            yield limit.offset + len(limit.text), f" {'+' if tokens[index].text in below else '-'} {band}"


def _calculates(tokens: Sequence[Token], index: int) -> bool:
    return 0 <= index < len(tokens) and tokens[index].text in ("+", "-", "*", "/")


def _is_limit(token: Token, scope: Scope) -> bool:
    if token.lex is Lex.NUMBER:
        return True
    return token.lex is Lex.NAME and isinstance(scope.resolve(token.text, token.offset), Setting)


def _band(token: Token, scope: Scope) -> str:
    """The deadband of a signal as written in a condition; empty for anything else."""
    if token.lex is not Lex.NAME:
        return ""
    meaning = scope.resolve(token.text, token.offset)
    return band_of(meaning.role) if isinstance(meaning, Signal) and meaning.binding is not None else ""


def band_of(role: Role) -> str:
    """The deadband of a role, such as ``5 %``; empty when its span or what it measures is not known."""
    share = _share(role.unit)
    if role.kind is not Kind.ANALOG or role.span is None or share is None:
        return ""
    low, high = role.span
    # A difference of temperatures is in kelvin.
    unit = "K" if role.unit.converts_to(UNITS["°C"]) else role.unit.symbol
    return f"{(high - low) * share:.6g} {unit}"


def _share(unit: Unit) -> float | None:
    return next((share for symbol, share in SHARES.items() if unit.converts_to(UNITS[symbol])), None)
