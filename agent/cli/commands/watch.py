"""``plantgate watch``: points or links of the running gateway, again and again.

On a terminal one picture that is drawn over; elsewhere lines, of points only those that changed.
"""

import argparse
import asyncio
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.shell.usage import positive, seconds
from agent.cli.views.lines import clock_time, value_words
from agent.cli.views.link_table import link_rows, link_table
from agent.cli.views.table import Cell, table_lines
from runtime.clock import Clock
from runtime.errors import UsageError

_COLOURS = {"good": "green", "uncertain": "yellow", "stale": "yellow", "bad": "red"}
_CHANGE = ("value", "quality", "reason")
"""What makes a point worth a line."""

View = Callable[[Any], None]
"""Shows one answer of the gateway."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("names", "NAME", nargs="*")
    to.flag("--links")
    to.value("--interval", "SECONDS", default="1 s")
    to.explained("--count", "rounds", metavar="N", type=int, default=None)
    to.explained("--duration", "length", metavar="SECONDS", default=None)
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Follow until ``--count`` or ``--duration`` is over, or Ctrl-C."""
    if options.links and options.names:
        raise UsageError("watch.links-or-names", names=" ".join(options.names))
    interval = seconds("--interval", options.interval)
    rounds = _rounds(options, interval)
    asyncio.run(_follow(state_directory(options.state), options, console, interval, rounds))
    return 0


async def _follow(
    directory: Path, options: argparse.Namespace, console: Console, interval: float, rounds: int | None
) -> None:
    clock, view = Clock(), _view(options, console)
    with console.redrawing():
        for number in itertools.count(1):
            view(await _asked(directory, options))
            if number == rounds:
                return
            await clock.real_sleep(interval)


async def _asked(directory: Path, options: argparse.Namespace) -> Any:  # noqa: ANN401 - JSON
    if options.links:
        return (await ask(directory, "status"))["links"]
    return await ask(directory, "watch", names=" ".join(options.names))


def _view(options: argparse.Namespace, console: Console) -> View:
    if options.links:
        return _Links(console).show
    return _Points(console).show


class _Links:
    """The table of links, each time as a whole."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, links: dict[str, Any]) -> None:
        if self._console.as_json:
            for row in link_rows(links, self._console):
                self._console.emit(row)
        else:
            self._console.picture(link_table(links, self._console), shutil.get_terminal_size().lines)


class _Points:
    """Points with value, quality, age and reason."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[str, tuple[Any, ...]] = {}

    def show(self, points: list[dict[str, Any]]) -> None:
        console = self._console
        if console.live:
            head = [console.texts.text(f"watch.{column}") for column in ("point", "value", "quality", "age", "reason")]
            rows = [self._row(point) for point in points]
            console.picture(table_lines(head, rows, console, right=99), shutil.get_terminal_size().lines)
            return
        for point in self._changed(points):
            console.emit(point) if console.as_json else console.line(self._line(point))

    def _changed(self, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
        now = {point["point"]: tuple(point[key] for key in _CHANGE) for point in points}
        changed = [point for point in points if self._shown.get(point["point"]) != now[point["point"]]]
        self._shown = now
        return changed

    def _row(self, point: dict[str, Any]) -> list[Cell]:
        texts = self._console.texts
        quality = (texts.text(f"quality.{point['quality']}"), _COLOURS[point["quality"]])
        reason = texts.text(f"reason.{point['reason']}") if point["reason"] else ""
        value = "" if point["value"] is None else value_words(point)
        return [point["point"], value, quality, f"{point['age']:.1f} s", reason]

    def _line(self, point: dict[str, Any]) -> str:
        cells = [cell if isinstance(cell, str) else self._console.paint(*cell) for cell in self._row(point)]
        name, value, quality, _, reason = cells
        return "  ".join(filter(None, [clock_time(point["sampled_at"]), name, value, quality, reason]))


def _rounds(options: argparse.Namespace, interval: float) -> int | None:
    """How often to ask; None: for ever."""
    limits = []
    if options.count is not None:
        limits.append(int(positive("--count", options.count)))
    if options.duration is not None:
        limits.append(int(seconds("--duration", options.duration) / interval) + 1)
    return min(limits, default=None)
