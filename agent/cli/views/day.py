"""The page of one day: how each part of it in ``agent.history.sections`` reads."""

from collections.abc import Callable, Iterator
from typing import Any

from agent.cli.shell.console import Console
from agent.cli.views.history import by_person, with_particulars
from agent.cli.views.lines import reason_words, severity_words
from agent.cli.views.titles import equipment_name, full_title
from rules.localtime import shown

Result = Any
"""Of a section, as JSON values."""


def day_lines(report: dict[str, Any], console: Console) -> Iterator[str]:
    """The whole page."""
    texts = console.texts
    yield console.paint(texts.text("day.title", day=report["day"], zone=report["zone"]), "bold")
    for name, words in SECTION_WORDS.items():
        yield ""
        yield console.paint(texts.text(f"day.{name}"), "bold", "blue")
        lines = [*words(report[name], report, console)]
        yield from (f"  {line}" for line in lines or [texts.text("day.nothing")])


def _alarms(result: Result, report: dict[str, Any], console: Console) -> Iterator[str]:
    text = console.texts.text
    counts = [(severity, count) for severity, count in result["severities"].items() if count]
    if counts:
        yield console.texts.listed(
            text("day.count", what=text(f"severity.{severity}"), count=count) for severity, count in counts
        )
    for one in result["equipment"]:
        name = equipment_name(one, console)
        worst = severity_words({"severity": one["worst"]}, console)
        yield text("day.equipment", name=name, count=one["raised"], worst=worst)


def _active(result: Result, report: dict[str, Any], console: Console) -> Iterator[str]:
    for one in result:
        over = console.texts.text(f"alarm.state.{one['suppression']}") if one["suppression"] else ""
        yield "  ".join(filter(None, [severity_words(one, console), full_title(one, console), one["alarm"], over]))


def _orders(result: Result, report: dict[str, Any], console: Console) -> Iterator[str]:
    text = console.texts.text
    if result["opened"] or result["closed"] or result["open"]:
        counts = {"opened": len(result["opened"]), "closed": len(result["closed"]), "open": result["open"]}
        yield text("day.order-counts", **counts)
    for one in result["closed"]:
        yield text("day.order-closed", title=full_title(one, console), by=one["by"], note=one["note"]).rstrip()
    for one in result["overdue"]:
        missed = console.texts.listed(text("day.deadline", name=name) for name in one["missed"])
        yield console.paint(text("day.order-overdue", title=full_title(one, console), missed=missed), "red")


def _tests(result: Result, report: dict[str, Any], console: Console) -> Iterator[str]:
    for one in result:
        verdict = console.texts.text(f"run.{one['verdict']}")
        yield "  ".join(filter(None, [verdict, full_title(one, console), reason_words(one, console)]))


def _commands(result: Result, report: dict[str, Any], console: Console) -> Iterator[str]:
    text = console.texts.text
    for one in result["given"]:
        outcome = text(f"audit.{one['outcome']}")
        said = text("history.command", equipment=one["equipment"], command=one["action"], what=outcome)
        yield by_person(said, one, console)
    for one in result["restrictions"]:
        said = by_person(text(f"history.act.{one['action']}", equipment=one["equipment"]), one, console)
        yield with_particulars(said, one, console)


def _people(result: Result, report: dict[str, Any], console: Console) -> Iterator[str]:
    if result:
        texts = console.texts
        yield texts.listed(texts.text("day.count", what=name, count=count) for name, count in result.items())


def _gaps(result: Result, report: dict[str, Any], console: Console) -> Iterator[str]:
    text = console.texts.text
    for one in result:
        begin = text("day.before") if one["begin"] is None else _clock(one["begin"], report)
        end = text("day.after") if one["end"] is None else _clock(one["end"], report)
        yield text(f"day.gap.{one['what']}", name=one["name"], begin=begin, end=end)


def _trust(result: Result, report: dict[str, Any], console: Console) -> Iterator[str]:
    code = "day.clock-doubtful" if result["doubtful"] else "day.clock-trusted"
    yield console.texts.text(code, doubtful=result["doubtful"], events=result["events"])


def _clock(wall: float, report: dict[str, Any]) -> str:
    return shown(wall, report["zone"]).strftime("%H:%M:%S")


SECTION_WORDS: dict[str, Callable[[Result, dict[str, Any], Console], Iterator[str]]] = {
    "alarms": _alarms,
    "active": _active,
    "orders": _orders,
    "tests": _tests,
    "commands": _commands,
    "people": _people,
    "gaps": _gaps,
    "clock": _trust,
}
"""Section -> its lines."""
