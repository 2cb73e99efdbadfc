"""Text of a condition to tokens. A hyphen between letters or digits belongs to the name; a minus has spaces."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from drivers.points.units import NO_UNIT, Unit, symbols, unit
from rules.errors import ConditionError
from rules.suggest import unit_meant

MAX_LENGTH = 500
"""Characters of one condition; longer ones nobody can check by reading."""


class Lex(Enum):
    """What sort of token."""

    NUMBER = "number"
    HOURS = "hours"
    """A stretch of the day, ``22:00..06:00``."""
    NAME = "name"
    WORD = "word"
    """A word of the language: and, or, not, if, else, true, false."""
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a condition; ``offset`` counts from 0."""

    lex: Lex
    text: str
    offset: int
    value: float = 0.0
    unit: Unit = NO_UNIT


WORDS = frozenset({"and", "or", "not", "if", "else", "true", "false"})
FORMER = {"rate": "change"}
"""Former name of a function -> its name; version 0.2 is the last that reads it."""

_HABITS = {
    "=": "==",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
    "<>": "!=",
    "。": ".",
    "，": ",",
    "（": "(",
    "）": ")",
    "＜": "<",
    "＞": ">",
    "＝": "==",
    "％": "%",
    "＋": "+",
    "－": "-",
    "×": "*",
    "÷": "/",
}
"""What people write out of habit, and what they mean."""

_SEPARATORS = frozenset("；;、")
"""Written for a comma, between arguments."""
_SPOKEN = re.compile("并且|或者|且|与|或|非|不是")
"""Chinese for and, or, not: no name has them."""
_MEANT = {"并且": "and", "且": "and", "与": "and", "或者": "or", "或": "or", "非": "not", "不是": "not"}
_SIGNS = {"≤": "<=", "≥": ">=", "≠": "!="}
_UNIT = "|".join(re.escape(symbol) for symbol in sorted(symbols(), key=len, reverse=True))
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<hours>\d{1,2}:\d\d\.\.\d{1,2}:\d\d)"
    # A time of day written in some other way.
    r"|(?P<clock>\d{1,2}[:：]\d\d(?:\s*(?:\.+|-|~|～|…|—|–|至|到|to)\s*\d{1,2}[:：]\d\d)?)"
    rf"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?:\s*(?P<unit>{_UNIT})(?![\w³]))?"
    r"|(?P<name>[^\W\d]\w*(?:[-.]\w+)*)"
    r"|(?P<sign><=|>=|==|!=|[<>+\-*/(),≤≥≠])"
    r"|(?P<habit>&&|\|\||[=&|!。，（）；;、＜＞＝％＋－×÷])"
)


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``, ended by an END token; raises ConditionError."""
    if len(text) > MAX_LENGTH:
        raise ConditionError("condition.too-long", MAX_LENGTH, limit=MAX_LENGTH)
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise ConditionError("condition.character", offset, character=text[offset])
        token = _token(match)
        if token is not None:
            tokens.append(_after(tokens, token))
        offset = match.end()
    tokens.append(Token(Lex.END, "", len(text)))
    return tokens


def former_names(text: str) -> Iterator[Token]:
    """Functions in ``text`` that are called by a former name; raises ConditionError for the first mistake."""
    tokens = tokenize(text)
    for token, following in pairwise(tokens):
        if token.lex is Lex.NAME and token.text in FORMER and following.text == "(":
            yield token


def _token(match: re.Match[str]) -> Token | None:
    offset = match.start()
    if match["hours"]:
        return Token(Lex.HOURS, match[0], offset)
    if match["clock"]:
        raise ConditionError("condition.hours", offset, _stretch(match[0]), found=match[0])
    if match["number"]:
        return Token(Lex.NUMBER, match[0], offset, float(match["number"]), unit(match["unit"] or "") or NO_UNIT)
    if match["name"]:
        if spoken := _SPOKEN.search(match[0]):
            at = offset + spoken.start()
            raise ConditionError("condition.unexpected", at, _MEANT[spoken[0]], found=spoken[0])
        return Token(Lex.WORD if match[0] in WORDS else Lex.NAME, match[0], offset)
    if match["sign"]:
        return Token(Lex.SIGN, _SIGNS.get(match[0], match[0]), offset)
    if match["habit"] in _SEPARATORS:
        before = match.string[:offset]
        within = before.count("(") > before.count(")")
        raise ConditionError("condition.unexpected", offset, "," if within else None, found=match[0])
    if match["habit"]:
        raise ConditionError("condition.unexpected", offset, _HABITS[match[0]], found=match[0])
    return None


def _stretch(text: str) -> str:
    times = re.findall(r"\d{1,2}[:：]\d\d", text.replace("：", ":"))
    return "..".join(times) if len(times) == 2 else "22:00..06:00"


def _after(tokens: list[Token], token: Token) -> Token:
    # A word right after a bare number can only be meant as its unit.
    before = tokens[-1] if tokens else None
    if token.lex is Lex.NAME and before is not None and before.lex is Lex.NUMBER:
        raise ConditionError("condition.unknown-unit", token.offset, unit_meant(token.text, symbols()), unit=token.text)
    return token
