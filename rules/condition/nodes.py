"""The tree of a condition as written, before anything is known about its names."""

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.points import Unit


@dataclass(frozen=True, slots=True)
class Number:
    """A literal such as ``30 %``."""

    offset: int
    value: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of the day such as ``22:00..06:00``, in minutes after midnight."""

    offset: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Truth:
    """``true`` or ``false``."""

    offset: int
    value: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A role, a parameter, ``equipment.role`` or the name of an enum's state."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """``not operand``."""

    offset: int
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Minus:
    """``-operand``."""

    offset: int
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two or more operands."""

    offset: int
    word: str
    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """One of ``+ - * /``."""

    offset: int
    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A chain: operands one more than signs, each with its own offset."""

    offset: int
    signs: tuple[str, ...]
    offsets: tuple[int, ...]
    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """``then if test else other``."""

    offset: int
    test: "Node"
    then: "Node"
    other: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments)``."""

    offset: int
    function: str
    arguments: "tuple[Node, ...]"


Node = Number | Hours | Truth | Name | Not | Minus | Logic | Arithmetic | Comparison | Choice | Call


def names_of(node: Node) -> Iterator[Name]:
    """Every name in ``node``, in the order written."""
    if isinstance(node, Name):
        yield node
    for part in below(node):
        yield from names_of(part)


def below(node: Node) -> tuple[Node, ...]:
    """The parts that ``node`` is made of, in the order written."""
    match node:
        case Not() | Minus():
            return (node.operand,)
        case Logic() | Comparison():
            return node.operands
        case Arithmetic():
            return (node.left, node.right)
        case Choice():
            return (node.then, node.test, node.other)
        case Call():
            return node.arguments
        case _:
            return ()
