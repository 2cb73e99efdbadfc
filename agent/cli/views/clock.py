"""The clock of the gateway in words: what time it is, why it may be believed, and what waits for a better one."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.cli.shell.console import Console

_NAMED = 4
"""Names that are told; of the others only how many."""


def clock_lines(status: dict[str, Any], console: Console) -> Iterator[str]:
    """What time it is, then what is told while no clock is trusted."""
    clock = status["clock"]
    yield console.texts.text("clock.now", time=local_time(clock["wall"], clock["zone"]), zone=clock["zone"])
    yield from untrusted_lines(status, console) if not clock["trusted"] else [console.texts.text("clock.trusted")]


def untrusted_lines(status: dict[str, Any], console: Console) -> Iterator[str]:
    """That no clock is trusted, and what that switches off; nothing while one is."""
    clock, waiting, text = status["clock"], status["waiting"], console.texts.text
    if clock["trusted"]:
        return
    if clock["by_hand"]:
        at = local_time(clock["set_at"], clock["zone"])
        yield console.paint(text("clock.by-hand", by=clock["set_by"], at=at), "yellow")
    else:
        yield console.paint(text("clock.untrusted"), "yellow")
    for kind in ("tests", "rules"):
        if names := waiting[kind]:
            yield "  " + text(f"clock.waiting-{kind}", names=_some(names, console))


def local_time(wall: float, zone: str) -> str:
    """As a clock on the wall of the site shows it, with its offset from UTC: in autumn an hour comes twice."""
    return datetime.fromtimestamp(int(wall), ZoneInfo(zone)).isoformat(" ")


def _some(names: Sequence[str], console: Console) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return console.texts.text("clock.and-more", names=", ".join(names[:_NAMED]), count=len(names) - _NAMED)
