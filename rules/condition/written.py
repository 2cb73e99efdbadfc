"""A tree back to text, in the one way we would write it: how evidence and lists name a part of a condition."""

from collections.abc import Callable
from typing import Any

from rules.condition import nodes

_LOOSENESS: dict[type, int] = {nodes.Choice: 0, nodes.Logic: 1, nodes.Not: 2, nodes.Comparison: 3, nodes.Arithmetic: 4}
_TIGHT = 6


def written(node: nodes.Node) -> str:
    """``node`` as text that parses to the same tree."""
    return _WRITERS[type(node)](node)


def clock(minutes: int) -> str:
    """Minutes after midnight as a time of day."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _binding(node: nodes.Node) -> int:
    tight = (isinstance(node, nodes.Arithmetic) and node.sign in "*/") or (
        isinstance(node, nodes.Logic) and node.word == "and"
    )
    return _LOOSENESS.get(type(node), _TIGHT) * 2 + tight


def _inside(node: nodes.Node, around: nodes.Node, last: bool = False) -> str:
    # Brackets where the tree would come out differently without them.
    mine, outer = _binding(node), _binding(around)
    return f"({written(node)})" if mine < outer or (last and mine == outer) else written(node)


def _number(node: nodes.Number) -> str:
    return f"{node.value:.12g} {node.unit.symbol}".strip()


def _hours(node: nodes.Hours) -> str:
    return f"{clock(node.start)}..{clock(node.end)}"


def _not(node: nodes.Not) -> str:
    return f"not {_inside(node.operand, node)}"


def _minus(node: nodes.Minus) -> str:
    return f"-{_inside(node.operand, node)}"


def _logic(node: nodes.Logic) -> str:
    return f" {node.word} ".join(_inside(operand, node, last=True) for operand in node.operands)


def _arithmetic(node: nodes.Arithmetic) -> str:
    return f"{_inside(node.left, node)} {node.sign} {_inside(node.right, node, last=True)}"


def _comparison(node: nodes.Comparison) -> str:
    parts = [_inside(operand, node, last=True) for operand in node.operands]
    rest = (f" {sign} {part}" for sign, part in zip(node.signs, parts[1:], strict=True))
    return parts[0] + "".join(rest)


def _choice(node: nodes.Choice) -> str:
    return f"{_inside(node.then, node, last=True)} if {_inside(node.test, node, last=True)} else {written(node.other)}"


def _call(node: nodes.Call) -> str:
    return f"{node.function}({', '.join(map(written, node.arguments))})"


_WRITERS: dict[type, Callable[[Any], str]] = {
    nodes.Number: _number,
    nodes.Hours: _hours,
    nodes.Truth: lambda node: str(node.value).lower(),
    nodes.Name: lambda node: node.text,
    nodes.Not: _not,
    nodes.Minus: _minus,
    nodes.Logic: _logic,
    nodes.Arithmetic: _arithmetic,
    nodes.Comparison: _comparison,
    nodes.Choice: _choice,
    nodes.Call: _call,
}
