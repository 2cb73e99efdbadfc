"""The parameters a condition compares with, by name and with their values, so that people see the limit itself."""

from collections.abc import Iterator

from rules.condition.scope import Definition, Scope, Setting
from rules.condition.tokens import Lex, Token, tokenize
from rules.errors import ConditionError
from rules.facts import Limit


def limits_of(texts: list[str], scope: Scope) -> tuple[Limit, ...]:
    """Every parameter named in ``texts``, terms of the class included, each once."""
    return tuple(dict.fromkeys(limit for text in texts for limit in _limits(text, scope)))


def _tokens(text: str) -> list[Token]:
    try:
        return tokenize(text)
    except ConditionError:
        # A mistake that was told where conditions are compiled.
        return []


def _limits(text: str, scope: Scope) -> Iterator[Limit]:
    for token in _tokens(text):
        if token.lex is not Lex.NAME:
            continue
        try:
            meaning = scope.resolve(token.text, token.offset)
        except ConditionError:
            # A function, a state or a word of its own: no name of the equipment.
            continue
        if isinstance(meaning, Setting):
            yield Limit(f"{scope.prefix}{token.text}", meaning.value, meaning.unit.symbol)
        elif isinstance(meaning, Definition):
            yield from _limits(meaning.text, meaning.scope)
