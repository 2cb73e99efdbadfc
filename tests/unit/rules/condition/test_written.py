"""A tree written down reads as the same tree, with no bracket more than it needs."""

import pytest
from hypothesis import given, settings

from rules.condition.nodes import Node
from rules.condition.parser import parse
from rules.condition.written import written
from tests.soak import examples
from tests.unit.rules.condition.test_parser import shown
from tests.unit.rules.condition.trees import trees


@settings(max_examples=examples(500), deadline=None)
@given(trees)
def test_reads_as_the_same_tree(tree: Node) -> None:
    assert shown(parse(written(tree))) == shown(tree)


@pytest.mark.parametrize(
    "text",
    [
        "level <= low",
        "a and b or not c",
        "a and (b or c)",
        "a - (b - c)",
        "a - b - c",
        "(a + b) * c",
        "-(a + b)",
        "a < b < c",
        "(a < b) == c",
        "a if b else c if d else e",
        "(a if b else c) if d else e",
        "not (a or b)",
        "held(a > 5 °C, 10 min)",
        "daily(percentile(flow, 20 %), 02:00..04:00) > 1.5 m³/h",
        "hour_between(22:00..06:00)",
        "1234567.8 kPa > p",
    ],
)
def test_no_bracket_more_than_it_needs(text: str) -> None:
    assert written(parse(text)) == text
