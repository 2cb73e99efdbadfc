"""The clock in words: what is trusted and why, and what waits for it."""

from io import StringIO
from typing import Any

import pytest

from agent.cli.shell.console import Console
from agent.cli.views.clock import clock_lines, untrusted_lines
from config.catalogue import Catalogue

CLOCK = {
    "wall": 1_795_845_900.0,
    "zone": "Asia/Shanghai",
    "trusted": False,
    "by_hand": False,
    "set_by": "",
    "speed": 1.0,
}
HAND = {"by_hand": True, "set_by": "Wang", "set_at": 1_795_842_300.0}
SYNCHRONISED = {"trusted": True}
NOTHING: dict[str, list[str]] = {"tests": [], "rules": []}
CASES: list[tuple[str, dict[str, Any], dict[str, list[str]], list[str]]] = [
    ("trusted", SYNCHRONISED, NOTHING, []),
    ("trusted, whatever waits", SYNCHRONISED, {"tests": ["g/w"], "rules": []}, []),
    ("nobody knows", {}, NOTHING, ["nobody knows what time it is"]),
    ("nobody knows, and it matters", {}, {"tests": ["g/weekly"], "rules": ["tank-1/W09"]},
     ["nobody knows what time it is", "do not start by themselves: g/weekly", "ask for the time: tank-1/W09"]),
    ("by hand", HAND, {"tests": ["g/weekly"], "rules": []},
     ["Wang told at 2026-11-28 13:05:00+08:00", "do not start by themselves: g/weekly"]),
    ("many", {}, {"tests": [], "rules": [f"t-{n}/W09" for n in range(7)]}, ["nobody knows", "t-3/W09 and 3 more"]),
]  # fmt: skip


@pytest.mark.parametrize(("clock", "waiting", "said"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_what_is_said_of_an_untrusted_clock(clock: dict[str, Any], waiting: Any, said: list[str]) -> None:
    lines = [
        *untrusted_lines({"clock": CLOCK | clock, "waiting": waiting}, Console(Catalogue.load("en"), out=StringIO()))
    ]
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_clock_is_shown_in_the_time_of_the_site(lang: str) -> None:
    status = {"clock": CLOCK | SYNCHRONISED, "waiting": NOTHING}
    first, *_ = clock_lines(status, Console(Catalogue.load(lang), out=StringIO()))
    assert "2026-11-28 14:05:00+08:00" in first
