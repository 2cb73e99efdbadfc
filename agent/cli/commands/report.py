"""``plantgate report``: what is summed up from the journal. A new kind of report is a row in ``REPORTS``."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from agent.cli.shell.console import Console
from agent.cli.shell.lookback import LookBack
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.views.day import day_lines
from agent.history.day import DayReport
from agent.history.kinds import Wanted
from agent.history.page import HistoryQuestion
from agent.history.sections import LATER, Day, Standing
from agent.history.words import SiteCalendar
from runtime.errors import AgentError


@dataclass(frozen=True, slots=True)
class ReportKind:
    """One kind: how it is made, and how it reads."""

    make: Callable[[LookBack, str], Coroutine[Any, Any, dict[str, Any]]]
    """Takes where to look back and what of: a day, as people say it."""
    lines: Callable[[dict[str, Any], Console], Iterator[str]]


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.explained("kind", "report-kind", choices=[*REPORTS])
    to.value("--of", "DAY", default="yesterday")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Print one report."""
    report = REPORTS[options.kind]
    made = asyncio.run(report.make(LookBack(state_directory(options.state)), options.of))
    if console.as_json:
        console.emit(made)
    else:
        for line in report.lines(made, console):
            console.line(line)
    return 0


async def _day(look: LookBack, of: str) -> dict[str, Any]:
    """What that day was. Raises AgentError (history.day, history.not-yet), StoreError."""
    present = await look.page(HistoryQuestion(since="1s"))
    calendar = SiteCalendar(present["now"], present["zone"])
    day, begin, end = calendar.day(of)
    if begin > calendar.now:
        raise AgentError("history.not-yet", day=day.isoformat())
    report = DayReport()
    async for answer in look.pages(HistoryQuestion(since=f"@{begin}", until=f"@{end}")):
        report.add(event["body"] for event in answer["events"])
    if end < calendar.now:
        async for answer in look.pages(HistoryQuestion(Wanted(kinds=LATER), since=f"@{end}")):
            report.later(event["body"] for event in answer["events"])
    now = Standing(await look.standing("alarms"), await look.standing("orders"))
    return report.result(Day(day.isoformat(), calendar.zone, begin, min(end, calendar.now)), now)


REPORTS = {"day": ReportKind(_day, day_lines)}
"""Kind -> report."""
