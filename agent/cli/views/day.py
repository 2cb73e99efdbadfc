"""The page of one day: how each section of ``agent.history.day`` reads."""

from collections.abc import Callable, Iterator
from typing import Any

from agent.cli.shell.console import Console
from agent.cli.views.history import system_words
from agent.cli.views.lines import cause_words, severity_words
from rules.localtime import shown
from rules.model import pick

Told = Any
"""What a section tells, as JSON values."""


def day_lines(report: dict[str, Any], console: Console) -> Iterator[str]:
    """The whole page."""
    texts = console.texts
    yield console.paint(texts.text("day.title", day=report["day"], zone=report["zone"]), "bold")
    for name, words in SECTION_WORDS.items():
        yield ""
        yield console.paint(texts.text(f"day.{name}"), "bold", "blue")
        lines = [*words(report[name], report, console)]
        yield from (f"  {line}" for line in lines or [texts.text("day.nothing")])


def _alarms(told: Told, report: dict[str, Any], console: Console) -> Iterator[str]:
    text = console.texts.text
    counts = [(severity, count) for severity, count in told["severities"].items() if count]
    if counts:
        yield ", ".join(text("day.count", what=text(f"severity.{severity}"), count=count) for severity, count in counts)
    for one in told["equipment"]:
        name = _named(one["title"], one["equipment"], console)
        worst = severity_words({"severity": one["worst"]}, console)
        yield text("day.equipment", name=name, count=one["raised"], worst=worst)


def _active(told: Told, report: dict[str, Any], console: Console) -> Iterator[str]:
    for one in told:
        over = console.texts.text(f"alarm.state.{one['suppression']}") if one["suppression"] else ""
        yield "  ".join(filter(None, [severity_words(one, console), _titled(one, console), one["alarm"], over]))


def _orders(told: Told, report: dict[str, Any], console: Console) -> Iterator[str]:
    text = console.texts.text
    if told["opened"] or told["closed"] or told["open"]:
        counts = {"opened": len(told["opened"]), "closed": len(told["closed"]), "open": told["open"]}
        yield text("day.order-counts", **counts)
    for one in told["closed"]:
        yield text("day.order-closed", title=_titled(one, console), by=one["by"], note=one["note"]).rstrip()
    for one in told["overdue"]:
        missed = ", ".join(text("day.deadline", name=name) for name in one["missed"])
        yield console.paint(text("day.order-overdue", title=_titled(one, console), missed=missed), "red")


def _tests(told: Told, report: dict[str, Any], console: Console) -> Iterator[str]:
    for one in told:
        reasons = "; ".join(cause_words(cause, console) for cause in one["reasons"])
        verdict = console.texts.text(f"run.{one['verdict']}")
        yield "  ".join(filter(None, [verdict, _titled(one, console), reasons]))


def _commands(told: Told, report: dict[str, Any], console: Console) -> Iterator[str]:
    text = console.texts.text
    for one in told["given"]:
        outcome = text(f"audit.{one['outcome']}")
        said = text("history.command", equipment=one["equipment"], command=one["action"], what=outcome)
        yield text("history.by", text=said, by=one["by"])
    for one in told["restrictions"]:
        said = text("history.by", text=text(f"history.act.{one['action']}", equipment=one["equipment"]), by=one["by"])
        more = ", ".join(filter(None, [one["why"], system_words(one["detail"], {}, console)]))
        yield text("history.more", text=said, more=more) if more else said


def _people(told: Told, report: dict[str, Any], console: Console) -> Iterator[str]:
    if told:
        yield ", ".join(console.texts.text("day.count", what=name, count=count) for name, count in told.items())


def _gaps(told: Told, report: dict[str, Any], console: Console) -> Iterator[str]:
    text = console.texts.text
    for one in told:
        begin = text("day.before") if one["begin"] is None else _clock(one["begin"], report)
        end = text("day.after") if one["end"] is None else _clock(one["end"], report)
        yield text(f"day.gap.{one['what']}", name=one["name"], begin=begin, end=end)


def _trust(told: Told, report: dict[str, Any], console: Console) -> Iterator[str]:
    code = "day.clock-doubtful" if told["doubtful"] else "day.clock-trusted"
    yield console.texts.text(code, doubtful=told["doubtful"], events=told["events"])


def _clock(wall: float, report: dict[str, Any]) -> str:
    return shown(wall, report["zone"]).strftime("%H:%M:%S")


def _named(title: dict[str, str], name: str, console: Console) -> str:
    return pick(title, console.texts.lang) or name


def _titled(one: dict[str, Any], console: Console) -> str:
    return f"{_named(one['equipment_title'], one['equipment'], console)} {pick(one['title'], console.texts.lang)}"


SECTION_WORDS: dict[str, Callable[[Told, dict[str, Any], Console], Iterator[str]]] = {
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
