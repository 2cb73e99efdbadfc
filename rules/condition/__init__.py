"""The condition language: text to tokens to tree to closures, units and names checked on the way."""

from rules.condition.compile import compile_condition, compile_expression
from rules.condition.condition import Condition
from rules.condition.scope import Scope, Slots

__all__ = ["Condition", "Scope", "Slots", "compile_condition", "compile_expression"]
