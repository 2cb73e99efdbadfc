"""The notation of samples."""

from typing import Any

import pytest

from drivers.points import Kind, Quality
from rules.model import Role
from rules.testing.series import parse_series

GOOD, BAD, STALE, DOUBTFUL = Quality.GOOD, Quality.BAD, Quality.STALE, Quality.UNCERTAIN
LEVEL = Role("level", Kind.ANALOG)
LEAK = Role("leak", Kind.BINARY)
MODE = Role("mode", Kind.ENUM, states=("auto", "cool", "exhaust"))


@pytest.mark.parametrize(
    ("text", "role", "samples"),
    [
        ("50x3", LEVEL, [(50, GOOD)] * 3),
        ("0+1x3", LEVEL, [(0, GOOD), (1, GOOD), (2, GOOD)]),
        ("1-0.1x3", LEVEL, [(1, GOOD), (0.9, GOOD), (0.8, GOOD)]),
        ("-5", LEVEL, [(-5, GOOD)]),
        ("1 _x2 stale", LEVEL, [(1, GOOD), (None, BAD), (None, BAD), (None, STALE)]),
        ("0x2 1", LEAK, [(False, GOOD), (False, GOOD), (True, GOOD)]),
        ("autox2 cool exhaust", MODE, [("auto", GOOD), ("auto", GOOD), ("cool", GOOD), ("exhaust", GOOD)]),
        ("29? 30?x2 31", LEVEL, [(29, DOUBTFUL), (30, DOUBTFUL), (30, DOUBTFUL), (31, GOOD)]),
        ("0+1?x2", LEVEL, [(0, DOUBTFUL), (1, DOUBTFUL)]),
        ("auto?", MODE, [("auto", DOUBTFUL)]),
        ("", LEVEL, []),
    ],
)
def test_samples(text: str, role: Role, samples: list[Any]) -> None:
    assert parse_series(text, role) == samples
