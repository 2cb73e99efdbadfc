"""Tokens to tree by operator precedence (Pratt). Loosest first: if-else, or, and, not, comparison, + -, * /, minus."""

from collections.abc import Callable
from functools import lru_cache

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
from rules.condition.tokens import FORMER, Lex, Token, tokenize
from rules.errors import ConditionError
from rules.suggest import nearest

MAX_DEPTH = 30
"""How deep brackets, calls and prefixes may nest."""

_CHOICE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _PREFIX = range(8)
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_BINDING = {"if": _CHOICE, "or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_BINDING |= dict.fromkeys(_COMPARISONS, _COMPARE)
_DAY = 24 * 60
_OPERATORS = ("and", "or", "not", "if", "else")


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """The tree of ``text``; raises ConditionError for the first mistake."""
    return _Parser(tokenize(text)).whole()


class _Parser:
    """One pass over the tokens of one condition."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._expression(_CHOICE)
        if self._next.lex is not Lex.END:
            raise self._unexpected()
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._next
        self._position += 1
        return token

    def _accept(self, text: str) -> bool:
        if self._next.text == text and self._next.lex in (Lex.SIGN, Lex.WORD):
            self._position += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._unexpected(text)

    def _unexpected(self, wanted: str | None = None) -> ConditionError:
        token = self._next
        if token.lex is Lex.END:
            return ConditionError("condition.ends-early", token.offset, wanted)
        suggestion = wanted or nearest(token.text.lower(), _OPERATORS)
        return ConditionError("condition.unexpected", token.offset, suggestion, found=token.text)

    def _expression(self, strength: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ConditionError("condition.too-deep", self._next.offset, limit=MAX_DEPTH)
        left = self._operand()
        while self._binding() >= strength:
            left = self._infix(left)
        self._depth -= 1
        return left

    def _binding(self) -> int:
        token = self._next
        return _BINDING.get(token.text, -1) if token.lex in (Lex.SIGN, Lex.WORD) else -1

    def _infix(self, left: Node) -> Node:
        binding = self._binding()
        if binding == _CHOICE:
            return self._choice(left)
        if binding in (_OR, _AND):
            return self._logic(left, binding)
        if binding == _COMPARE:
            return self._comparison(left)
        sign = self._take()
        return Arithmetic(sign.offset, sign.text, left, self._expression(binding + 1))

    def _choice(self, then: Node) -> Node:
        offset = self._take().offset
        test = self._expression(_OR)
        self._expect("else")
        return Choice(offset, test, then, self._expression(_CHOICE))

    def _logic(self, first: Node, binding: int) -> Node:
        word = self._next
        operands = [first]
        while self._accept(word.text):
            operands.append(self._expression(binding + 1))
        return Logic(word.offset, word.text, tuple(operands))

    def _comparison(self, first: Node) -> Node:
        operands, signs = [first], []
        while self._binding() == _COMPARE:
            signs.append(self._take())
            operands.append(self._expression(_COMPARE + 1))
        texts, offsets = tuple(sign.text for sign in signs), tuple(sign.offset for sign in signs)
        return Comparison(offsets[0], texts, offsets, tuple(operands))

    def _operand(self) -> Node:
        token = self._next
        if token.lex is Lex.NUMBER:
            self._take()
            return Number(token.offset, token.value, token.unit)
        if token.lex is Lex.HOURS:
            return _hours(self._take())
        if token.lex is Lex.NAME:
            return self._name(self._take())
        prefix = _PREFIXES.get(token.text) if token.lex is not Lex.END else None
        if prefix is None:
            raise self._unexpected()
        return prefix(self, self._take())

    def _name(self, token: Token) -> Node:
        if not self._accept("("):
            return Name(token.offset, token.text)
        arguments: list[Node] = []
        while not self._accept(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._expression(_CHOICE))
        return Call(token.offset, FORMER.get(token.text, token.text), tuple(arguments))

    def _brackets(self, token: Token) -> Node:
        inner = self._expression(_CHOICE)
        self._expect(")")
        return inner

    def _truth(self, token: Token) -> Node:
        return Truth(token.offset, token.text == "true")

    def _not(self, token: Token) -> Node:
        return Not(token.offset, self._expression(_NOT))

    def _minus(self, token: Token) -> Node:
        return Minus(token.offset, self._expression(_PREFIX))


def _hours(token: Token) -> Hours:
    start, end = (_minutes(text) for text in token.text.split(".."))
    if start is None or end is None or start in (end, _DAY):
        raise ConditionError("condition.hours", token.offset, "22:00..06:00", found=token.text)
    return Hours(token.offset, start, end)


def _minutes(text: str) -> int | None:
    hour, _, minute = text.partition(":")
    minutes = int(hour) * 60 + int(minute)
    return minutes if minutes <= _DAY and int(minute) < 60 else None


_PREFIXES: dict[str, Callable[[_Parser, Token], Node]] = {
    "(": _Parser._brackets,
    "true": _Parser._truth,
    "false": _Parser._truth,
    "not": _Parser._not,
    "-": _Parser._minus,
}
