"""``plantgate history``: what happened, from the journal, whether the gateway runs or not."""

import argparse
import asyncio

from agent.cli.shell.console import Console
from agent.cli.shell.lookback import Answer, LookBack, wanted
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.views.history import csv_head, csv_line, history_line
from agent.history.kinds import KINDS, SEVERITIES
from agent.history.page import HistoryQuestion
from agent.history.words import SiteCalendar
from rules.localtime import shown
from runtime.errors import UsageError

LOOK_EVERY = 1.0
"""Seconds between two looks for what is new."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("subject", "NAME", nargs="?", default="")
    to.value("--since", "TIME", default="")
    to.value("--until", "TIME", default="")
    to.explained("--kind", "kind", metavar="|".join(KINDS), default="")
    to.explained("--severity", "severity", metavar="|".join(SEVERITIES), default="")
    to.value("--person", "NAME", default="")
    to.explained("--csv", "csv-table", action="store_true")
    to.explained("--follow", "follow-history", action="store_true")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Print what is asked for, oldest first; exit code 1 when some of it can no longer be read."""
    _refuse_contradictions(options, console)
    asked = HistoryQuestion(
        wanted(options.subject, options.kind, options.severity, options.person), options.since, options.until
    )
    look = LookBack(state_directory(options.state))
    return asyncio.run(_print(look, asked, options, console))


def _refuse_contradictions(options: argparse.Namespace, console: Console) -> None:
    if options.follow and options.until:
        raise UsageError("usage.not-both", one="--follow", other="--until")
    if options.csv and console.as_json:
        raise UsageError("usage.not-both", one="--csv", other="--json")


async def _print(look: LookBack, asked: HistoryQuestion, options: argparse.Namespace, console: Console) -> int:
    damaged, count, begun = 0, 0, False
    pages = look.follow(asked, LOOK_EVERY) if options.follow else look.pages(asked)
    async for answer in pages:
        if not begun:
            _head(answer, options, console)
        _rows(answer, options, console)
        damaged, count, begun = damaged + answer["damaged"], count + len(answer["events"]), True
    if not count:
        console.say("history.none")
    if damaged:
        console.say("history.damaged", count=damaged)
    return int(damaged > 0)


def _head(answer: Answer, options: argparse.Namespace, console: Console) -> None:
    if options.csv:
        console.leave_to_table()
        console.line(csv_head(console))
    else:
        console.say("history.head", **_ends(answer, console), zone=answer["zone"])
    if not answer["durable"]:
        console.say("history.volatile")


def _rows(answer: Answer, options: argparse.Namespace, console: Console) -> None:
    zone = answer["zone"]
    for event in answer["events"]:
        if console.as_json:
            console.emit({"time": shown(event["body"]["at"]["wall"], zone).isoformat(), "zone": zone, **event})
        else:
            line = csv_line if options.csv else history_line
            console.line(line(event["body"], zone, console))


def _ends(answer: Answer, console: Console) -> dict[str, str]:
    calendar, until = SiteCalendar(answer["now"], answer["zone"]), answer["until"]
    end = console.texts.text("history.now") if until is None else calendar.shown(until)
    return {"since": calendar.shown(answer["since"]), "until": end}
