"""Laws of three-valued logic and of arithmetic that has no finite result, over random values."""

from math import inf, isfinite, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.condition import evaluate
from rules.condition.nodes import Node
from rules.condition.parser import parse
from rules.condition.written import written
from rules.errors import ConditionError
from rules.view import Evaluator, View
from tests.soak import examples
from tests.unit.rules.bench import Expression, instant
from tests.unit.rules.condition.trees import trees

truths = st.sampled_from([True, False, None])
VIEW = View(0, [], instant(0))
RANK = {False: 0, None: 1, True: 2}


def both(*values: Any) -> Any:
    return evaluate.every([evaluate.constant(value) for value in values])(VIEW)


def either(*values: Any) -> Any:
    return evaluate.some([evaluate.constant(value) for value in values])(VIEW)


def no(value: Any) -> Any:
    return evaluate.negate(evaluate.constant(value))(VIEW)


@given(truths, truths)
def test_and_is_the_least_or_the_greatest_of_false_unknown_true(a: Any, b: Any) -> None:
    assert both(a, b) is min(a, b, key=RANK.__getitem__)
    assert either(a, b) is max(a, b, key=RANK.__getitem__)


@given(truths, truths, truths)
def test_kleene_laws(a: Any, b: Any, c: Any) -> None:
    assert no(no(a)) is a
    assert no(both(a, b)) is either(no(a), no(b))
    assert both(a, b) is both(b, a)
    assert either(a, b) is either(b, a)
    assert both(a, b, c) is both(a, both(b, c))
    assert both(a, either(b, c)) is either(both(a, b), both(a, c))
    assert both(a, either(a, b)) is a


def test_unknown_and_its_opposite_is_unknown() -> None:
    assert (both(None, no(None)), either(None, no(None))) == (None, None)


@given(st.lists(truths, min_size=1, max_size=5), st.lists(truths, min_size=1, max_size=5), st.data())
def test_knowing_more_never_turns_an_answer_around(first: list[Any], second: list[Any], data: Any) -> None:
    more = [data.draw(st.booleans()) if value is None else value for value in first]
    for join in (both, either):
        before, after = join(*first, join(*second)), join(*more, join(*second))
        assert before is None or before is after


@given(st.sampled_from("+-*/"), st.floats() | st.none(), st.floats() | st.none())
def test_arithmetic_is_finite_or_unknown(sign: str, left: float | None, right: float | None) -> None:
    result = evaluate.calculate(sign, evaluate.constant(left), evaluate.constant(right))(VIEW)
    assert result is None or isfinite(result)


@pytest.mark.parametrize(("left", "right"), [(1.0, 0.0), (0, 0), (1e308, 1e-308), (nan, 1.0), (inf, 1.0)])
def test_division_without_a_result_is_unknown(left: float, right: float) -> None:
    assert evaluate.calculate("/", evaluate.constant(left), evaluate.constant(right))(VIEW) is None


def test_conversion_without_a_finite_result_is_unknown() -> None:
    run: Evaluator = evaluate.linear(evaluate.constant(1e308), 1e3, 0.0)
    assert run(VIEW) is None


def test_whole_numbers_too_large_for_a_float_are_unknown() -> None:
    assert evaluate.calculate("*", evaluate.constant(10**200), evaluate.constant(10**200))(VIEW) is None


@settings(max_examples=examples(300), deadline=None)
@given(trees)
def test_any_tree_compiles_or_is_refused_with_a_place(tree: Node) -> None:
    text = written(tree)
    one = Expression(text)
    assert (one.condition is None) or not one.errors
    assert all(0 <= error.offset <= len(text) for error in one.errors)


@settings(max_examples=examples(300), deadline=None)
@given(trees, st.floats(), st.booleans())
def test_any_condition_evaluates_without_failing_and_always_the_same(tree: Node, number: float, truth: bool) -> None:
    one = Expression(written(tree))
    if one.condition is None:
        return
    for values in ({}, {"level": number, "leak": truth, "mode": "auto"}):
        given_values: Any = values
        assert one(**given_values) == pytest.approx(one(**given_values), nan_ok=True)


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=60) | st.text("abl<=>()+-*/ .:0123456789%and orif", max_size=60))
def test_any_text_parses_or_is_refused_with_a_place(text: str) -> None:
    try:
        parse(text)
        offset = 0
    except ConditionError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)
