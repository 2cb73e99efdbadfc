"""The clock of the gateway in words: what time it is, why it may be believed, and what waits for a better one."""

from collections.abc import Iterator, Sequence
from typing import Any

from agent.cli.shell.console import Console
from rules.localtime import local_time

_NAMED = 4
"""Names that are told; of the others only how many."""


def clock_lines(status: dict[str, Any], console: Console) -> Iterator[str]:
    """What time it is, then what is told while no clock is trusted."""
    clock = status["clock"]
    time = local_time(clock["wall"], clock["zone"])
    yield console.texts.text("clock.now", time=time.isoformat(" "), zone=clock["zone"])
    yield from untrusted_lines(status, console) if not clock["trusted"] else [console.texts.text("clock.trusted")]


def untrusted_lines(status: dict[str, Any], console: Console) -> Iterator[str]:
    """That no clock is trusted, and what that switches off; nothing while one is."""
    clock, waiting, text = status["clock"], status["waiting"], console.texts.text
    if clock["trusted"]:
        return
    if clock["by_hand"]:
        at = local_time(clock["set_at"], clock["zone"]).isoformat(" ")
        yield console.paint(text("clock.by-hand", by=clock["set_by"], at=at), "yellow")
    else:
        yield console.paint(text("clock.untrusted"), "yellow")
    for kind in ("tests", "rules"):
        if names := waiting[kind]:
            yield "  " + text(f"clock.waiting-{kind}", names=_some(names, console))


def _some(names: Sequence[str], console: Console) -> str:
    if len(names) <= _NAMED:
        return console.texts.listed(names)
    return console.texts.text("clock.and-more", names=console.texts.listed(names[:_NAMED]), count=len(names) - _NAMED)
