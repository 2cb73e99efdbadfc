"""How readings become what conditions see."""

from math import inf

import pytest

from drivers.points import Quality, Reason
from rules.condition.scope import Feed
from rules.engine.intake import take
from rules.view import View
from tests.unit.rules.bench import instant, reading


@pytest.mark.parametrize(
    ("feed", "value", "seen"),
    [
        (Feed(0, 1.0, 0.0), 29.0, 29.0),
        (Feed(0, 0.1, -4.0), 29.0, 29.0 * 0.1 - 4.0),
        (Feed(0, 1.0, 0.0, 0.0, 100.0), 101.0, None),
        (Feed(0, 10.0, 0.0), 1.7e308, None),
        (Feed(0, 1.0, 0.0), -inf, None),
        (Feed(0, 1.0, 0.0), 2**64 - 1, 2**64 - 1),
    ],
    ids=["as it is", "converted", "outside its span", "beyond any number", "infinite", "64 bits"],
)
def test_take(feed: Feed, value: float, seen: float | None) -> None:
    view = View(1, [], instant(0))
    take(view, feed, reading("tank-1.level", value, instant(0)))
    there = view.readings[0]
    assert there is not None
    assert (view.values[0], there.quality, there.reason) == (
        (seen, Quality.GOOD, Reason.NONE) if seen is not None else (None, Quality.BAD, Reason.RANGE)
    )
