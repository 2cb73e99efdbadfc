"""How long something lasts, and until when, as people write it."""

import time
from collections.abc import Iterator

import pytest

from agent.cli.views.duration import span_until
from config.catalogue import Catalogue

NOON = 1_796_040_000.0
"""2026-11-30 12:00 UTC."""


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as surroundings:
        surroundings.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "lang", "said"),
    [
        (7200, "en", "2 h (until 14:00)"),
        (7200, "zh", "2 小时（至 14:00）"),
        (86_400, "zh", "1 天（至 12-01 12:00）"),
        (43_200, "en", "12 h (until 12-01 00:00)"),
    ],
)
def test_a_span_says_when_it_ends(seconds: float, lang: str, said: str) -> None:
    assert span_until(seconds, NOON, Catalogue.load(lang)) == said
