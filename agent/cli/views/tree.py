"""A tree as lines of a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One line and what hangs below it."""

    text: str
    below: Sequence["Node"] = ()


def tree_lines(root: Node) -> Iterator[str]:
    """``root`` and everything below it, each on a line of its own."""
    yield root.text
    yield from _below(root, "")


def _below(node: Node, indent: str) -> Iterator[str]:
    for number, child in enumerate(node.below, 1):
        last = number == len(node.below)
        yield f"{indent}{'└─' if last else '├─'} {child.text}"
        yield from _below(child, indent + ("   " if last else "│  "))
