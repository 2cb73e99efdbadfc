"""What was probably meant: suggestions for mistakes of sort and unit."""

from drivers.points import NO_UNIT, Unit
from rules.condition import nodes
from rules.condition.value_types import ValueSort, ValueType
from rules.condition.written import written


def bare(node: nodes.Node) -> float | None:
    """The number ``node`` is, written without a unit; None for anything else."""
    if isinstance(node, nodes.Minus):
        inner = bare(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, nodes.Number) and node.unit == NO_UNIT else None


def in_unit(node: nodes.Node, unit: Unit) -> str | None:
    """A number written with another unit than is needed, as it should be."""
    return f"{node.value:g} {unit.symbol}".rstrip() if isinstance(node, nodes.Number) else None


def as_truth(node: nodes.Node, kind: ValueType) -> str | None:
    """A comparison where a number or a state was written instead of a truth."""
    text = f"({written(node)})" if isinstance(node, nodes.Choice) else written(node)
    if kind.sort is ValueSort.NUMBER:
        return f"{text} > 0 {kind.unit.symbol}".rstrip()
    return f"{text} == {kind.states[0]}" if kind.states else None


def as_number(node: nodes.Node, kind: ValueType) -> str | None:
    """A choice of 1 and 0 where a truth or a state was written instead of a number."""
    truth = written(node) if kind.sort is ValueSort.TRUTH else as_truth(node, kind)
    return truth and f"1 if {truth} else 0"
