"""Every way to take one arm from a condition.

An arm is an operand of ``and`` or ``or``, a limit of a chain such as ``low <= x <= high``, or one of the values that a
function looks at alike (``max(a, b, c)``), however deep it stands.
"""

from collections.abc import Iterator
from dataclasses import replace

from rules.condition.nodes import Arithmetic, Call, Choice, Comparison, Logic, Minus, Node, Not, Number
from rules.condition.parser import parse
from rules.condition.written import written
from rules.model import Source

ALIKE = ("min", "max", "spread", "coalesce")
"""Functions whose arguments are arms, where none of them is a stretch of time."""


def without_an_arm(source: Source | None) -> Iterator[tuple[str, Source]]:
    """What is gone, and the condition without it."""
    if source is not None:
        for gone, node in _less(parse(source.text)):
            yield f"without {gone}", replace(source, text=written(node))


def _less(node: Node) -> Iterator[tuple[str, Node]]:
    yield from _own(node)
    for field, place, below in _below(node):
        for gone, less in _less(below):
            yield gone, _with(node, field, place, less)


def _own(node: Node) -> Iterator[tuple[str, Node]]:
    match node:
        case Logic(operands=arms):
            for place, arm in enumerate(arms):
                rest = arms[:place] + arms[place + 1 :]
                yield written(arm), rest[0] if len(rest) == 1 else replace(node, operands=rest)
        case Comparison(operands=(_, _, *more)) if more:
            yield from _shorter(node)
        case Call(function=name, arguments=arms) if name in ALIKE and len(arms) > 1 and not _spans(arms):
            for place, arm in enumerate(arms):
                rest = arms[:place] + arms[place + 1 :]
                single = len(rest) == 1 and name != "spread"
                yield f"{written(arm)} in {name}", rest[0] if single else replace(node, arguments=rest)


def _shorter(chain: Comparison) -> Iterator[tuple[str, Node]]:
    for first, last in ((1, None), (0, -1)):
        less = replace(
            chain,
            signs=chain.signs[first:last],
            offsets=chain.offsets[first:last],
            operands=chain.operands[first:last],
        )
        gone = chain.operands[0 if first else -1]
        yield f"limit {written(gone)} of {written(less)}", less


def _spans(arms: tuple[Node, ...]) -> bool:
    return any(isinstance(arm, Number) for arm in arms)


def _below(node: Node) -> Iterator[tuple[str, int | None, Node]]:
    match node:
        case Not() | Minus():
            yield "operand", None, node.operand
        case Logic() | Comparison():
            yield from (("operands", place, arm) for place, arm in enumerate(node.operands))
        case Arithmetic():
            yield from (("left", None, node.left), ("right", None, node.right))
        case Choice():
            yield from (("test", None, node.test), ("then", None, node.then), ("other", None, node.other))
        case Call():
            yield from (("arguments", place, arm) for place, arm in enumerate(node.arguments))


def _with(node: Node, field: str, place: int | None, less: Node) -> Node:
    if place is None:
        return replace(node, **{field: less})  # type: ignore[arg-type]
    listed = getattr(node, field)
    return replace(node, **{field: (*listed[:place], less, *listed[place + 1 :])})  # type: ignore[arg-type]
