"""Precedence as tables: every text beside the fully bracketed text it means."""

import pytest

from rules.condition.nodes import (
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Hours,
    Logic,
    Minus,
    Name,
    Node,
    Not,
    Number,
    Truth,
)
from rules.condition.parser import parse
from rules.errors import ConditionError


def shown(node: Node) -> str:
    match node:
        case Number():
            return f"{node.value:g}{node.unit.symbol}"
        case Hours():
            return f"{node.start}..{node.end}"
        case Truth():
            return str(node.value).lower()
        case Name():
            return node.text
        case Not():
            return f"(not {shown(node.operand)})"
        case Minus():
            return f"(-{shown(node.operand)})"
        case Logic():
            return f"({f' {node.word} '.join(map(shown, node.operands))})"
        case Arithmetic():
            return f"({shown(node.left)} {node.sign} {shown(node.right)})"
        case Comparison():
            rest = [f"{sign} {shown(part)}" for sign, part in zip(node.signs, node.operands[1:], strict=True)]
            return f"({' '.join([shown(node.operands[0]), *rest])})"
        case Choice():
            return f"({shown(node.then)} if {shown(node.test)} else {shown(node.other)})"
        case Call():
            return f"{node.function}({', '.join(map(shown, node.arguments))})"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a or b and c", "(a or (b and c))"),
        ("not a and b", "((not a) and b)"),
        ("not a == b", "(not (a == b))"),
        ("a and b and c", "(a and b and c)"),
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b * c", "((a / b) * c)"),
        ("-a * b", "((-a) * b)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("1 < a <= 2", "(1 < a <= 2)"),
        ("a < b + 1", "(a < (b + 1))"),
        ("a if b or c else d", "(a if (b or c) else d)"),
        ("a if b else c if d else e", "(a if b else (c if d else e))"),
        ("tank-1.level <= 30 %", "(tank-1.level <= 30%)"),
        ("tank-1", "tank-1"),
        ("tank - 1", "(tank - 1)"),
        ("held(a and b, 10 min)", "held((a and b), 10min)"),
        ("min(a, 2 m³)", "min(a, 2m³)"),
        ("a ≤ 0.5 bar", "(a <= 0.5bar)"),
        ("a > 25 %LEL or b < 5 ℃", "((a > 25%LEL) or (b < 5°C))"),
        ("a>1.5e3V", "(a > 1500V)"),
        ("true and not false", "(true and (not false))"),
        ("hour_between(22:00..6:30)", "hour_between(1320..390)"),
        ("daily(avg(a), 02:00..24:00) > 5 %", "(daily(avg(a), 120..1440) > 5%)"),
    ],
)
def test_means(text: str, meaning: str) -> None:
    assert shown(parse(text)) == meaning


@pytest.mark.parametrize(
    ("text", "code", "offset", "suggestion"),
    [
        ("a = b", "condition.unexpected", 2, "=="),
        ("a && b", "condition.unexpected", 2, "and"),
        ("a || b", "condition.unexpected", 2, "or"),
        ("!a", "condition.unexpected", 0, "not"),
        ("a AND b", "condition.unexpected", 2, "and"),
        ("a < 30 Kpa", "condition.unknown-unit", 7, "kPa"),
        ("a <", "condition.ends-early", 3, None),
        ("(a", "condition.ends-early", 2, ")"),
        ("a if b", "condition.ends-early", 6, "else"),
        ("f(a b)", "condition.unexpected", 4, ","),
        ("a $ b", "condition.character", 2, None),
        ("", "condition.ends-early", 0, None),
        ("a " * 251, "condition.too-long", 500, None),
        ("(" * 31 + "a", "condition.too-deep", 30, None),
        ("not " * 40 + "a", "condition.too-deep", 120, None),
    ],
)
def test_mistake(text: str, code: str, offset: int, suggestion: str | None) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.offset, caught.value.suggestion) == (code, offset, suggestion)
